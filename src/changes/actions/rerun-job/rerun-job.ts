/** kubectl.rerun_job: a finished Job once more, or a CronJob now, as a new Job whose whole manifest is shown. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { rerunJobSchema } from '../../kubernetes-actions.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { ActionKind, ChangeOf, Check, KindContext, Preview } from '../kind.ts';
import { moved } from '../moved.ts';
import { plain, plural } from '../words.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { at, difference, isObject, pathsIn } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { openKubectl, ProgramError } from '../kubectl/kubectl.ts';
import { listAt, nameOf, numberAt, textAt, textsAt, uidOf, wordsOf } from '../kubectl/objects.ts';
import { controllerOf, isDeleted } from '../kubectl/pods.ts';
import { powersIn } from '../kubectl/rights.ts';
import { fieldName } from '../kubectl/show.ts';
import { fingerprintOf, freeName, hasEnded, manifestOf, manifestText, sourceAnnotation } from './manifest.ts';

type Action = ActionOf<'kubectl.rerun_job'>;

const reference = ({ source, namespace, name }: Action) => ({ resource: source, namespace, name });
const argv = ['create', '-f', '-'];
const irreversible = 'The new Job can be deleted, but what its run did stays done.';

export const rerunJobKind: ActionKind<Action> = {
  kind: 'kubectl.rerun_job',
  schema: rerunJobSchema,
  lockKey: lockKeyOf,
  risk: () => ({ level: 'high', reasons: ['nothing tells whether its work may be done twice'] }),
  prepare,
  drift: (change, fresh) => moved(change, fresh),
  execute,
  check,
  previewUndo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
  undo: (change) => Promise.reject(new UndoRefusedError(change.undo.description)),
  checkUndone: () => Promise.resolve({ ok: false, details: [irreversible] }),
};

async function prepare(action: Action, context: KindContext): Promise<Preview> {
  const kubectl = openKubectl(action, context);
  const where = wordsOf(reference(action));
  const source = await kubectl.get(reference(action));
  if (isDeleted(source)) throw new RefusedError(`${where} is being deleted.`);
  const jobs = await kubectl.list('jobs').catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The Jobs of namespace ${action.namespace} could not be read: ${error.message}`, { cause: error }) : error;
  });
  refuseTwice(action, source, jobs);
  const specification = at(source, action.source === 'job' ? '/spec' : '/spec/jobTemplate/spec');
  if (!isObject(specification)) throw new RefusedError(`${where} holds no template.`);
  const manifest = manifestOf(source, specification, freeName(action.name, new Set(jobs.map(nameOf))), action.namespace);
  const rehearsal = await kubectl.write(argv, { dryRun: true, stdin: manifestText(manifest) }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The dry run failed: ${error.message}`, { cause: error }) : error;
  });
  const pods = '/spec/template/spec';
  const alsoChanged = [pods, '/spec/template/metadata/annotations'].flatMap((part) => difference(at(manifest, part), at(rehearsal.object, part), part)).map(({ op, path }) => plain(fieldName(path, op === 'remove' ? manifest : rehearsal.object)));
  const powers = powersIn(pathsIn(pods, at(manifest, pods)));
  const runs = numberAt(manifest, '/spec/parallelism') ?? 1;
  return {
    command: [commandOf(kubectl, manifest)],
    ...(action.source === 'cronjob' && { equivalent: kubectl.shown(['create', 'job', nameOf(manifest), `--from=cronjob/${action.name}`]) }),
    preview: [
      ...(alsoChanged.length > 0 ? [`Admission changes ${alsoChanged.slice(0, 10).join(', ')}.`, ''] : []),
      `New Job ${action.namespace}/${nameOf(manifest)}, as ${where}${action.source === 'job' ? ` (${endOf(source)})` : ''} has it:`,
      ...['initContainers', 'containers'].flatMap((part) => listAt(manifest, `${pods}/${part}`).map((container) => `- ${part === 'containers' ? '' : 'before it, '}${plain(textAt(container, '/name') ?? '')}: ${plain(textAt(container, '/image') ?? '')} ${plain([container['command'], container['args']].flatMap((part) => (Array.isArray(part) ? part : [])).join(' '), 500)}`.trimEnd())),
      `Up to ${plural(runs, 'pod')} at a time, ${numberAt(manifest, '/spec/backoffLimit') ?? 6} tries more when one fails. ConfigMaps and Secrets that it names are read as they are now.`,
      `It went through a server-side dry run: validation and admission accept it. No controller owns it${action.source === 'cronjob' ? ', so the CronJob does not count it' : ''}.`,
      ...rehearsal.warnings.map((warning) => `The server warns: ${plain(warning)}`),
    ].join('\n'),
    resolved: { source: uidOf(source), manifest: manifestText(manifest), result: fingerprintOf(rehearsal.object) },
    undo: { kind: 'impossible', command: [], description: `${irreversible} To stop it: ${kubectl.shown(['delete', 'job', nameOf(manifest)])}` },
    checks: [`job ${nameOf(manifest)} is complete`],
    blastRadius: `Whatever the work of ${where} touches, once more.`,
    facts: { online: true, reversible: false, pods: runs, replaces: false, ...(powers.length > 0 && { powers }), ...(alsoChanged.length > 0 && { alsoChanged }) },
  };
}

/** The same work twice at a time is nobody's wish. */
function refuseTwice(action: Action, source: JsonObject, jobs: readonly JsonObject[]): void {
  if (action.source === 'job' && hasEnded(source) === undefined) throw new RefusedError(`Job ${action.name} has not ended yet: wait for it, or end it by hand.`);
  const schedule = action.source === 'cronjob' ? uidOf(source) : controllerOf(source)?.uid;
  const running = jobs.filter((job) => hasEnded(job) === undefined && (textsAt(job, '/metadata/annotations')[sourceAnnotation] === uidOf(source) || (schedule !== undefined && controllerOf(job)?.uid === schedule)));
  if (running.length > 0) throw new RefusedError(`The same work runs already, as ${running.map((job) => `job ${plain(nameOf(job))}`).join(', ')}: wait until it has ended.`);
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved } = change;
  const kubectl = openKubectl(action, context);
  const manifest = manifestIn(change);
  const name = nameOf(manifest);
  if (commandOf(kubectl, manifest) !== change.command[0]) throw new ExecutionError('Another command would be built now than the one that was approved; nothing was run.', 'none');
  // A new object has no version that its write could test: its source is looked at once more.
  const source = await kubectl.find(reference(action)).catch(() => undefined);
  if (source === undefined || uidOf(source) !== resolved['source']) throw new ExecutionError(`Nothing was created: ${wordsOf(reference(action))} is gone, or another one.`, 'none');
  await context.checkpoint();
  const created = await kubectl.write(argv, { dryRun: false, stdin: manifestText(manifest) }).then(({ object }) => object, async (error: unknown) => {
    if (!(error instanceof ProgramError)) throw error;
    if (error.effect === 'none') throw new ExecutionError(`Nothing was created: ${error.message}`, 'none', { cause: error });
    const live = await kubectl.find({ resource: 'job', name }).catch(() => undefined);
    if (live === undefined || textsAt(live, '/metadata/annotations')[sourceAnnotation] !== resolved['source']) throw new ExecutionError(`It may or may not have been created: ${error.message}`, 'unknown', { cause: error });
    return live;
  });
  if (fingerprintOf(created) !== resolved['result']) throw new ExecutionError(`Job ${name} was created, but the API server stored something else than its dry run showed. It was left as it is.`, 'unknown');
  return { output: `job ${action.namespace}/${name} created`, written: { name, uid: uidOf(created) } };
}

