/** helm.rollback: a release back to one pinned revision. helm has no precondition, so the revision is read right before, and its own storage refuses a second writer. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, messageOf, RefusedError } from '../../errors.ts';
import { helmRollbackSchema } from '../../helm-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain, plural } from '../words.ts';
import type { Program } from '../kubectl/kubectl.ts';
import { openHelm, ProgramError } from '../kubectl/kubectl.ts';
import type { ManifestDifference, ReleaseRevision } from './release.ts';
import { hookWords, manifestDifference, readHistory, readHooks, readManifest } from './release.ts';
import { refuseElsewhere, refuseRights } from './rights.ts';
import { isOurs, latestOf, refusing, rehearseRollback, releaseChecks, releaseMilliseconds, rollbackArgv } from './way-back.ts';

type Action = ActionOf<'helm.rollback'>;

export const helmRollbackKind: ActionKind<Action> = {
  kind: 'helm.rollback',
  schema: helmRollbackSchema,
  lockKey: lockKeyOf,
  risk: (_action, { removedObjects = 0, objects = 0 }) => (removedObjects > 0 ? { level: 'high', reasons: [`${removedObjects} objects are deleted`] } : { level: 'medium', reasons: [`${objects} objects go back to an earlier revision that ran before`] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  ...releaseChecks,
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const helm = openHelm(action, context);
  const { release, namespace } = action;
  const { revisions, wanted, present, next, hooks, undoHooks } = await refusing(async () => {
    const revisions = await readHistory(release, helm);
    const current = revisions.at(-1);
    const wanted = action.to_revision ?? deployedBefore(action, revisions);
    if (current === undefined || !revisions.some(({ revision }) => revision === wanted)) throw new RefusedError(`Release ${release} has no revision ${wanted}; its history holds ${revisions.map(({ revision }) => revision).join(', ') || 'none'}.`);
    if (current.status.startsWith('pending') || current.status.startsWith('uninstall')) throw new RefusedError(`Release ${release} is ${current.status} at revision ${current.revision}: somebody is at it, or was cut off. Look at it by hand.`);
    if (current.revision === wanted) throw new RefusedError(`Release ${release} is at revision ${wanted} already.`);
    const [present, next] = await Promise.all([readManifest(release, current.revision, helm), readManifest(release, wanted, helm)]);
    const [hooks, undoHooks] = await Promise.all([readHooks(release, wanted, helm), readHooks(release, current.revision, helm)]);
    await rehearseRollback(helm, release, wanted);
    return { revisions, wanted, present, next, hooks, undoHooks };
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
    resolved: { revision: current.revision, wanted, status: current.status, presentManifest: present.hash, wantedManifest: next.hash, hooks: hooks.hash, undoHooks: undoHooks.hash },
    undo: { kind: 'automatic', command: [helm.shown(rollbackArgv(release, current.revision))], description: `Rolls forward again to what revision ${current.revision} was, unless somebody has changed the release since.` },
    checks: [`release ${release} is deployed at revision ${current.revision + 1} with the manifest of revision ${wanted}`, 'its deployments, stateful sets and daemon sets are rolled out'],
    blastRadius: `${plural(changes.changed.length, 'object')} of release ${namespace}/${release} changed, ${changes.added.length} created, ${changes.removed.length} deleted${touched(changes)}.`,
    facts: { online: true, reversible: true, objects: changes.changed.length + changes.added.length, removedObjects: changes.removed.length, ...(hookCount > 0 && { hooks: hookCount }), ...(changes.powers.length > 0 && { powers: changes.powers }) },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved } = change;
  const helm = openHelm(action, context);
  const rest = rollbackArgv(action.release, action.to_revision ?? Number(resolved['wanted']));
  if (helm.shown(rest) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
  const latest = await latestOf(action, helm).catch((error: unknown) => {
    throw new ExecutionError(`Nothing was changed: ${messageOf(error)}`, 'none', { cause: error });
  });
  if (latest === undefined || latest.revision !== resolved['revision'] || latest.status !== resolved['status']) throw new ExecutionError(`Nothing was changed: release ${action.release} is at revision ${latest?.revision} (${latest?.status}) now, not ${String(resolved['revision'])}.`, 'none');
  await context.checkpoint();
  try {
    const { stdout } = await helm.run(rest, { timeoutMilliseconds: releaseMilliseconds });
    return { output: stdout.trim() || 'rolled back', written: { revision: latest.revision + 1 } };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw await afterFailure(change, helm, latest.revision, error);
  }
}

/** What was rolled back was left on purpose, so which revision is good is then for a person to say. */
function deployedBefore({ release }: Action, revisions: readonly ReleaseRevision[]): number {
  const current = revisions.at(-1);
  const before = revisions.slice(0, -1).findLast(({ status }) => status === 'superseded' || status === 'deployed');
  if (before === undefined) throw new RefusedError(`Release ${release} has no earlier revision that was deployed.`);
  if (current?.description?.startsWith('Rollback to ') === true) throw new RefusedError(`Revision ${current?.revision} of ${release} is a rollback itself (${plain(current?.description ?? '', 100)}): name the revision that is wanted.`);
  return before.revision;
}

/** helm writes down the new revision before it touches anything: without one, nothing was touched. */
async function afterFailure(change: ChangeOf<Action>, helm: Program, before: number, error: ProgramError): Promise<ExecutionError> {
  const latest = await latestOf(change.action, helm).catch(() => undefined);
  if (latest?.revision === before && error.effect === 'none') return new ExecutionError(`Nothing was changed: ${error.message}`, 'none', { cause: error });
  if (latest?.revision === before + 1 && latest.status === 'failed' && (await isOurs(change, helm))) return new ExecutionError(`The rollback failed half way: ${error.message}`, 'partial', { cause: error, written: { revision: latest.revision } });
  if (latest?.revision === before && /^Error: /m.test(error.stderr)) return new ExecutionError(`Nothing was changed: ${error.message}`, 'none', { cause: error });
  return new ExecutionError(`It may have been rolled back in part: ${error.message}`, 'unknown', { cause: error });
}

function touched({ changed }: ManifestDifference): string {
  return changed.length === 0 ? '' : `: ${changed.slice(0, 6).join(', ')}${changed.length > 6 ? ` and ${changed.length - 6} more` : ''}`;
}
