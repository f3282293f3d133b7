/** Starts jobs on a schedule. */
import type { ClusterClient, EventText } from '../../../client.ts';
import type { CronJobStatus } from '../../../objects/types.ts';
import { splitKey, type Controller } from '../../controller.ts';
import type { CronJob, Job, StartLoop } from '../shared/kinds.ts';
import { isAlreadyExists, messageOf, startLoop } from '../shared/loop.ts';
import { isControlledBy, controllerOf, ownerReferenceTo } from '../shared/owners.ts';
import { instant, timestamp } from '../shared/time.ts';
import { watchSelf } from '../shared/watch-owned.ts';
import { deleteJob, forgetFinished, referenceTo, reviewJobs } from './active-jobs.ts';
import { dueRuns, mostMissed, type Due } from './schedule.ts';

export const startCronJobs: StartLoop = (client, settings) =>
  startLoop(client, settings, {
    name: 'cronjob-controller',
    reconcile: reconcileCronJob,
    watch: (client, queue) => [watchSelf(client, queue, 'cronjobs.batch'), wakeOnJobs(client, queue)],
  });

/** `now`: milliseconds since the epoch. */
export function reconcileCronJob(client: ClusterClient, queue: Controller, key: string, now = Date.now()): void {
  const { namespace, name } = splitKey(key);
  const found = client.get('cronjobs.batch', namespace, name);
  if (found === undefined) return;
  const jobs = client.list('jobs.batch', { namespace }).filter((job) => isControlledBy(job, found));
  const cronJob = writeStatus(client, found, reviewJobs(client, found, jobs));
  forgetFinished(client, cronJob, jobs);
  if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec?.suspend === true) return;
  const due = readSchedule(client, cronJob, now);
  if (due === undefined) return;
  if (due.latest !== undefined) startDue(client, cronJob, jobs, { ...due, latest: due.latest }, now);
  if (due.next !== undefined) queue.enqueueAfter(key, Math.min(due.next - now + 100, longestTimer));
}

/** setTimeout takes no more than 24.8 days. */
const longestTimer = 24 * 3_600_000;

function readSchedule(client: ClusterClient, cronJob: CronJob, now: number): Due | undefined {
  try {
    return dueRuns(cronJob, now);
  } catch (error) {
    client.event(cronJob, { type: 'Warning', reason: 'UnparseableCronJobSchedule', message: `unparseable schedule: ${JSON.stringify(cronJob.spec?.schedule ?? '')} : ${messageOf(error)}` });
    return undefined;
  }
}

function startDue(client: ClusterClient, cronJob: CronJob, jobs: readonly Job[], { latest, missed }: Due & { latest: number }, now: number): void {
  const say = (text: EventText): void => client.event(cronJob, text);
  if (missed >= mostMissed) {
    say({ type: 'Warning', reason: 'TooManyMissedTimes', message: 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew' });
  }
  const deadline = cronJob.spec?.startingDeadlineSeconds;
  if (deadline !== undefined && latest + deadline * 1_000 < now) {
    say({ type: 'Warning', reason: 'MissSchedule', message: `Missed scheduled time to start a job: ${new Date(latest).toUTCString().replace('GMT', '+0000')}` });
    return;
  }
  const name = jobName(cronJob, latest);
  const active = jobs.filter(({ metadata }) => cronJob.status?.active?.some(({ uid }) => uid === metadata.uid));
  if (active.some(({ metadata }) => metadata.name === name) || instant(cronJob.status?.lastScheduleTime) === latest) return;
  if (cronJob.spec?.concurrencyPolicy === 'Forbid' && active.length > 0) {
    say({ type: 'Normal', reason: 'JobAlreadyActive', message: 'Not starting job because prior execution is running and concurrency policy is Forbid' });
    return;
  }
  const replaced = cronJob.spec?.concurrencyPolicy === 'Replace' ? active : [];
  for (const job of replaced) deleteJob(client, cronJob, job);
  const job = createJob(client, cronJob, name, latest);
  if (job === undefined) return;
  say({ type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${name}` });
  const kept = (cronJob.status?.active ?? []).filter(({ uid }) => !replaced.some(({ metadata }) => metadata.uid === uid));
  writeStatus(client, cronJob, { ...cronJob.status, active: [...kept, referenceTo(job)], lastScheduleTime: timestamp(latest) });
}

/** Minutes since the epoch make the name: one run, one job. */
export const jobName = (cronJob: CronJob, scheduled: number): string => `${cronJob.metadata.name}-${Math.floor(scheduled / 60_000)}`;

/** Undefined when it was there already. */
function createJob(client: ClusterClient, cronJob: CronJob, name: string, scheduled: number): Job | undefined {
  const { metadata, spec } = structuredClone(cronJob.spec?.jobTemplate ?? {});
  try {
    return client.create('jobs.batch', {
      metadata: {
        name, namespace: cronJob.metadata.namespace,
        ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
        annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': inZone(scheduled, cronJob.spec?.timeZone) },
        ownerReferences: [ownerReferenceTo(cronJob)],
      },
      ...(spec === undefined ? {} : { spec }),
    });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    client.event(cronJob, { type: 'Warning', reason: 'FailedCreate', message: `Error creating job: ${messageOf(error)}` });
    throw error;
  }
}

/** RFC 3339 with the offset of the zone. */
function inZone(time: number, timeZone = 'UTC'): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(time).replace(' ', 'T');
  const minutes = Math.round((Date.parse(`${parts}Z`) - time) / 60_000);
  if (minutes === 0) return `${parts}Z`;
  const clock = (value: number): string => String(value).padStart(2, '0');
  return `${parts}${minutes < 0 ? '-' : '+'}${clock(Math.floor(Math.abs(minutes) / 60))}:${clock(Math.abs(minutes) % 60)}`;
}

function writeStatus(client: ClusterClient, cronJob: CronJob, { active = [], ...status }: CronJobStatus): CronJob {
  return client.modify('cronjobs.batch', cronJob.metadata.namespace, cronJob.metadata.name, (copy) => {
    copy.status = { ...status, ...(active.length === 0 ? {} : { active }) };
  }, 'status') ?? cronJob;
}

function wakeOnJobs(client: ClusterClient, queue: Controller): () => void {
  const wake = (job: Job): void => {
    const controller = controllerOf(job);
    if (controller?.kind === 'CronJob') queue.enqueue(`${job.metadata.namespace ?? ''}/${controller.name}`);
  };
  return client.watch('jobs.batch', { added: wake, modified: wake, deleted: wake });
}
