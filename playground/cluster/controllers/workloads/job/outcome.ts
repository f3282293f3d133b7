/** Whether a job is over, and in whose words. */
import type { Job, Pod } from '../shared/kinds.ts';
import { instant } from '../shared/time.ts';
import { verdictOn } from './failure-policy.ts';
import { isIndexed, parseIndexes } from './indexes.ts';
import type { Tally } from './tally.ts';

export interface Outcome {
  type: 'FailureTarget' | 'SuccessCriteriaMet';
  reason: string;
  message: string;
}

export function isFinished(job: Job): boolean {
  return terminalCondition(job) !== undefined;
}

export const terminalCondition = (job: Job) =>
  job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');

export const isSuspended = (job: Job): boolean => job.spec?.suspend === true;

/** What it was already told, or what its pods and the clock say now. */
export function outcomeOf(job: Job, tally: Tally, pods: readonly Pod[], now = Date.now()): Outcome | undefined {
  return told(job) ?? failureBy(job, tally, pods, now) ?? successPolicy(job, tally);
}

/** Milliseconds of activeDeadlineSeconds that are left; undefined without one. */
export function untilDeadline(job: Job, now = Date.now()): number | undefined {
  const { activeDeadlineSeconds } = job.spec ?? {};
  if (activeDeadlineSeconds === undefined || job.status?.startTime === undefined || isSuspended(job)) return undefined;
  return Math.max(0, instant(job.status.startTime) + activeDeadlineSeconds * 1_000 - now);
}

/** All the pods it wanted have succeeded, and none runs. */
export function completion(job: Job, succeeded: number, active: number): Outcome | undefined {
  const wanted = job.spec?.completions;
  const complete = active === 0 && (wanted === undefined ? succeeded > 0 : succeeded >= wanted);
  return complete ? { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}

function told(job: Job): Outcome | undefined {
  const condition = job.status?.conditions?.find(({ type, status }) => (type === 'FailureTarget' || type === 'SuccessCriteriaMet') && status === 'True');
  if (condition === undefined) return undefined;
  const { type, reason = '', message = '' } = condition;
  return { type: type === 'FailureTarget' ? type : 'SuccessCriteriaMet', reason, message };
}

const failed = (reason: string, message: string): Outcome => ({ type: 'FailureTarget', reason, message });

function failureBy(job: Job, tally: Tally, pods: readonly Pod[], now: number): Outcome | undefined {
  const verdict = tally.newlyFailed.map((pod) => verdictOn(job, pod)).find((found) => found?.action === 'FailJob');
  if (verdict !== undefined) return failed('PodFailurePolicy', verdict.message);
  const limit = job.spec?.backoffLimit ?? 6;
  if (tally.failed > limit || restartsExceed(job, pods, limit)) return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (untilDeadline(job, now) === 0) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  return undefined;
}

/** Under OnFailure the kubelet restarts containers in place: those restarts count. */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const running = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = running.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((total, { restartCount }) => total + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function successPolicy(job: Job, { completedIndexes }: Tally): Outcome | undefined {
  if (!isIndexed(job)) return undefined;
  for (const [index, rule] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const among = rule.succeededIndexes === undefined ? completedIndexes : parseIndexes(rule.succeededIndexes);
    const reached = [...among].filter((candidate) => completedIndexes.has(candidate)).length;
    if (reached >= (rule.succeededCount ?? Math.max(1, among.size))) return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: `Matched rules at index ${index}` };
  }
  return undefined;
}
