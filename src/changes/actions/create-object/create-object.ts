/**
 * kubectl.create_object: one object that is missing, from its whole manifest. `kubectl create` fails when there is one of that
 * name meanwhile, which is the precondition; the undo deletes the object that was made, by its uid, while nobody has changed it.
 */
import { stringify } from 'yaml';
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import type { Facts } from '../../change.ts';
import { createObjectSchema } from '../../kubernetes-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { newDestinationsIn } from '../kubectl/destinations.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { difference, isObject, pathsIn, sameJson } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { connectionsReason, policyEffect } from '../kubectl/network-policy.ts';
import type { ObjectReference } from '../kubectl/objects.ts';
import { nameOf, textAt, uidOf, wordsOf } from '../kubectl/objects.ts';
import { ownershipOf } from '../kubectl/ownership.ts';
import { powersIn } from '../kubectl/rights.ts';
import { fieldName } from '../kubectl/show.ts';
import { rolloutOf } from '../kubectl/workload.ts';
import { formOf, refuseUnshowable } from '../objects/manifest.ts';
import { createArgv, createInput, deleteArgv, deleteInput, readThen, shownCreate, shownDelete } from '../objects/requests.ts';
import type { Preconditions } from '../objects/requests.ts';
import { conditionsOf } from '../objects/conditions.ts';
import type { ResourceType } from '../objects/types.ts';
import { builtInType, customType, customTypeOf, refuseSystemNamespace } from '../objects/types.ts';
import { plain } from '../words.ts';
import { contentOf, readManifestText, refuseContent, runsCode } from './allowed.ts';
import { originOf } from './origin.ts';

type Action = ActionOf<'kubectl.create_object'>;

const asCreated: Preconditions = { uid: '<as it was created with>', resourceVersion: readThen };

