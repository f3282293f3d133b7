/**
 * kubectl.secret_key: one key of a Secret, from a reference. The whole object goes to `kubectl replace` by stdin with the
 * uid and resourceVersion that were previewed, so the API server refuses it when anything moved; no argument and no
 * record holds a value. What was there before is kept in this process alone, for as long as an undo may need it.
 */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { secretKeySchema } from '../../kubernetes-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { consumersOf, consumerWords } from '../kubectl/consumers.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, isObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError, warningsIn } from '../kubectl/kubectl.ts';
import { textAt, uidOf, wordsOf } from '../kubectl/objects.ts';
import { ownershipOf } from '../kubectl/ownership.ts';
import { refuseKey } from '../kubectl/variables.ts';
import { keepBefore, keptBefore } from './before.ts';
import { fingerprint, readSource, refuseType, valueOf } from './values.ts';

type Action = ActionOf<'kubectl.secret_key'>;

const reference = ({ namespace, name }: Action) => ({ resource: 'secret', namespace, name });

export const secretKeyKind: ActionKind<Action> = {
  kind: 'kubectl.secret_key',
  schema: secretKeySchema,
  lockKey: lockKeyOf,
  risk: () => ({ level: 'high', reasons: ['a credential that is wrong locks out whoever uses it, and nobody sees its value'] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check: (change, context) => holds(change, String(change.resolved['after']), context),
  previewUndo,
  undo,
  checkUndone: (change, context) => holds(change, String(change.resolved['before']), context),
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  const where = wordsOf(reference(action));
  const live = await kubectl.get(reference(action));
  if (at(live, '/immutable') === true) throw new RefusedError(`${where} is immutable: it can only be replaced by another one.`);
  if (at(live, '/metadata/deletionTimestamp') !== undefined) throw new RefusedError(`${where} is being deleted.`);
  refuseKey(action.key, 'hidden');
  refuseType(live, `${action.namespace}/${action.name}`);
  const mark = marker(action, context);
  const source = await readSource(action, kubectl, context);
  const before = valueOf(live, action.key);
  if (before?.equals(source.value)) throw new RefusedError(`${action.key} of ${where} holds this value already.`);
  const rehearsal = await write(kubectl, action, withKey(live, action.key, source.value), true).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The dry run failed: ${error.message}`, { cause: error }) : error;
  });
  const others = otherKeys(live, rehearsal.stored, action.key);
  if (others.length > 0) throw new RefusedError(`Admission would change other keys of ${where}, too: ${others.slice(0, 5).join(', ')}. Do this one by hand.`);
  const consumers = await consumersOf('secret', action.name, kubectl);
  const owner = ownershipOf(live);
  const [was, willBe] = [mark(before), mark(source.value)];
  const version = textAt(live, '/metadata/resourceVersion') ?? '';
  return {
    command: [commandOf(kubectl, action, uidOf(live), version, `${source.words}: ${willBe}`)],
    preview: [
      `data[${JSON.stringify(action.key)}]`, `- ${was}`, `+ ${willBe}, from ${source.words}`, '',
      'The values stay between the executor and the API server. A server-side dry run accepted the write, and the API server refuses it if the Secret is no longer what was read.',
      ...rehearsal.warnings.map((warning) => `The server warns: ${warning}`),
      ...consumerWords(consumers), ...owner.notes,
    ].join('\n'),
    resolved: { uid: uidOf(live), resourceVersion: version, source: source.bound, before: was, after: willBe },
    undo: {
      kind: 'automatic',
      command: [commandOf(kubectl, action, uidOf(live), '<as read then>', before === undefined ? 'removed again' : `as it was: ${was}`)],
      description: before === undefined ? 'Removes the key again, unless somebody has changed it since.' : 'Puts the value back that was read just before the write, unless somebody has changed it since. Only this executor keeps it, in memory: if it ends meanwhile, a person must put it back.',
    },
    checks: [`${action.key} of ${where} is ${willBe}`],
    blastRadius: consumers === undefined ? `Whatever reads ${where}.` : consumers.length === 0 ? `No workload of the namespace refers to ${where}.` : `What reads ${where}: ${consumers.map((one) => one.name).join(', ')}.`,
    facts: { online: true, reversible: true, ...(consumers && { consumers: consumers.length }), ...(owner.putsBack !== undefined && { putBackBy: owner.putsBack }) },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved } = change;
  const kubectl = openKubectl(action, context);
  const nothing = (why: string, cause?: unknown) => new ExecutionError(`Nothing was changed: ${why}`, 'none', { cause });
  const [live, source] = await Promise.all([kubectl.get(reference(action)), readSource(action, kubectl, context)]).catch((error: unknown) => {
    throw nothing(error instanceof Error ? error.message : String(error), error);
  });
  if (uidOf(live) !== resolved['uid'] || textAt(live, '/metadata/resourceVersion') !== resolved['resourceVersion']) throw nothing(`${wordsOf(reference(action))} moved since it was previewed.`);
  const mark = marker(action, context);
  if (mark(source.value) !== resolved['after']) throw nothing('the source holds another value now.');
  if (commandOf(kubectl, action, uidOf(live), String(resolved['resourceVersion']), `${source.words}: ${mark(source.value)}`) !== change.command[0]) throw nothing('another command would be built now than the one that was approved.');
  const before = valueOf(live, action.key);
  await context.checkpoint();
  keepBefore(change.id, before);
  let stored: JsonObject;
  try {
    ({ stored } = await write(kubectl, action, withKey(live, action.key, source.value), false));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.effect === 'none') throw nothing(error.message, error);
    const now = await kubectl.find(reference(action)).catch(() => undefined);
    if (now === undefined || !valueOf(now, action.key)?.equals(source.value)) throw new ExecutionError(`It may or may not have taken: ${error.message}`, 'unknown', { cause: error });
    stored = now;
  }
  const others = otherKeys(live, stored, action.key);
  if (others.length > 0) throw new ExecutionError(`${wordsOf(reference(action))} was written, but the API server changed other keys, too: ${others.slice(0, 5).join(', ')}. It was left as it is.`, 'unknown');
  return { output: `${wordsOf(reference(action))}: ${action.key} is ${mark(source.value)}`, written: { uid: uidOf(live) } };
}

interface WayBack {
  live: JsonObject;
  mark(value: Buffer | undefined): string;
  /** Undefined: it is as it was before already. */
  kept: ReturnType<typeof keptBefore>;
}

/** Throws UndoRefusedError. */
async function wayBack(change: ChangeOf<Action>, kubectl: Kubectl, context: KindContext): Promise<WayBack> {
  const { action, resolved } = change;
  const where = wordsOf(reference(action));
  const live = await kubectl.find(reference(action));
  if (live === undefined || uidOf(live) !== resolved['uid']) throw new UndoRefusedError(`${where} is gone or another one. Nothing was run.`);
  const mark = marker(action, context);
  const now = mark(valueOf(live, action.key));
  if (now === resolved['before']) return { live, mark, kept: undefined };
  if (now !== resolved['after']) throw new UndoRefusedError(`${action.key} of ${where} is no longer what sre-agent wrote: somebody changed it since. It was left alone.`);
  const kept = keptBefore(change.id);
  if (kept === undefined) throw new UndoRefusedError(`The value that ${action.key} of ${where} had was kept only in the executor that ran the change, and that one has ended: put it back by hand (${String(resolved['before'])}).`);
  return { live, mark, kept };
}

async function previewUndo(change: ChangeOf<Action>, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }> {
  const { action } = change;
  const kubectl = openKubectl(action, context);
  const { live, mark, kept } = await wayBack(change, kubectl, context);
  if (kept === undefined) throw new UndoRefusedError(`${action.key} of ${wordsOf(reference(action))} is as it was before already: nothing would change.`);
  const rehearsal = await write(kubectl, action, withKey(live, action.key, kept.value), true).catch((error: unknown) => {
    throw error instanceof ProgramError ? new UndoRefusedError(`The dry run of the undo failed: ${error.message}`, { cause: error }) : error;
  });
  const [now, back] = [mark(valueOf(live, action.key)), mark(kept.value)];
  return {
    preview: [
      `data[${JSON.stringify(action.key)}]`, `- ${now}`, `+ ${back}`, '',
      'A server-side dry run accepted it. The value before is kept in the memory of this executor alone: if it ends before the undo, a person must put it back.',
      ...rehearsal.warnings.map((warning) => `The server warns: ${warning}`),
      ...consumerWords(await consumersOf('secret', action.name, kubectl)),
    ].join('\n'),
    resolved: { uid: uidOf(live), resourceVersion: textAt(live, '/metadata/resourceVersion') ?? '', now, back },
  };
}

async function undo(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const { action } = change;
  const kubectl = openKubectl(action, context);
  const { live, mark, kept } = await wayBack(change, kubectl, context);
  if (kept === undefined) return { output: 'It is as it was before already.' };
  await write(kubectl, action, withKey(live, action.key, kept.value), false);
  return { output: `${wordsOf(reference(action))}: ${action.key} is ${mark(kept.value)} again` };
}

async function holds({ action, resolved }: ChangeOf<Action>, wanted: string, context: KindContext): Promise<Check> {
  const live = await openKubectl(action, context).get(reference(action));
  const now = marker(action, context)(valueOf(live, action.key));
  return { ok: now === wanted && uidOf(live) === resolved['uid'], details: [`${action.key} of ${wordsOf(reference(action))} is ${now}`] };
}

async function write(kubectl: Kubectl, action: Action, secret: JsonObject, dryRun: boolean): Promise<{ stored: JsonObject; warnings: string[] }> {
  const { stdout, stderr } = await kubectl.run(replaceArgv(action, dryRun), { stdin: JSON.stringify(secret) });
  return { stored: JSON.parse(stdout) as JsonObject, warnings: warningsIn(stderr) };
}

/** Names of keys that differ beside the one that was asked for. */
function otherKeys(before: JsonObject, after: JsonObject, key: string): string[] {
  const [was, is] = [before, after].map(({ data }) => (isObject(data) ? data : {})) as [JsonObject, JsonObject];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => name !== key && was[name] !== is[name]).sort();
}

function marker({ target }: Action, { targets }: KindContext): (value: Buffer | undefined) => string {
  const kubeconfig = targets.clusters.find(({ name }) => name === target)?.write?.reveal() ?? '';
  return (value) => fingerprint(value, kubeconfig);
}

/** Undefined removes it. */
function withKey(secret: JsonObject, key: string, value: Buffer | undefined): JsonObject {
  const { [key]: _before, ...others } = isObject(secret['data']) ? secret['data'] : {};
  return { ...secret, data: value === undefined ? others : { ...others, [key]: value.toString('base64') } };
}

/** By its path: plain `kubectl replace` would also write the object, values included, into its annotation of what was last applied. */
function replaceArgv({ namespace, name }: Action, dryRun = false): string[] {
  return ['replace', '--raw', `/api/v1/namespaces/${namespace}/secrets/${name}?fieldManager=sre-agent${dryRun ? '&dryRun=All' : ''}`, '-f', '-'];
}

/** What goes in by stdin, in words: the values are shown to nobody. */
function commandOf(kubectl: Kubectl, action: Action, uid: string, resourceVersion: string, value: string): string {
  return [
    kubectl.shown(replaceArgv(action)),
    `# stdin: secret ${action.name} (uid ${uid}, resourceVersion ${resourceVersion}) with another value under "${action.key}",`,
    `# ${value}; everything else as it is`,
  ].join('\n');
}
