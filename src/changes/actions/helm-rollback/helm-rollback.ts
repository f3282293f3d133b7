/** helm.rollback: a release back to one pinned revision. helm has no precondition, so the revision is read right before, and its own storage refuses a second writer. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { helmRollbackSchema } from '../../helm-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain, plural } from '../words.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { isObject, sameJson } from '../kubectl/json-patch.ts';
import type { Program } from '../kubectl/kubectl.ts';
import { openHelm, openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { nameOf, textAt, textsAt } from '../kubectl/objects.ts';
import { rolloutOf } from '../kubectl/workload.ts';
import type { Manifest, ManifestDifference, ReleaseRevision } from './release.ts';
import { hookWords, manifestDifference, readHistory, readHooks, readManifest } from './release.ts';

type Action = ActionOf<'helm.rollback'>;

const rollbackMilliseconds = 120_000;
const rolling = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

export const helmRollbackKind: ActionKind<Action> = {
  kind: 'helm.rollback',
  schema: helmRollbackSchema,
  lockKey: lockKeyOf,
  risk: (_action, { removedObjects = 0, objects = 0 }) => (removedObjects > 0 ? { level: 'high', reasons: [`${removedObjects} objects are deleted`] } : { level: 'medium', reasons: [`${objects} objects go back to an earlier revision that ran before`] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check: (change, context) => holds(change, { after: Number(change.resolved['revision']), manifest: String(change.resolved['wantedManifest']) }, context),
  undo,
  checkUndone: (change, context) => holds(change, { after: Number(change.resolved['revision']) + 1, manifest: String(change.resolved['presentManifest']) }, context),
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const helm = openHelm(action, context);
  const { release, to_revision: wanted, namespace } = action;
  const { revisions, present, next, hooks, undoHooks } = await refusing(async () => {
    const revisions = await readHistory(release, helm);
    const current = revisions.at(-1);
    if (current === undefined || !revisions.some(({ revision }) => revision === wanted)) throw new RefusedError(`Release ${release} has no revision ${wanted}; its history holds ${revisions.map(({ revision }) => revision).join(', ') || 'none'}.`);
    if (current.status.startsWith('pending') || current.status.startsWith('uninstall')) throw new RefusedError(`Release ${release} is ${current.status} at revision ${current.revision}: somebody is at it, or was cut off. Look at it by hand.`);
    if (current.revision === wanted) throw new RefusedError(`Release ${release} is at revision ${wanted} already.`);
    const [present, next] = await Promise.all([readManifest(release, current.revision, helm), readManifest(release, wanted, helm)]);
    const [hooks, undoHooks] = await Promise.all([readHooks(release, wanted, helm), readHooks(release, current.revision, helm)]);
    await rehearse(helm, release, wanted);
    return { revisions, present, next, hooks, undoHooks };
  });
  const current = revisions.at(-1) as ReleaseRevision;
  refuseElsewhere([...present.objects.values(), ...next.objects.values(), ...hooks.objects, ...undoHooks.objects], action, context);
  const changes = manifestDifference(present, next);
  refuseRights(changes, [present, next], [...hooks.objects, ...undoHooks.objects]);
  const hookCount = hooks.objects.length + undoHooks.objects.length;
  if (changes.changed.length + changes.added.length + changes.removed.length === 0 && current.status === 'deployed') throw new RefusedError(`Revisions ${current.revision} and ${wanted} of ${release} are the same: a rollback would change nothing.`);
  const words = (one: ReleaseRevision | undefined): string => [`revision ${one?.revision}`, one?.status, one?.chart, one?.app_version && `app ${one.app_version}`].filter(Boolean).map((word) => plain(String(word), 100)).join(', ');
  return {
    command: [helm.shown(rollbackArgv(release, wanted))],
    preview: [
      changes.text || 'The manifests are the same; the release is marked deployed again.',
      '',
      `From ${words(current)} back to ${words(revisions.find(({ revision }) => revision === wanted))}. It becomes revision ${current.revision + 1}.`,
      ...(hooks.objects.length > 0 ? [`These hooks of the chart run, which no dry run shows and no undo takes back: ${hooks.objects.map(hookWords).join(', ')}.`] : []),
      ...(undoHooks.objects.length > 0 ? [`An undo runs these: ${undoHooks.objects.map(hookWords).join(', ')}.`] : []),
      "Objects that are the same in both revisions may be put back to what they say, where somebody changed them since; the contents of volumes don't go back. helm's dry run on the server went through.",
      'helm knows no precondition: the revision is read again right before, and a second writer in the same instant fails in its storage.',
    ].join('\n'),
    resolved: { revision: current.revision, status: current.status, presentManifest: present.hash, wantedManifest: next.hash, hooks: hooks.hash, undoHooks: undoHooks.hash },
    undo: { kind: 'automatic', command: [helm.shown(rollbackArgv(release, current.revision))], description: `Rolls forward again to what revision ${current.revision} was, unless somebody has changed the release since.` },
    checks: [`release ${release} is deployed at revision ${current.revision + 1} with the manifest of revision ${wanted}`, 'its deployments, stateful sets and daemon sets are rolled out'],
    blastRadius: `${plural(changes.changed.length, 'object')} of release ${namespace}/${release} changed, ${changes.added.length} created, ${changes.removed.length} deleted${touched(changes)}.`,
    facts: { online: true, reversible: true, objects: changes.changed.length + changes.added.length, removedObjects: changes.removed.length, ...(hookCount > 0 && { hooks: hookCount }), ...(changes.powers.length > 0 && { powers: changes.powers }) },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved } = change;
  const helm = openHelm(action, context);
  const rest = rollbackArgv(action.release, action.to_revision);
  if (helm.shown(rest) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
  const latest = await latestOf(action, helm).catch((error: unknown) => {
    throw new ExecutionError(`Nothing was changed: ${messageOf(error)}`, 'none', { cause: error });
  });
  if (latest === undefined || latest.revision !== resolved['revision'] || latest.status !== resolved['status']) throw new ExecutionError(`Nothing was changed: release ${action.release} is at revision ${latest?.revision} (${latest?.status}) now, not ${String(resolved['revision'])}.`, 'none');
  try {
    const { stdout } = await helm.run(rest, { timeoutMilliseconds: rollbackMilliseconds });
    return { output: stdout.trim() || 'rolled back', written: { revision: latest.revision + 1 } };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw await afterFailure(change, helm, latest.revision, error);
  }
}

/** helm writes down the new revision before it touches anything: without one, nothing was touched. */
async function afterFailure(change: ChangeOf<Action>, helm: Program, before: number, error: ProgramError): Promise<ExecutionError> {
  const latest = await latestOf(change.action, helm).catch(() => undefined);
  if (latest?.revision === before && error.effect === 'none') return new ExecutionError(`Nothing was changed: ${error.message}`, 'none', { cause: error });
  if (latest?.revision === before + 1 && latest.status === 'failed' && (await isOurs(change, helm))) return new ExecutionError(`The rollback failed half way: ${error.message}`, 'partial', { cause: error, written: { revision: latest.revision } });
  if (latest?.revision === before && /^Error: /m.test(error.stderr)) return new ExecutionError(`Nothing was changed: ${error.message}`, 'none', { cause: error });
  return new ExecutionError(`It may have been rolled back in part: ${error.message}`, 'unknown', { cause: error });
}

