/**
 * kubectl.delete_object: one object that can be created again just as it is. What it is now is bound as a snapshot, and the undo
 * is `kubectl create` of that; a rehearsal under another name shows beforehand that the API server would make the same of it.
 */
import { stringify } from 'yaml';
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import type { Facts } from '../../change.ts';
import { deleteObjectSchema } from '../../kubernetes-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { consumersOf, consumerWords } from '../kubectl/consumers.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { difference, sameJson } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { connectionsReason, policyEffect } from '../kubectl/network-policy.ts';
import type { ObjectReference } from '../kubectl/objects.ts';
import { textAt, uidOf, wordsOf } from '../kubectl/objects.ts';
import { ownershipOf } from '../kubectl/ownership.ts';
import { fieldName } from '../kubectl/show.ts';
import { formOf, manifestOf, refuseUnshowable } from '../objects/manifest.ts';
import type { Deletion } from '../objects/requests.ts';
import { createArgv, createInput, deleteArgv, deleteInput, readThen, shownCreate, shownDelete } from '../objects/requests.ts';
import { builtInType, customType, refuseSystemNamespace } from '../objects/types.ts';
import { plain } from '../words.ts';
import { refuseLost, rehearsed } from './recreatable.ts';

type Action = ActionOf<'kubectl.delete_object'>;

export const deleteObjectKind: ActionKind<Action> = {
  kind: 'kubectl.delete_object',
  schema: deleteObjectSchema,
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

/** Their status is a new version every few seconds: the version is that of a last look, which finds them as they were shown. */
const busy = (word: string): boolean => word === 'horizontalpodautoscaler' || word === 'poddisruptionbudget' || word === 'resourcequota' || word.includes('.');

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  refuseSystemNamespace(action.namespace);
  const deletion = await deletionOf(action, kubectl);
  const { type } = deletion;
  const where = reference(action);
  const live = await kubectl.get(where);
  const words = wordsOf(where);
  const snapshot = manifestOf(live);
  refuseUnshowable(snapshot, words);
  await refuseLost(live, words, kubectl);
  const version = busy(type.word) ? readThen : (textAt(live, '/metadata/resourceVersion') ?? '');
  await rehearse(kubectl, deletion, live, snapshot);
  const consumers = type.word === 'configmap' ? await consumersOf('configmap', action.name, kubectl) : [];
  const owner = ownershipOf(live);
  const connections = type.word === 'networkpolicy' ? await policyEffect(action.name, live['spec'], undefined, kubectl) : undefined;
  return {
    command: [shownDelete(kubectl, deletion, { uid: uidOf(live), resourceVersion: version })],
    equivalent: kubectl.shown(['delete', action.resource, action.name]),
    preview: [
      stringify(snapshot, { lineWidth: 0 }).trimEnd().replaceAll(/^/gm, '- '),
      '',
      `The API server refuses it for any ${words} but this one${busy(type.word) ? '; right before, it is read again and must be just as shown' : ', in this version'}. Dry runs accepted the deletion, and the creation of the same under another name.`,
      ...(type.custom ? ['What its operator made for it is let go, not deleted with it; what else the operator does when it goes, nothing shows.'] : []),
      ...(type.word === 'configmap' ? [...consumerWords(consumers), 'A pod that needs it does not start while it is away.'] : []),
      ...(connections?.notes ?? []),
      ...owner.notes,
    ].join('\n'),
    resolved: { uid: uidOf(live), ...(version !== readThen && { resourceVersion: version }), snapshot },
    undo: { kind: 'automatic', command: [shownCreate(kubectl, snapshot)], description: 'Creates it again just as it is shown, with a new uid, unless somebody has made another of that name.' },
    checks: [`${words} is gone`],
    blastRadius: `${words}: ${connections?.reach ?? reach[type.word] ?? 'whatever its operator does without it'}${consumers === undefined || consumers.length === 0 ? '' : `; read by ${consumers.map(({ name }) => name).join(', ')}`}.`,
    facts: { online: true, reversible: true, objects: 1, removedObjects: 1, ...connections?.facts, ...(type.word === 'configmap' && consumers && { consumers: consumers.length }), ...(owner.putsBack !== undefined && { putBackBy: owner.putsBack }) },
  };
}

