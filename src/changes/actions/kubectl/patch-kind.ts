/**
 * An action kind that writes one object by one JSON patch. The patch itself tests uid and generation (or resourceVersion)
 * of what was previewed, so the API server refuses it when anything moved; the undo is the inverse of what the server's
 * dry run answered, and tests that every field still holds what was written. docs/decisions has why.
 */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Action, ClusterAction } from '../../action.ts';
import { canonicalJson } from '../../canonical-json.ts';
import type { Prepared } from '../../change.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain } from '../words.ts';
import { isTestFailure } from './answers.ts';
import { guardsOf, inverseOf, isAsBefore, isInPlace } from './guards.ts';
import type { JsonObject, Operation } from './json-patch.ts';
import { difference, isObject, patchText } from './json-patch.ts';
import type { Kubectl } from './kubectl.ts';
import { openKubectl, ProgramError } from './kubectl.ts';
import { secretAt } from './masking.ts';
import type { ObjectReference } from './objects.ts';
import { comparable, nameOf, numberAt, uidOf, wordsOf } from './objects.ts';
import { ownershipOf } from './ownership.ts';
import { fieldName, showDifference } from './show.ts';

export interface Plan {
  /** Against the live object, without guards. */
  changes: Operation[];
  /** What an engineer would have typed for the same, without the guards. */
  equivalent: string;
  /** Beside the difference, one line each. */
  notes?: string[];
  checks: string[];
  blastRadius: string;
  facts?: Partial<Prepared['facts']>;
  /** Why there is no way back, when there is none. */
  irreversible?: string;
}

export interface Scene<A> {
  action: A;
  live: JsonObject;
  kubectl: Kubectl;
  context: KindContext;
}

export interface PatchKindParts<A extends Action & ClusterAction> {
  kind: A['kind'];
  schema: z.ZodType<A>;
  /** The same for all of a change: of what is asked for and of the configuration. */
  reference(action: A, context: KindContext): ObjectReference;
  risk: ActionKind<A>['risk'];
  /** Throws RefusedError for what must not, or need not, be done. */
  plan(scene: Scene<A>): Plan | Promise<Plan>;
  /** Beside what was written being in place: a rollout that is complete. */
  settled?(live: JsonObject, action: A): Check;
}