/** The revision after the one that was previewed holds what we were to restore: somebody else's would hold something else. */
async function isOurs({ action, resolved }: ChangeOf<Action>, helm: Program): Promise<boolean> {
  const manifest = await readManifest(action.release, Number(resolved['revision']) + 1, helm).catch(() => undefined);
  return manifest?.hash === resolved['wantedManifest'];
}

async function undo(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const { action, resolved } = change;
  const helm = openHelm(action, context);
  const before = Number(resolved['revision']);
  const rest = rollbackArgv(action.release, before);
  if (helm.shown(rest) !== change.undo.command[0]) throw new UndoRefusedError('Another undo would be built now than the one that was approved; nothing was run.');
  const latest = await latestOf(action, helm);
  if (latest?.revision === before) return { output: 'It is as it was before already.' };
  if (latest?.revision !== before + 1 || (latest.status !== 'deployed' && latest.status !== 'failed') || !(await isOurs(change, helm))) throw new UndoRefusedError(`Release ${action.release} is at revision ${latest?.revision} (${latest?.status}) now, which sre-agent did not write. It was left alone.`);
  const { stdout } = await helm.run(rest, { timeoutMilliseconds: rollbackMilliseconds });
  return { output: stdout.trim() || 'rolled back' };
}

async function holds({ action }: ChangeOf<Action>, { after, manifest: wanted }: { after: number; manifest: string }, context: KindContext): Promise<Check> {
  const helm = openHelm(action, context);
  const latest = await latestOf(action, helm);
  const said = `release ${action.release} is ${latest?.status ?? 'gone'} at revision ${latest?.revision ?? 'none'}`;
  if (latest === undefined || latest.revision <= after || latest.status !== 'deployed') return { ok: false, details: [said] };
  const manifest = await readManifest(action.release, latest.revision, helm);
  if (manifest.hash !== wanted) return { ok: false, details: [said, 'its manifest is another than the one that was to be restored'] };
  const rollouts = await rolloutsOf(manifest, action, context);
  return { ok: rollouts.every(({ ok }) => ok), details: [said, ...rollouts.flatMap(({ details }) => details)] };
}