const reach: Record<string, string> = {
  configmap: 'pods that read it keep what they have and do not start again without it',
  horizontalpodautoscaler: 'the number of pods of its target stays where it is',
  ingress: 'requests from outside no longer reach what it names',
  poddisruptionbudget: 'nothing holds back evictions of its pods',
  resourcequota: 'nothing limits what is created in the namespace',
  service: 'its name and address answer no longer',
};

function risk({ resource }: Action, { consumers, selectedPods }: Facts): ReturnType<ActionKind<Action>['risk']> {
  if (resource === 'horizontalpodautoscaler') return { level: 'medium', reasons: ['its target no longer follows the load'] };
  if (resource === 'configmap' && consumers === 0) return { level: 'medium', reasons: ['no workload refers to it by name'] };
  if (resource === 'configmap') return { level: 'high', reasons: [consumers === undefined ? 'who reads it could not be seen' : `${consumers} workloads read it and start no pod without it`] };
  if (resource === 'networkpolicy') return { level: 'high', reasons: [selectedPods === undefined ? 'it decides which connections are let through' : connectionsReason(selectedPods)] };
  if (resource === 'service' || resource === 'ingress') return { level: 'high', reasons: ['requests to it fail until it is back'] };
  if (resource === 'poddisruptionbudget' || resource === 'resourcequota') return { level: 'high', reasons: ['it takes a guard away'] };
  return { level: 'high', reasons: ['what follows from a custom resource only its operator knows'] };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved } = change;
  const kubectl = openKubectl(action, context);
  const nothing = (why: string, cause?: unknown) => new ExecutionError(`Nothing was deleted: ${why}`, 'none', { cause });
  const words = wordsOf(reference(action));
  const uid = String(resolved['uid']);
  const { deletion, live } = await look(action, kubectl).catch((error: unknown) => {
    throw nothing(error instanceof Error ? error.message : String(error), error);
  });
  if (shownDelete(kubectl, deletion, { uid, resourceVersion: String(resolved['resourceVersion'] ?? readThen) }) !== change.command[0]) throw nothing('another command would be built now than the one that was approved.');
  if (live === undefined || uidOf(live) !== uid || !sameJson(manifestOf(live), snapshotIn(change))) throw nothing(`${words} is gone, or no longer what was shown.`);
  const resourceVersion = String(resolved['resourceVersion'] ?? textAt(live, '/metadata/resourceVersion') ?? '');
  await context.checkpoint();
  try {
    await kubectl.run(deleteArgv(deletion), { stdin: deleteInput(deletion, { uid, resourceVersion }) });
    return { output: `${words} deleted`, written: { uid } };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.effect === 'none') throw nothing(error.message, error);
    const now = await kubectl.find(reference(action)).catch(() => null);
    if (now === null || (now !== undefined && uidOf(now) === uid && textAt(now, '/metadata/deletionTimestamp') === undefined)) throw new ExecutionError(`It may or may not have been deleted: ${error.message}`, 'unknown', { cause: error });
    return { output: `No answer came (${error.message}), but it is gone or on its way.`, written: { uid } };
  }
}

async function check({ action, resolved }: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const live = await openKubectl(action, context).find(reference(action));
  const words = wordsOf(reference(action));
  if (live === undefined) return { ok: true, details: [`${words} is gone`] };
  return { ok: false, details: [uidOf(live) === resolved['uid'] ? `${words} is still there` : `${words} is there again: somebody, or a controller, made another`] };
}