export function patchKind<A extends Action & ClusterAction>(parts: PatchKindParts<A>): ActionKind<A> {
  const { kind, schema, reference, settled } = parts;
  const argv = (action: A, patch: readonly Operation[], context: KindContext): string[] => patchArgv(reference(action, context), patch);

  async function prepare(action: A, context: KindContext): Promise<Preview> {
    const kubectl = openKubectl(action, context);
    const where = reference(action, context);
    const live = await kubectl.get(where);
    if (typeof (live['metadata'] as JsonObject)['deletionTimestamp'] === 'string') throw new RefusedError(`${wordsOf(where)} is being deleted.`);
    const plan = await parts.plan({ action, live, kubectl, context });
    if (plan.changes.length === 0) throw new RefusedError(`${wordsOf(where)} is that way already: nothing would change.`);
    const patch = [...guardsOf(live, plan.changes), ...plan.changes];
    const rehearsal = await rehearse(kubectl, argv(action, patch, context));
    const [before, after] = [comparable(live), comparable(rehearsal.object)];
    const effect = difference(before, after);
    if (effect.length === 0) throw new RefusedError(`The dry run shows that nothing would change${rehearsal.warnings.length > 0 ? `: ${rehearsal.warnings.join('; ')}` : ''}.`);
    refuseSecrets([...effect, ...plan.changes], before, after);
    const alsoChanged = unasked(effect, plan.changes).map(({ op, path }) => plain(fieldName(path, op === 'remove' ? before : after)));
    const undo = inverseOf(before, after, uidOf(live));
    const owner = ownershipOf(live);
    return {
      command: [kubectl.shown(argv(action, patch, context))],
      equivalent: plan.equivalent.replace(/^kubectl/, kubectl.shown([])),
      preview: [
        ...(alsoChanged.length > 0 ? [`Beside the patch, admission changes ${alsoChanged.slice(0, 10).join(', ')}${alsoChanged.length > 10 ? ` and ${alsoChanged.length - 10} more` : ''}.`, ''] : []),
        showDifference(effect, before, after),
        '',
        `The API server refuses it if ${wordsOf(where)} is no longer what is shown here. It went through a server-side dry run: validation and admission accept it.`,
        ...rehearsal.warnings.map((warning) => `The server warns: ${plain(warning)}`),
        ...(plan.notes ?? []),
        ...owner.notes,
      ].join('\n'),
      resolved: { ...versionOf(patch), patch: [...patch], undo, result: resultOf(after) },
      undo: plan.irreversible === undefined
        ? { kind: 'automatic', command: [kubectl.shown(argv(action, undo, context))], description: 'Puts exactly these fields back, and is refused by the API server if somebody has changed one of them since.' }
        : { kind: 'impossible', command: [], description: plan.irreversible },
      checks: plan.checks,
      blastRadius: plan.blastRadius,
      facts: { online: true, reversible: plan.irreversible === undefined, ...plan.facts, ...(alsoChanged.length > 0 && { alsoChanged }), ...(owner.putsBack !== undefined && { putBackBy: owner.putsBack }) },
    };
  }

  async function execute(change: ChangeOf<A>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
    const kubectl = openKubectl(change.action, context);
    const rest = argv(change.action, patchIn(change, 'patch'), context);
    if (kubectl.shown(rest) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
    const where = wordsOf(reference(change.action, context));
    try {
      const { object, warnings } = await kubectl.write(rest, { dryRun: false });
      refuseSurprise(change, object, where);
      return { output: [`${where} patched`, ...warnings.map((warning) => `Warning: ${warning}`)].join('\n'), written: writtenOf(object) };
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      if (error.effect === 'none') throw new ExecutionError(isTestFailure(error.stderr) ? `Nothing was changed: ${where} moved just before the write, and the API server refused it.` : `Nothing was changed: ${error.message}`, 'none', { cause: error });
      return await lookAfter(change, kubectl, error, context);
    }
  }

  /** The write may have arrived. Only an object that holds all of it counts as yes; anything else is for a person. */
  async function lookAfter(change: ChangeOf<A>, kubectl: Kubectl, error: ProgramError, context: KindContext): Promise<{ output: string; written: Record<string, unknown> }> {
    const live = await kubectl.find(reference(change.action, context)).catch(() => undefined);
    if (live === undefined || isInPlace(live, patchIn(change, 'undo')) !== undefined) throw new ExecutionError(`It may or may not have taken: ${error.message}`, 'unknown', { cause: error });
    refuseSurprise(change, live, wordsOf(reference(change.action, context)));
    return { output: `No answer came (${error.message}), but reading it shows the change in place.`, written: writtenOf(live) };
  }

  async function check({ action, ...change }: ChangeOf<A>, context: KindContext): Promise<Check> {
    const live = await openKubectl(action, context).find(reference(action, context));
    if (live === undefined) return { ok: false, details: [`${wordsOf(reference(action, context))} is gone`] };
    const missing = isInPlace(live, patchIn(change, 'undo'));
    if (missing !== undefined) return { ok: false, details: [`${missing === '/metadata/uid' ? `${wordsOf(reference(action, context))} is another one` : `${fieldName(missing, live)} does not hold what was written`}`] };
    const state = settled?.(live, action) ?? { ok: true, details: [] };
    return { ok: state.ok, details: ['what was written is in place', ...state.details] };
  }

  /** Throws UndoRefusedError. `done`: it is as it was before already. */
  async function undoable(change: ChangeOf<A>, kubectl: Kubectl, context: KindContext): Promise<{ rest: string[]; live: JsonObject; done: boolean }> {
    if (change.undo.kind !== 'automatic') throw new UndoRefusedError(change.undo.description);
    const where = reference(change.action, context);
    const operations = patchIn(change, 'undo');
    const rest = argv(change.action, operations, context);
    if (kubectl.shown(rest) !== change.undo.command[0]) throw new UndoRefusedError('Another undo would be built now than the one that was approved; nothing was run.');
    const live = await kubectl.find(where);
    if (live === undefined) throw new UndoRefusedError(`${wordsOf(where)} is gone: somebody deleted it since. Nothing was run.`);
    const foreign = isInPlace(live, operations);
    const done = foreign !== undefined && isAsBefore(live, operations) === undefined;
    if (foreign !== undefined && !done) throw new UndoRefusedError(`${fieldName(foreign, live)} is no longer what sre-agent wrote: somebody changed it since. It was left alone.`);
    return { rest, live, done };
  }

  async function previewUndo(change: ChangeOf<A>, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }> {
    const kubectl = openKubectl(change.action, context);
    const { rest, live, done } = await undoable(change, kubectl, context);
    if (done) throw new UndoRefusedError(`${wordsOf(reference(change.action, context))} is as it was before already: nothing would change.`);
    const rehearsal = await kubectl.write(rest, { dryRun: true }).catch((error: unknown) => {
      throw error instanceof ProgramError ? new UndoRefusedError(`The dry run of the undo failed: ${error.message}`, { cause: error }) : error;
    });
    const [before, after] = [comparable(live), comparable(rehearsal.object)];
    const owner = ownershipOf(live);
    return {
      preview: [
        showDifference(difference(before, after), before, after),
        '',
        `It went through a server-side dry run, and the API server refuses it if one of these fields of ${wordsOf(reference(change.action, context))} is changed meanwhile.`,
        ...rehearsal.warnings.map((warning) => `The server warns: ${plain(warning)}`),
        ...owner.notes,
      ].join('\n'),
      resolved: { uid: uidOf(live), patch: patchIn(change, 'undo'), result: resultOf(after) },
    };
  }

  async function undo(change: ChangeOf<A>, context: KindContext): Promise<{ output: string }> {
    const kubectl = openKubectl(change.action, context);
    const where = reference(change.action, context);
    const { rest, done } = await undoable(change, kubectl, context);
    if (done) return { output: 'It is as it was before already.' };
    try {
      await kubectl.write(rest, { dryRun: false });
    } catch (error) {
      if (error instanceof ProgramError && isTestFailure(error.stderr)) throw new UndoRefusedError(`${wordsOf(where)} was changed by somebody else in this moment. It was left alone.`, { cause: error });
      throw error;
    }
    return { output: `${wordsOf(where)} is as it was before` };
  }

  async function checkUndone(change: ChangeOf<A>, context: KindContext): Promise<Check> {
    const live = await openKubectl(change.action, context).get(reference(change.action, context));
    const different = isAsBefore(live, patchIn(change, 'undo'));
    return { ok: different === undefined, details: [different === undefined ? 'every field is as it was before' : `${fieldName(different, live)} is not as it was before`] };
  }

  return { kind, schema, lockKey: lockKeyOf, risk: parts.risk, prepare, drift: (change, fresh) => moved(change, fresh), execute, check, previewUndo, undo, checkUndone };
}

/** `deployment checkout --type=json -p [...]`: the patch begins with a bracket, names with a letter or digit. */
function patchArgv({ resource, name }: ObjectReference, patch: readonly Operation[]): string[] {
  return ['patch', resource, name, '--type=json', '-p', patchText(patch)];
}

async function rehearse(kubectl: Kubectl, rest: string[]): Promise<{ object: JsonObject; warnings: string[] }> {
  try {
    return await kubectl.write(rest, { dryRun: true });
  } catch (error) {
    if (error instanceof ProgramError) throw new RefusedError(isTestFailure(error.stderr) ? 'The API server did not accept the dry run: it moved in this moment, or the patch does not fit it.' : `The dry run failed: ${error.message}`, { cause: error });
    throw error;
  }
}

function refuseSecrets(operations: readonly Operation[], before: JsonObject, after: JsonObject): void {
  for (const { op, path } of operations) {
    const secret = (op === 'add' ? undefined : secretAt(before, path)) ?? (op === 'remove' ? undefined : secretAt(after, path));
    if (secret !== undefined) throw new RefusedError(`This touches the value of ${secret}, which looks like a secret: sre-agent neither shows nor carries secrets. Do this one by hand, or keep the value in a Secret and reference it.`);
  }
}

/** What the server did beside what it was asked to: neither at, nor above, nor below a path of the patch. */
function unasked(effect: readonly Operation[], asked: readonly Operation[]): Operation[] {
  const below = (one: string, other: string): boolean => one === other || one.startsWith(`${other}/`);
  const places = asked.map(({ path }) => (path.endsWith('/-') ? path.slice(0, -2) : path));
  return effect.filter(({ path }) => !places.some((place) => below(path, place) || below(place, path)));
}

/**
 * What the dry run made of the object, field by field of what it holds: labels and annotations are anybody's meanwhile.
 * Each is `field hash`, not `field: hash`: beside a name like automountServiceAccountToken a value would be taken for a secret.
 */
function resultOf(object: JsonObject): string[] {
  const fields = contentOf(object);
  return Object.entries(fields).map(([name, value]) => `${name} ${createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16)}`);
}

/** Two levels deep, so that what differs has a name. */
function contentOf(object: JsonObject): JsonObject {
  const content: JsonObject = {};
  // Its taints and addresses belong to controllers, which answer at once.
  if (object['kind'] === 'Node') return content;
  const { template, ...spec } = isObject(object['spec']) ? object['spec'] : {};
  const pods = isObject(template) && isObject(template['spec']) ? template['spec'] : {};
  for (const [key, value] of Object.entries(spec)) content[`spec.${key}`] = value;
  for (const [key, value] of Object.entries(pods)) content[`spec.template.spec.${key}`] = value;
  if (isObject(template) && template['metadata'] !== undefined) content['spec.template.metadata'] = template['metadata'];
  for (const key of ['data', 'binaryData', 'immutable']) if (object[key] !== undefined) content[key] = object[key];
  return content;
}

/** Admission may do another thing when it counts. An undo of what was foreseen would leave the rest in place: a person looks. */
function refuseSurprise({ resolved }: { resolved: Record<string, unknown> }, object: JsonObject, where: string): void {
  const [wanted, now] = [(resolved['result'] ?? []) as string[], resultOf(object)];
  const different = [...new Set([...wanted, ...now].filter((field) => !wanted.includes(field) || !now.includes(field)).map((field) => field.split(' ')[0] ?? ''))].sort();
  if (different.length > 0) throw new ExecutionError(`${where} was written, but the API server stored something else than its dry run showed: ${different.slice(0, 5).join(', ')}. It was left as it is.`, 'unknown');
}

/** What is bound by the guards, under its own name, so that drift can be said in words. */
function versionOf(patch: readonly Operation[]): Record<string, unknown> {
  return Object.fromEntries(patch.flatMap((operation) => {
    const name = operation.op === 'test' ? /^\/metadata\/(uid|generation|resourceVersion)$/.exec(operation.path)?.[1] : undefined;
    return name === undefined || operation.op === 'remove' ? [] : [[name, operation.value]];
  }));
}

function writtenOf(object: JsonObject): Record<string, unknown> {
  return { name: nameOf(object), uid: uidOf(object), ...(numberAt(object, '/metadata/generation') !== undefined && { generation: numberAt(object, '/metadata/generation') }) };
}

function patchIn({ resolved }: { resolved: Record<string, unknown> }, name: 'patch' | 'undo'): Operation[] {
  const patch = resolved[name];
  if (!Array.isArray(patch)) throw new Error(`The change holds no ${name}.`);
  return patch as Operation[];
}