async function rolloutsOf(manifest: Manifest, action: Action, context: KindContext): Promise<Check[]> {
  const kubectl = openKubectl(action, context);
  const workloads = [...manifest.objects.values()].filter((object) => rolling.has(String(object['kind'])) && (textAt(object, '/metadata/namespace') ?? action.namespace) === action.namespace);
  return Promise.all(workloads.map(async (object) => {
    const name = plain(`${String(object['kind']).toLowerCase()} ${nameOf(object)}`);
    const live = await kubectl.find({ resource: String(object['kind']).toLowerCase(), namespace: action.namespace, name: nameOf(object) });
    if (live === undefined) return { ok: false, details: [`${name} is not there`] };
    const { ok, details } = rolloutOf(live);
    return { ok, details: details.map((detail) => `${name}: ${detail}`) };
  }));
}

async function latestOf({ release }: Action, helm: Program): Promise<ReleaseRevision | undefined> {
  return (await readHistory(release, helm)).at(-1);
}

/** Rights, admission and what belongs to the whole cluster are not rolled back by anybody's click; nor are volumes deleted. */
const rightsKinds = /^(?:Cluster\w*|Role|RoleBinding|ServiceAccount|\w*WebhookConfiguration|\w*AdmissionPolic(?:y|yBinding)|CustomResourceDefinition|APIService|Namespace|Node|PersistentVolume|StorageClass|VolumeSnapshotClass|CSIDriver|CSINode|VolumeAttachment|PriorityClass|RuntimeClass|IngressClass|GatewayClass|CertificateSigningRequest|PriorityLevelConfiguration|FlowSchema|Pod)$/;

function refuseRights({ changed, added, removed }: ManifestDifference, manifests: readonly Manifest[], hooks: readonly JsonObject[]): void {
  const relabelled = (key: string): boolean => {
    const [present, next] = manifests.map(({ objects }) => objects.get(key));
    return present !== undefined && next !== undefined && sameJson(withoutVersions(present), withoutVersions(next));
  };
  const touched = new Set([...changed.filter((key) => !relabelled(key)), ...added, ...removed]);
  const objects = [...manifests.flatMap((manifest) => [...manifest.objects].filter(([key]) => touched.has(key)).map(([, object]) => object)), ...hooks];
  const kindOf = (object: JsonObject): string => String(object['kind']);
  const found = objects.find((object) => rightsKinds.test(kindOf(object))) ?? [...(manifests[0]?.objects ?? [])].find(([key, object]) => removed.includes(key) && kindOf(object) === 'PersistentVolumeClaim')?.[1];
  if (found !== undefined) throw new RefusedError(`The rollback would touch ${plain(`${kindOf(found)} ${nameOf(found)}`)}, which decides about rights or the whole cluster, or holds data: do this one by hand.`);
}

/** Charts write their versions as labels on everything, on what gives rights too; nothing else of it changes with them. */
function withoutVersions(object: JsonObject): JsonObject {
  const { 'app.kubernetes.io/version': _version, 'helm.sh/chart': _chart, ...labels } = textsAt(object, '/metadata/labels');
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, labels } };
}

const rollbackArgv = (release: string, revision: number): string[] => ['rollback', release, String(revision)];

async function rehearse(helm: Program, release: string, revision: number): Promise<void> {
  try {
    await helm.run([...rollbackArgv(release, revision), '--dry-run=server'], { timeoutMilliseconds: 60_000 });
  } catch (error) {
    // Helm 3 knows no kinds of dry run.
    if (!(error instanceof ProgramError) || !/invalid argument "server" for "--dry-run"/.test(error.stderr)) throw error;
    await helm.run([...rollbackArgv(release, revision), '--dry-run'], { timeoutMilliseconds: 60_000 });
  }
}

function refuseElsewhere(objects: readonly JsonObject[], { target, namespace }: Action, { targets }: KindContext): void {
  const allowed = targets.clusters.find(({ name }) => name === target)?.namespaces ?? [];
  for (const object of objects) {
    const elsewhere = textAt(object, '/metadata/namespace') ?? namespace;
    if (!allowed.includes(elsewhere)) throw new RefusedError(`The release also has ${plain(`${String(object['kind'])} ${nameOf(object)} in namespace ${elsewhere}`)}, which is not among those of cluster ${target} in sre-agent.yaml.`);
  }
}

function touched({ changed }: ManifestDifference): string {
  return changed.length === 0 ? '' : `: ${changed.slice(0, 6).join(', ')}${changed.length > 6 ? ` and ${changed.length - 6} more` : ''}`;
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ProgramError ? new RefusedError(error.message, { cause: error }) : error;
  }
}