async function check(change: ChangeOf<Action>, context: KindContext): Promise<Check> {
  const name = nameOf(manifestIn(change));
  const job = await openKubectl(change.action, context).find({ resource: 'job', name });
  if (job === undefined) return { ok: false, details: [`there is no job ${name}`] };
  const uid = change.written?.['uid'];
  if (uid === undefined ? textsAt(job, '/metadata/annotations')[sourceAnnotation] !== change.resolved['source'] : uidOf(job) !== uid) return { ok: false, details: [`job ${name} is another one`] };
  const count = (state: string): number => numberAt(job, `/status/${state}`) ?? 0;
  return { ok: hasEnded(job) === 'Complete', details: [`job ${name} ${hasEnded(job) === undefined ? 'has not ended yet' : endOf(job)}: ${count('active')} running, ${count('succeeded')} succeeded, ${count('failed')} failed`] };
}

function endOf(job: JsonObject): string {
  const end = listAt(job, '/status/conditions').find((condition) => condition['type'] === hasEnded(job) && condition['status'] === 'True') ?? {};
  return `${hasEnded(job) === 'Complete' ? 'is complete' : 'failed'}${typeof end['lastTransitionTime'] === 'string' ? ` since ${plain(end['lastTransitionTime'], 40)}` : ''}${hasEnded(job) === 'Failed' && typeof end['message'] === 'string' ? `, ${plain(end['message'])}` : ''}`;
}

function manifestIn({ resolved }: ChangeOf<Action>): JsonObject {
  const manifest = JSON.parse(String(resolved['manifest'])) as JsonObject;
  return manifest;
}

function commandOf(kubectl: Kubectl, manifest: JsonObject): string {
  return `${kubectl.shown(argv)} <<'EOF'\n${manifestText(manifest)}\nEOF`;
}