export const createObjectKind: ActionKind<Action> = {
  kind: 'kubectl.create_object',
  schema: createObjectSchema,
  lockKey: lockKeyOf,
  risk,
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check,
  previewUndo,
  undo,
  checkUndone,
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  refuseSystemNamespace(action.namespace);
  const manifest = readManifestText(action.manifest, action.namespace);
  const named = { apiVersion: String(manifest['apiVersion']), kind: String(manifest['kind']) };
  const words = plain(`${named.kind} ${action.namespace}/${nameOf(manifest)}`);
  refuseUnshowable(manifest, words);
  const type = builtInType(named) ?? (await customTypeOf(named, kubectl));
  const origin = await originOf(manifest, action, context);
  if (origin === undefined) refuseContent(manifest, type.custom);
  const where = reference(type, manifest);
  const existing = await kubectl.find(where).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(error.message, { cause: error }) : error;
  });
  if (existing !== undefined) throw new RefusedError(`${wordsOf(where)} is there already: it can be changed, not created.`);
  const rehearsal = await kubectl.write(createArgv, { dryRun: true, stdin: createInput(manifest) }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The dry run failed: ${error.message}`, { cause: error }) : error;
  });
  const form = createdForm(rehearsal.object, manifest);
  const additions = difference(manifest, form);
  const altered = additions.filter(({ op }) => op !== 'add').map(({ path }) => plain(fieldName(path, manifest)));
  const powers = powersIn([...pathsIn('', contentOf(manifest, type.custom)), ...additions.map(({ path }) => path).filter((path) => !defaulted.test(path))]);
  const destinations = newDestinationsIn({}, [contentOf(manifest, type.custom), manifest['data'] ?? {}]);
  const owner = ownershipOf(manifest);
  const connections = type.word === 'networkpolicy' ? await policyEffect(nameOf(manifest), undefined, form['spec'], kubectl) : undefined;
  const undoable = type.word !== 'persistentvolumeclaim';
  const deletion = { type, namespace: action.namespace, name: nameOf(manifest) };
  return {
    command: [shownCreate(kubectl, manifest)],
    preview: [
      ...(altered.length > 0 ? [`Beside what was asked for, admission changes ${altered.slice(0, 10).join(', ')}.`, ''] : []),
      stringify(manifest, { lineWidth: 0 }).trimEnd(),
      '',
      `The server adds ${additions.filter(({ op }) => op === 'add').map(({ path }) => plain(fieldName(path, form), 80)).slice(0, 20).join(', ') || 'nothing'}. It went through a server-side dry run, and fails if there is a ${wordsOf(where)} by then.`,
      origin === undefined ? 'No Helm release that could be read holds it so: whether it was ever there is not known.' : `The deployed revision ${origin.revision} of Helm release ${origin.release} holds it just so.`,
      ...rehearsal.warnings.map((warning) => `The server warns: ${plain(warning)}`),
      ...(connections?.notes ?? []),
      ...owner.notes,
    ].join('\n'),
    resolved: { resource: type.word, form, ...(origin && { origin: { ...origin } }) },
    undo: undoable
      ? { kind: 'automatic', command: [shownDelete(kubectl, deletion, asCreated, false)], description: 'Deletes it again, known by the uid that it was created with, unless somebody has changed it since.' }
      : { kind: 'impossible', command: [], description: 'A volume may hold data as soon as it is there: sre-agent deletes none.' },
    checks: [`${wordsOf(where)} is there as shown`, ...(runsCode.has(type.kind) && type.kind !== 'CronJob' ? ['its rollout is complete'] : []), ...(type.custom ? ['its conditions do not say that it failed'] : [])],
    blastRadius: `A new ${[wordsOf(where), connections?.reach ?? reach[type.word]].filter(Boolean).join(': ')}.`,
    facts: {
      online: true, reversible: undoable, objects: 1, ...connections?.facts,
      ...(powers.length > 0 && { powers }), ...(destinations.length > 0 && { newDestinations: destinations }), ...(altered.length > 0 && { alsoChanged: altered }),
      ...(owner.putsBack !== undefined && { putBackBy: owner.putsBack }),
    },
  };
}

/** Every pod template gets these, with what is harmless in them. */
const defaulted = /\/spec\/(?:template|jobTemplate\/spec\/template)\/spec\/(?:securityContext|schedulerName|serviceAccount)$/;

const reach: Record<string, string> = {
  ingress: 'requests from outside reach what it names',
  service: 'a name and an address that requests can be sent to',
  horizontalpodautoscaler: 'it sets the number of pods of its target from then on',
  poddisruptionbudget: 'evictions of its pods wait for it from then on',
  resourcequota: 'what is created in the namespace from then on is counted',
  serviceaccount: 'pods may start under it, with the rights that bindings of that name give',
  persistentvolumeclaim: 'storage is set aside for it',
};

function risk(action: Action, { selectedPods }: Facts): ReturnType<ActionKind<Action>['risk']> {
  const kind = kindIn(action.manifest);
  if (runsCode.has(kind)) return { level: 'high', reasons: ['it runs code'] };
  if (kind === 'NetworkPolicy' || kind === 'Ingress') return { level: 'high', reasons: [selectedPods === undefined ? 'it decides which connections are let through' : connectionsReason(selectedPods)] };
  if (kind === 'ServiceAccount') return { level: 'high', reasons: ['it brings whatever rights bindings give to its name'] };
  if (kind === 'ResourceQuota') return { level: 'high', reasons: ['it can keep pods from being replaced'] };
  if (['ConfigMap', 'Service', 'PodDisruptionBudget', 'HorizontalPodAutoscaler', 'PersistentVolumeClaim'].includes(kind)) return { level: 'medium', reasons: ['one new object, seen whole'] };
  return { level: 'high', reasons: ['what follows from a custom resource only its operator knows'] };
}

function kindIn(text: string): string {
  try {
    const manifest: unknown = JSON.parse(text);
    return isObject(manifest as JsonObject) ? String((manifest as JsonObject)['kind']) : '';
  } catch {
    return '';
  }
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action } = change;
  const kubectl = openKubectl(action, context);
  const manifest = readManifestText(action.manifest, action.namespace);
  if (shownCreate(kubectl, manifest) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
  const where = wordsOf({ resource: String(change.resolved['resource']), namespace: action.namespace, name: nameOf(manifest) });
  try {
    const { object, warnings } = await kubectl.write(createArgv, { dryRun: false, stdin: createInput(manifest) });
    const different = difference(formIn(change), createdForm(object, manifest));
    const written = { uid: uidOf(object) };
    if (different.length > 0) throw new ExecutionError(`${where} was created, but the API server stored something else than its dry run showed: ${different.slice(0, 5).map(({ path }) => fieldName(path, object)).join(', ')}. It was left as it is.`, 'unknown', { written });
    return { output: [`${where} created`, ...warnings.map((warning) => `Warning: ${warning}`)].join('\n'), written };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.effect === 'none') throw new ExecutionError(/\(AlreadyExists\)/.test(error.stderr) ? `Nothing was changed: somebody created ${where} meanwhile.` : `Nothing was changed: ${error.message}`, 'none', { cause: error });
    const uid = await ownUid(kubectl, change, manifest).catch(() => undefined);
    if (uid === undefined) throw new ExecutionError(`It may or may not have been created: ${error.message}`, 'unknown', { cause: error });
    return { output: `No answer came (${error.message}), but reading it shows the object, written by sre-agent.`, written: { uid } };
  }
}

/** Of the object that we wrote, when it is there just as the dry run showed it: its managed fields name us alone. */
async function ownUid(kubectl: Kubectl, change: ChangeOf<Action>, manifest: JsonObject): Promise<string | undefined> {
  const { stdout } = await kubectl.run(['get', String(change.resolved['resource']), nameOf(manifest)], { flags: ['--show-managed-fields', '--output=json'] });
  const live = JSON.parse(stdout) as JsonObject;
  const managers = (live['metadata'] as JsonObject)['managedFields'];
  const ours = Array.isArray(managers) && managers.some((one) => isObject(one) && one['manager'] === 'sre-agent' && one['operation'] === 'Update' && one['subresource'] === undefined);
  return ours && sameJson(formIn(change), createdForm(live, manifest)) ? uidOf(live) : undefined;
}

async function check(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const { action } = change;
  const kubectl = openKubectl(action, context);
  const manifest = readManifestText(action.manifest, action.namespace);
  const where = { resource: String(change.resolved['resource']), namespace: action.namespace, name: nameOf(manifest) };
  const live = await kubectl.find(where);
  if (live === undefined) return { ok: false, details: [`${wordsOf(where)} is not there`] };
  if (change.written === undefined) return { ok: false, details: [`${wordsOf(where)} is there, but nobody noted whether this change created it`] };
  if (change.written['uid'] !== uidOf(live)) return { ok: false, details: [`${wordsOf(where)} is another one than sre-agent created`] };
  const lost = difference(manifest, formOf(live)).find(({ op }) => op !== 'add');
  if (lost !== undefined) return { ok: false, details: [`${fieldName(lost.path, manifest)} does not hold what was written`] };
  const state = settled(live, builtInType(where.resource) === undefined);
  return { ok: state.ok, details: [`${wordsOf(where)} is there as shown`, ...state.details] };
}

function settled(live: JsonObject, custom: boolean): Check {
  const kind = String(live['kind']);
  if (custom) return conditionsOf(live);
  return runsCode.has(kind) && kind !== 'CronJob' ? rolloutOf(live) : { ok: true, details: [] };
}

interface WayBack {
  kubectl: Kubectl;
  where: ObjectReference;
  /** Undefined: it is gone already. */
  live: JsonObject | undefined;
  argv(dryRun: boolean): string[];
  input: string;
}

/** Throws UndoRefusedError for anything but the object that was created, as it was created. */
async function wayBack(change: ChangeOf<Action>, context: KindContext): Promise<WayBack> {
  const { action, undo: { kind, description, command }, written } = change;
  if (kind !== 'automatic') throw new UndoRefusedError(description);
  const kubectl = openKubectl(action, context);
  const manifest = readManifestText(action.manifest, action.namespace);
  const word = String(change.resolved['resource']);
  const type = builtInType(word) ?? (await customType(word, kubectl));
  const deletion = { type, namespace: action.namespace, name: nameOf(manifest) };
  if (shownDelete(kubectl, deletion, asCreated, false) !== command[0]) throw new UndoRefusedError('Another undo would be built now than the one that was approved; nothing was run.');
  const where = reference(type, manifest);
  const live = await kubectl.find(where);
  if (live !== undefined && uidOf(live) !== written?.['uid']) throw new UndoRefusedError(`${wordsOf(where)} is not the one that sre-agent created. It was left alone.`);
  const [changed] = live === undefined ? [] : difference(formIn(change), createdForm(live, manifest));
  if (live !== undefined && changed !== undefined) throw new UndoRefusedError(`${fieldName(changed.path, changed.op === 'remove' ? formIn(change) : live)} of ${wordsOf(where)} is no longer what sre-agent wrote: somebody changed it since. It was left alone.`);
  return { kubectl, where, live, argv: (dryRun) => deleteArgv(deletion, dryRun), input: live === undefined ? '' : deleteInput(deletion, { uid: uidOf(live), resourceVersion: textAt(live, '/metadata/resourceVersion') ?? '' }, false) };
}

async function previewUndo(change: ChangeOf<Action>, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }> {
  const { kubectl, where, live, argv, input } = await wayBack(change, context);
  if (live === undefined) throw new UndoRefusedError(`${wordsOf(where)} is gone already: nothing would change.`);
  await kubectl.run(argv(true), { stdin: input }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new UndoRefusedError(`The dry run of the undo failed: ${error.message}`, { cause: error }) : error;
  });
  return { preview: `- ${wordsOf(where)} (uid ${uidOf(live)})\n\nIt is deleted, with what it made. A server-side dry run accepted it, and the API server refuses it if the object is changed meanwhile.`, resolved: { uid: uidOf(live) } };
}

async function undo(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const { kubectl, where, live, argv, input } = await wayBack(change, context);
  if (live === undefined) return { output: 'It is gone already.' };
  try {
    await kubectl.run(argv(false), { stdin: input });
  } catch (error) {
    if (error instanceof ProgramError && /\(Conflict\)/.test(error.stderr)) throw new UndoRefusedError(`${wordsOf(where)} was changed by somebody else in this moment. It was left alone.`, { cause: error });
    throw error;
  }
  return { output: `${wordsOf(where)} is deleted again` };
}

async function checkUndone(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const manifest = readManifestText(change.action.manifest, change.action.namespace);
  const where = { resource: String(change.resolved['resource']), namespace: change.action.namespace, name: nameOf(manifest) };
  const live = await openKubectl(change.action, context).find(where);
  return { ok: live === undefined, details: [live === undefined ? `${wordsOf(where)} is gone, as before` : `${wordsOf(where)} is there`] };
}

function reference({ word }: ResourceType, manifest: JsonObject): ObjectReference {
  return { resource: word, namespace: textAt(manifest, '/metadata/namespace') ?? '', name: nameOf(manifest) };
}

const formIn = ({ resolved }: { resolved: Record<string, unknown> }): JsonObject => resolved['form'] as JsonObject;

/** Without the addresses that a Service is given at random, which no dry run foretells. */
function createdForm(object: JsonObject, manifest: JsonObject): JsonObject {
  const form = formOf(object);
  if (form['kind'] !== 'Service' || !isObject(form['spec'])) return form;
  const asked = isObject(manifest['spec']) ? manifest['spec'] : {};
  return { ...form, spec: Object.fromEntries(Object.entries(form['spec']).filter(([key]) => !/^clusterIPs?$/.test(key) || asked[key] !== undefined)) };
}
