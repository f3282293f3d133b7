/** The way back of a change of a Helm release: a rollback to the revision before it, while the release is as we left it. */
import type { ActionOf } from '../../action.ts';
import { RefusedError, UndoRefusedError } from '../../errors.ts';
import type { ChangeOf, Check, KindContext } from '../kind.ts';
import { plain } from '../words.ts';
import type { Program } from '../kubectl/kubectl.ts';
import { openHelm, openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { nameOf, textAt } from '../kubectl/objects.ts';
import { rolloutOf } from '../kubectl/workload.ts';
import type { Manifest, ReleaseRevision } from './release.ts';
import { hookWords, manifestDifference, readHistory, readHooks, readManifest } from './release.ts';

export type ReleaseAction = ActionOf<'helm.rollback' | 'helm.upgrade_value'>;

export const releaseMilliseconds = 120_000;
const rolling = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

export const rollbackArgv = (release: string, revision: number): string[] => ['rollback', release, String(revision)];

/** How a release is looked at after it was written, and how it goes back: the same whatever wrote it. */
export const releaseChecks = {
  check: (change: ChangeOf<ReleaseAction>, context: KindContext) => holds(change, { after: Number(change.resolved['revision']), manifest: String(change.resolved['wantedManifest']) }, context),
  previewUndo: previewRelease,
  undo: undoRelease,
  checkUndone: (change: ChangeOf<ReleaseAction>, context: KindContext) => holds(change, { after: Number(change.resolved['revision']) + 1, manifest: String(change.resolved['presentManifest']) }, context),
};

/** Throws UndoRefusedError for a release that is not as we left it. `done`: it is as it was before already. */
async function wayBack(change: ChangeOf<ReleaseAction>, helm: Program): Promise<{ before: number; done: boolean }> {
  const { action, resolved, undo } = change;
  const before = Number(resolved['revision']);
  if (helm.shown(rollbackArgv(action.release, before)) !== undo.command[0]) throw new UndoRefusedError('Another undo would be built now than the one that was approved; nothing was run.');
  const latest = await latestOf(action, helm);
  const done = latest?.revision === before;
  if (!done && (latest?.revision !== before + 1 || (latest.status !== 'deployed' && latest.status !== 'failed') || !(await isOurs(change, helm)))) throw new UndoRefusedError(`Release ${action.release} is at revision ${latest?.revision} (${latest?.status}) now, which sre-agent did not write. It was left alone.`);
  return { before, done };
}

async function undoRelease(change: ChangeOf<ReleaseAction>, context: KindContext): Promise<{ output: string }> {
  const helm = openHelm(change.action, context);
  const { before, done } = await wayBack(change, helm);
  if (done) return { output: 'It is as it was before already.' };
  const { stdout } = await helm.run(rollbackArgv(change.action.release, before), { timeoutMilliseconds: releaseMilliseconds });
  return { output: stdout.trim() || 'rolled back' };
}

/** What would come back: the manifests of both revisions compared, values of Secrets hidden, and a dry run of the rollback. */
async function previewRelease(change: ChangeOf<ReleaseAction>, context: KindContext): Promise<{ preview: string; resolved: Record<string, unknown> }> {
  const helm = openHelm(change.action, context);
  const { release } = change.action;
  const { before, done } = await wayBack(change, helm);
  if (done) throw new UndoRefusedError(`Release ${release} is as it was before already: nothing would change.`);
  try {
    const [present, next, hooks] = [await readManifest(release, before + 1, helm), await readManifest(release, before, helm), await readHooks(release, before, helm)];
    if (next.hash !== change.resolved['presentManifest']) throw new UndoRefusedError(`Revision ${before} of ${release} holds something else now than when the change was approved. It was left alone.`);
    await rehearseRollback(helm, release, before);
    return {
      preview: [
        manifestDifference(present, next).text || 'The manifests are the same; the release is marked deployed again.',
        '',
        `From revision ${before + 1} back to revision ${before}; it becomes revision ${before + 2}. helm's dry run on the server went through. helm knows no precondition: the revision is read again right before.`,
        ...(hooks.objects.length > 0 ? [`These hooks of the chart run, which no dry run shows: ${hooks.objects.map(hookWords).join(', ')}.`] : []),
      ].join('\n'),
      resolved: { revision: before + 1, presentManifest: present.hash, wantedManifest: next.hash, hooks: hooks.hash },
    };
  } catch (error) {
    throw error instanceof ProgramError ? new UndoRefusedError(`The undo could not be previewed: ${error.message}`, { cause: error }) : error;
  }
}

async function holds({ action }: ChangeOf<ReleaseAction>, { after, manifest: wanted }: { after: number; manifest: string }, context: KindContext): Promise<Check> {
  const helm = openHelm(action, context);
  const latest = await latestOf(action, helm);
  const said = `release ${action.release} is ${latest?.status ?? 'gone'} at revision ${latest?.revision ?? 'none'}`;
  if (latest === undefined || latest.revision <= after || latest.status !== 'deployed') return { ok: false, details: [said] };
  const manifest = await readManifest(action.release, latest.revision, helm);
  if (manifest.hash !== wanted) return { ok: false, details: [said, 'its manifest is another than the one that was to be restored'] };
  const rollouts = await rolloutsOf(manifest, action, context);
  return { ok: rollouts.every(({ ok }) => ok), details: [said, ...rollouts.flatMap(({ details }) => details)] };
}

async function rolloutsOf(manifest: Manifest, action: ReleaseAction, context: KindContext): Promise<Check[]> {
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

/** The revision after the one that was previewed holds what we were to restore: somebody else's would hold something else. */
export async function isOurs({ action, resolved }: ChangeOf<ReleaseAction>, helm: Program): Promise<boolean> {
  const manifest = await readManifest(action.release, Number(resolved['revision']) + 1, helm).catch(() => undefined);
  return manifest?.hash === resolved['wantedManifest'];
}

export async function latestOf({ release }: ReleaseAction, helm: Program): Promise<ReleaseRevision | undefined> {
  return (await readHistory(release, helm)).at(-1);
}

/** Throws ProgramError. */
export async function rehearseRollback(helm: Program, release: string, revision: number): Promise<void> {
  try {
    await helm.run([...rollbackArgv(release, revision), '--dry-run=server'], { timeoutMilliseconds: 60_000 });
  } catch (error) {
    // Helm 3 knows no kinds of dry run.
    if (!(error instanceof ProgramError) || !/invalid argument "server" for "--dry-run"/.test(error.stderr)) throw error;
    await helm.run([...rollbackArgv(release, revision), '--dry-run'], { timeoutMilliseconds: 60_000 });
  }
}

export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ProgramError ? new RefusedError(error.message, { cause: error }) : error;
  }
}
