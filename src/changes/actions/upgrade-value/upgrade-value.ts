/**
 * helm.upgrade_value: a release upgraded with exactly one value changed. The chart is the one that helm stored with the release,
 * written out again; it counts as the same only when it renders, with the values as they are, to the very manifest that is deployed.
 * helm has no precondition, so the revision is read right before, and what it wrote is looked at right after.
 */
import { z } from 'zod';
import type { ActionOf } from '../../action.ts';
import { canonicalJson } from '../../canonical-json.ts';
import { ExecutionError, messageOf, RefusedError } from '../../errors.ts';
import { helmUpgradeValueSchema } from '../../helm-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import type { Program } from '../kubectl/kubectl.ts';
import { openHelm, openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import type { Manifest } from '../helm-rollback/release.ts';
import { hookWords, hooksIn, manifestDifference, manifestFrom, readHooks, readManifest } from '../helm-rollback/release.ts';
import { refuseElsewhere, refuseRights } from '../helm-rollback/rights.ts';
import { latestOf, refusing, rehearseRollback, releaseChecks, releaseMilliseconds, rollbackArgv } from '../helm-rollback/way-back.ts';
import { fingerprint } from '../secret-key/values.ts';
import { plain, plural } from '../words.ts';
import { refuseEffects } from './allowed.ts';
import { withChart } from './chart-folder.ts';
import type { StoredRelease } from './stored.ts';
import { readStored } from './stored.ts';
import { changeValue } from './values.ts';

type Action = ActionOf<'helm.upgrade_value'>;

export const helmUpgradeValueKind: ActionKind<Action> = {
  kind: 'helm.upgrade_value',
  schema: helmUpgradeValueSchema,
  lockKey: lockKeyOf,
  risk: (_action, { removedObjects = 0, objects = 0 }) => (removedObjects > 0 ? { level: 'high', reasons: [`${removedObjects} objects are deleted`] } : { level: 'medium', reasons: [`${objects} objects follow the value`] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  ...releaseChecks,
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const helm = openHelm(action, context);
  const { release, key, value, namespace } = action;
  return refusing(async () => {
    const current = await latestOf(action, helm);
    if (current?.status !== 'deployed') throw new RefusedError(`Release ${release} is ${plain(current?.status ?? 'gone', 40)} at revision ${current?.revision}: only one that is deployed is upgraded here.`);
    const { revision } = current;
    const stored = await readStored(release, revision, openKubectl(action, context));
    const { before, values } = changeValue(stored, action);
    const present = await readManifest(release, revision, helm);
    const next = await withChart(stored.chart, async (folder) => {
      const same = await render(helm, action, folder, stored.config);
      if (same.manifest.hash !== present.hash) throw new RefusedError(`The chart that is stored with revision ${revision} of ${release} does not render to what is deployed (it may have charts inside, a post-renderer, or random values): upgrade it by hand.`);
      return render(helm, action, folder, values);
    });
    const undoHooks = await readHooks(release, revision, helm);
    refuseElsewhere([...present.objects.values(), ...next.manifest.objects.values(), ...next.hooks, ...undoHooks.objects], action, context);
    const changes = manifestDifference(present, next.manifest);
    if (changes.changed.length + changes.added.length + changes.removed.length === 0) throw new RefusedError(`No object of release ${release} follows ${key}: nothing would change.`);
    refuseRights(changes, [present, next.manifest], [...next.hooks, ...undoHooks.objects]);
    const destinations = refuseEffects(present, next.manifest);
    await rehearseRollback(helm, release, revision);
    const hooks = next.hooks.length + undoHooks.objects.length;
    return {
      command: [commandOf(helm, action, revision, before)],
      equivalent: helm.shown(['upgrade', release, `<chart of revision ${revision}>`, '--reuse-values', '--set', `${key}=${String(value)}`]),
      preview: [
        `${key}`, `- ${plain(JSON.stringify(before))}`, `+ ${JSON.stringify(value)}`, '', changes.text, '',
        `${plain([current.chart, current.app_version && `app ${current.app_version}`].filter(Boolean).join(', '), 120)}, as it is stored with revision ${revision}: with the values as they are it renders to just what is deployed. It becomes revision ${revision + 1}.`,
        ...(next.hooks.length > 0 ? [`These hooks of the chart run, which no dry run shows and no undo takes back: ${next.hooks.map(hookWords).join(', ')}.`] : []),
        ...(undoHooks.objects.length > 0 ? [`An undo runs these: ${undoHooks.objects.map(hookWords).join(', ')}.`] : []),
        "helm's dry run on the server went through. helm knows no precondition: the revision is read again right before, and what it wrote is compared with this right after.",
      ].join('\n'),
      resolved: { revision, status: current.status, presentManifest: present.hash, wantedManifest: next.manifest.hash, before, values: mark(values, action, context), chart: mark(stored.chart, action, context), hooks: next.hooksHash, undoHooks: undoHooks.hash },
      undo: { kind: 'automatic', command: [helm.shown(rollbackArgv(release, revision))], description: `Rolls back to revision ${revision}, unless somebody has changed the release since.` },
      checks: [`release ${release} is deployed at revision ${revision + 1} with the manifest shown`, 'its deployments, stateful sets and daemon sets are rolled out'],
      blastRadius: `${plural(changes.changed.length, 'object')} of release ${namespace}/${release} changed, ${changes.added.length} created, ${changes.removed.length} deleted: ${[...changes.changed, ...changes.added, ...changes.removed].slice(0, 6).join(', ')}.`,
      facts: { online: true, reversible: true, objects: changes.changed.length + changes.added.length, removedObjects: changes.removed.length, ...(hooks > 0 && { hooks }), ...(changes.powers.length > 0 && { powers: changes.powers }), ...(destinations.length > 0 && { newDestinations: destinations }) },
    };
  });
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved } = change;
  const helm = openHelm(action, context);
  const revision = Number(resolved['revision']);
  const nothing = (why: string, cause?: unknown) => new ExecutionError(`Nothing was changed: ${why}`, 'none', { cause });
  if (commandOf(helm, action, revision, resolved['before']) !== change.command[0]) throw nothing('another command would be built now than the one that was approved.');
  const { stored, values } = await readAgain(change, context).catch((error: unknown) => {
    throw error instanceof ExecutionError ? error : nothing(messageOf(error), error);
  });
  return withChart(stored.chart, async (folder) => {
    const latest = await latestOf(action, helm).catch((error: unknown) => {
      throw nothing(messageOf(error), error);
    });
    if (latest?.revision !== revision || latest.status !== resolved['status']) throw nothing(`release ${action.release} is at revision ${latest?.revision} (${latest?.status}) now, not ${revision}.`);
    await context.checkpoint();
    try {
      await helm.run(upgradeArgv(action, folder), { stdin: JSON.stringify(values), timeoutMilliseconds: releaseMilliseconds });
    } catch (error) {
      throw error instanceof ProgramError ? await afterFailure(change, helm, error) : error;
    }
    await refuseSurprise(change, helm);
    return { output: `release ${action.release} upgraded: ${action.key} is ${JSON.stringify(action.value)}`, written: { revision: revision + 1 } };
  });
}

async function readAgain({ action, resolved }: ChangeOf<Action>, context: KindContext): Promise<{ stored: StoredRelease; values: JsonObject }> {
  const stored = await readStored(action.release, Number(resolved['revision']), openKubectl(action, context));
  const { values } = changeValue(stored, action);
  if (mark(values, action, context) !== resolved['values'] || mark(stored.chart, action, context) !== resolved['chart']) throw new ExecutionError('Nothing was changed: what is stored with the release is no longer what was previewed.', 'none');
  return { stored, values };
}

/** helm says it went well. Somebody may have come between the look and the write, or a template looked up something else. */
async function refuseSurprise({ action, resolved }: ChangeOf<Action>, helm: Program): Promise<void> {
  const revision = Number(resolved['revision']) + 1;
  const latest = await latestOf(action, helm).catch(() => undefined);
  const manifest = await readManifest(action.release, revision, helm).catch(() => undefined);
  if (latest?.revision !== revision || manifest?.hash !== resolved['wantedManifest']) throw new ExecutionError(`Release ${action.release} was upgraded, but is at revision ${latest?.revision ?? 'unknown'} now, or holds something else than the dry run showed. It was left as it is.`, 'unknown');
}

/** helm writes down the new revision before it touches anything: without one, nothing was touched. */
async function afterFailure({ action, resolved }: ChangeOf<Action>, helm: Program, error: ProgramError): Promise<ExecutionError> {
  const before = Number(resolved['revision']);
  const latest = await latestOf(action, helm).catch(() => undefined);
  if (latest?.revision === before && (error.effect === 'none' || /^Error: /m.test(error.stderr))) return new ExecutionError(`Nothing was changed: ${error.message}`, 'none', { cause: error });
  const manifest = await readManifest(action.release, before + 1, helm).catch(() => undefined);
  if (latest?.revision === before + 1 && latest.status === 'failed' && manifest?.hash === resolved['wantedManifest']) return new ExecutionError(`The upgrade failed half way: ${error.message}`, 'partial', { cause: error, written: { revision: latest.revision } });
  return new ExecutionError(`It may have been upgraded in part: ${error.message}`, 'unknown', { cause: error });
}

interface Rendered {
  manifest: Manifest;
  /** Those that run with an upgrade. */
  hooks: JsonObject[];
  hooksHash: string;
}

const answer = z.object({ manifest: z.string(), hooks: z.array(z.object({ manifest: z.string(), events: z.array(z.string()).nullish() })).nullish() });

/** What an upgrade would make of these values, by helm's dry run on the server. */
async function render(helm: Program, action: Action, folder: string, values: JsonObject): Promise<Rendered> {
  const { stdout } = await helm.run(upgradeArgv(action, folder), { stdin: JSON.stringify(values), flags: ['--dry-run=server', '--output=json'], timeoutMilliseconds: 60_000 });
  const { manifest, hooks } = answer.parse(JSON.parse(stdout));
  return { manifest: manifestFrom(`${manifest}\n`), ...hooksIn((hooks ?? []).map((hook) => ({ manifest: hook.manifest, events: hook.events ?? [] })), /^(?:pre|post)-upgrade$/) };
}

/** The values go in by stdin: they may hold secrets, and no value becomes a flag. */
function upgradeArgv({ release }: Action, folder: string): string[] {
  return ['upgrade', release, folder, '--reset-values', '--values=-'];
}

/** As it runs, but for the folder, which is made then, and the values, which nobody may see. */
function commandOf(helm: Program, action: Action, revision: number, before: unknown): string {
  return [
    helm.shown(upgradeArgv(action, `<chart of revision ${revision}>`)),
    `# stdin: the values of revision ${revision} with ${action.key} = ${JSON.stringify(action.value)} instead of ${plain(JSON.stringify(before), 500)}; everything else as it is`,
  ].join('\n');
}

/** Values hold secrets: nobody may try out guesses on what is stored of them. */
function mark(content: unknown, { target }: Action, { targets }: KindContext): string {
  const kubeconfig = targets.clusters.find(({ name }) => name === target)?.write?.reveal() ?? '';
  return fingerprint(Buffer.from(canonicalJson(content)), kubeconfig);
}