/** Throws UndoRefusedError. `done`: somebody made the same again. */
async function wayBack(change: ChangeOf<Action>, kubectl: Kubectl): Promise<{ snapshot: JsonObject; words: string; done: boolean }> {
  const snapshot = snapshotIn(change);
  const words = wordsOf(reference(change.action));
  if (shownCreate(kubectl, snapshot) !== change.undo.command[0]) throw new UndoRefusedError('Another undo would be built now than the one that was approved; nothing was run.');
  const live = await kubectl.find(reference(change.action));
  const done = live !== undefined && sameJson(formOf(live), formOf(snapshot));
  if (live !== undefined && !done) throw new UndoRefusedError(`There is another ${words} now, which sre-agent did not write. It was left alone.`);
  return { snapshot, words, done };
}

async function previewUndo(change: ChangeOf<Action>, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }> {
  const kubectl = openKubectl(change.action, context);
  const { snapshot, words, done } = await wayBack(change, kubectl);
  if (done) throw new UndoRefusedError(`${words} is as it was before already: nothing would change.`);
  const { warnings } = await kubectl.write(createArgv, { dryRun: true, stdin: createInput(snapshot) }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new UndoRefusedError(`The dry run of the undo failed: ${error.message}`, { cause: error }) : error;
  });
  return {
    preview: [stringify(snapshot, { lineWidth: 0 }).trimEnd().replaceAll(/^/gm, '+ '), '', `It went through a server-side dry run, and fails if there is a ${words} by then.`, ...warnings.map((warning) => `The server warns: ${plain(warning)}`)].join('\n'),
    resolved: { snapshot },
  };
}

async function undo(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const kubectl = openKubectl(change.action, context);
  const { snapshot, words, done } = await wayBack(change, kubectl);
  if (done) return { output: 'It is as it was before already.' };
  try {
    await kubectl.write(createArgv, { dryRun: false, stdin: createInput(snapshot) });
  } catch (error) {
    if (error instanceof ProgramError && /\(AlreadyExists\)/.test(error.stderr)) throw new UndoRefusedError(`Somebody created ${words} in this moment. It was left alone.`, { cause: error });
    throw error;
  }
  return { output: `${words} is there again` };
}

async function checkUndone(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const live = await openKubectl(change.action, context).find(reference(change.action));
  const words = wordsOf(reference(change.action));
  if (live === undefined) return { ok: false, details: [`${words} is gone`] };
  const [different] = difference(formOf(snapshotIn(change)), formOf(live));
  return { ok: different === undefined, details: [different === undefined ? `${words} is as it was before, but for its uid` : `${fieldName(different.path, different.op === 'remove' ? snapshotIn(change) : live)} is not as it was before`] };
}

async function look(action: Action, kubectl: Kubectl): Promise<{ deletion: Deletion; live: JsonObject | undefined }> {
  return { deletion: await deletionOf(action, kubectl), live: await kubectl.find(reference(action)) };
}

async function rehearse(kubectl: Kubectl, deletion: Deletion, live: JsonObject, snapshot: JsonObject): Promise<void> {
  try {
    await kubectl.run(deleteArgv(deletion, true), { stdin: deleteInput(deletion, { uid: uidOf(live), resourceVersion: textAt(live, '/metadata/resourceVersion') ?? '' }) });
  } catch (error) {
    throw error instanceof ProgramError ? new RefusedError(`The dry run failed: ${error.message}`, { cause: error }) : error;
  }
  await rehearsed(kubectl, snapshot);
}

async function deletionOf({ resource, namespace, name }: Action, kubectl: Kubectl): Promise<Deletion> {
  return { type: builtInType(resource) ?? (await customType(resource, kubectl)), namespace, name };
}

const reference = ({ resource, namespace, name }: Action): ObjectReference => ({ resource, namespace, name });

const snapshotIn = ({ resolved }: { resolved: Record<string, unknown> }): JsonObject => resolved['snapshot'] as JsonObject;
