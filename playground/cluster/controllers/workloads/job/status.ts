/** Writes a job's counts and conditions, and lets counted pods go. */
import type { ClusterClient } from '../../../client.ts';
import type { JobCondition, JobStatus } from '../../../objects/types.ts';
import type { Job, Pod } from '../shared/kinds.ts';
import { timestamp } from '../shared/time.ts';
import { formatIndexes, isIndexed } from './indexes.ts';
import { isSuspended, type Outcome } from './outcome.ts';
import { isTracked, trackingFinalizer, type Tally } from './tally.ts';

export interface Report {
  tally: Tally;
  active: number;
  terminating: number;
  outcome: Outcome | undefined;
}

/** First names the ended pods, then takes their finalizers, then counts them: so each is counted once. */
export function report(client: ClusterClient, job: Job, pods: readonly Pod[], { tally, active, terminating, outcome }: Report): void {
  const failed = outcome?.type === 'FailureTarget' ? [...tally.newlyFailed, ...tally.active.filter(isTracked)] : tally.newlyFailed;
  const succeeded = isIndexed(job) ? [] : tally.newlySucceeded;
  const write = (change: (status: JobStatus) => void): Job | undefined => client.modify('jobs.batch', job.metadata.namespace, job.metadata.name, (copy) => {
    copy.status = { ...copy.status };
    change(copy.status);
  }, 'status');
  const uids = (list: readonly Pod[]): string[] => list.map(({ metadata }) => metadata.uid);
  if (failed.length + succeeded.length > 0) {
    write((status) => {
      status.uncountedTerminatedPods = { ...(failed.length > 0 ? { failed: uids(failed) } : {}), ...(succeeded.length > 0 ? { succeeded: uids(succeeded) } : {}) };
    });
  }
  const leaving = pods.filter((pod) => isTracked(pod) && (outcome !== undefined || job.metadata.deletionTimestamp !== undefined || hasEnded(pod)));
  for (const pod of leaving) letGo(client, pod);
  const before = job.status;
  const over = outcome !== undefined && active === 0 && terminating === 0;
  write((status) => {
    if (!isSuspended(job)) status.startTime ??= timestamp();
    set(status, 'active', active);
    set(status, 'failed', (before?.failed ?? 0) + failed.length);
    set(status, 'succeeded', tally.succeeded);
    if (isIndexed(job) && tally.completedIndexes.size > 0) status.completedIndexes = formatIndexes(tally.completedIndexes);
    status.ready = outcome === undefined ? Math.min(tally.ready, active) : 0;
    status.terminating = terminating;
    status.uncountedTerminatedPods = {};
    status.conditions = conditions(client, job, status.conditions ?? [], outcome, over);
    if (status.conditions.length === 0) delete status.conditions;
    if (over && outcome.type === 'SuccessCriteriaMet') status.completionTime ??= timestamp();
    if (job.spec?.suspend === true) delete status.startTime;
  });
  if (over) announce(client, job, outcome);
}

export function letGo(client: ClusterClient, { metadata: { namespace, name } }: Pod): void {
  client.modify('pods', namespace, name, ({ metadata }) => {
    const others = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== trackingFinalizer);
    if (others.length === 0) delete metadata.finalizers;
    else metadata.finalizers = others;
  });
}

const hasEnded = ({ status, metadata }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed' || metadata.deletionTimestamp !== undefined;

function set(status: JobStatus, field: 'active' | 'failed' | 'succeeded', count: number): void {
  if (count === 0) delete status[field];
  else status[field] = count;
}

function conditions(client: ClusterClient, job: Job, current: readonly JobCondition[], outcome: Outcome | undefined, over: boolean): JobCondition[] {
  const has = (type: string): boolean => current.some((condition) => condition.type === type && condition.status === 'True');
  const next = outcome === undefined ? suspension(client, job, current) : [...current];
  if (outcome === undefined) return next;
  if (!has(outcome.type)) next.push(condition(outcome.type, 'True', outcome));
  if (over) next.push(condition(outcome.type === 'FailureTarget' ? 'Failed' : 'Complete', 'True', outcome));
  return next;
}

function suspension(client: ClusterClient, job: Job, current: readonly JobCondition[]): JobCondition[] {
  const suspended = current.find(({ type }) => type === 'Suspended');
  const wanted = isSuspended(job) ? 'True' : 'False';
  if (suspended === undefined ? wanted === 'False' : suspended.status === wanted) return [...current];
  const [reason, message] = isSuspended(job) ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  client.event(job, { type: 'Normal', reason: isSuspended(job) ? 'Suspended' : 'Resumed', message });
  return [...current.filter(({ type }) => type !== 'Suspended'), condition('Suspended', wanted, { reason, message })];
}

const condition = (type: string, status: string, { reason, message }: { reason: string; message: string }): JobCondition =>
  ({ type, status, lastProbeTime: timestamp(), lastTransitionTime: timestamp(), reason, message });

function announce(client: ClusterClient, job: Job, { type, reason, message }: Outcome): void {
  client.event(job, type === 'FailureTarget' ? { type: 'Warning', reason, message } : { type: 'Normal', reason: 'Completed', message: 'Job completed' });
}
