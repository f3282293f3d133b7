/** A cron job's jobs: which still run, which ended, which are old enough to go. */
import type { ClusterClient } from '../../../client.ts';
import type { CronJobStatus, ObjectReference } from '../../../objects/types.ts';
import { isFinished, terminalCondition } from '../job/outcome.ts';
import type { CronJob, Job } from '../shared/kinds.ts';

/** The status after a look at its jobs, with an event for everything that is news. */
export function reviewJobs(client: ClusterClient, cronJob: CronJob, jobs: readonly Job[]): CronJobStatus {
  const status: CronJobStatus = { ...cronJob.status, active: [...(cronJob.status?.active ?? [])] };
  for (const job of jobs) {
    const { name, uid } = job.metadata;
    const active = status.active?.some((reference) => reference.uid === uid) === true;
    if (!active && !isFinished(job)) {
      client.event(cronJob, { type: 'Warning', reason: 'UnexpectedJob', message: `Saw a job that the controller did not create or forgot: ${name}` });
    } else if (active && isFinished(job)) {
      status.active = status.active?.filter((reference) => reference.uid !== uid) ?? [];
      client.event(cronJob, { type: 'Normal', reason: 'SawCompletedJob', message: `Saw completed job: ${name}, condition: ${terminalCondition(job)?.type ?? ''}` });
    }
    const succeeded = terminalCondition(job)?.type === 'Complete' ? job.status?.completionTime : undefined;
    if (succeeded !== undefined && succeeded > (status.lastSuccessfulTime ?? '')) status.lastSuccessfulTime = succeeded;
  }
  status.active = status.active?.filter((reference) => {
    const there = jobs.some(({ metadata }) => metadata.uid === reference.uid);
    if (!there) client.event(cronJob, { type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${reference.name ?? ''}` });
    return there;
  }) ?? [];
  return status;
}

export function forgetFinished(client: ClusterClient, cronJob: CronJob, jobs: readonly Job[]): void {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec ?? {};
  for (const [type, limit] of [['Complete', successfulJobsHistoryLimit], ['Failed', failedJobsHistoryLimit]] as const) {
    const finished = jobs.filter((job) => terminalCondition(job)?.type === type && job.metadata.deletionTimestamp === undefined)
      .toSorted((first, second) => startOf(first).localeCompare(startOf(second)) || first.metadata.name.localeCompare(second.metadata.name));
    for (const job of finished.slice(0, Math.max(0, finished.length - limit))) deleteJob(client, cronJob, job);
  }
}

export function deleteJob(client: ClusterClient, cronJob: CronJob, { metadata: { namespace, name, uid } }: Job): void {
  client.delete('jobs.batch', namespace, name, { propagation: 'Background', uid });
  client.event(cronJob, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` });
}

export const referenceTo = ({ apiVersion, kind, metadata: { namespace, name, uid, resourceVersion } }: Job): ObjectReference =>
  ({ kind, namespace, name, uid, apiVersion, resourceVersion });

const startOf = (job: Job): string => job.status?.startTime ?? job.metadata.creationTimestamp;
