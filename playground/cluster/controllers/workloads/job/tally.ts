/** Counts a job's pods. A pod carries a finalizer until its end is counted. */
import type { Job, Pod } from '../shared/kinds.ts';
import { isActive, isDeleted, isReady, isTerminating } from '../shared/pods.ts';
import { verdictOn } from './failure-policy.ts';
import { indexOf, isIndexed, parseIndexes } from './indexes.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export interface Tally {
  active: Pod[];
  ready: number;
  terminating: number;
  /** Ended and not counted yet. */
  newlySucceeded: Pod[];
  newlyFailed: Pod[];
  /** With those that are not counted yet. */
  succeeded: number;
  failed: number;
  completedIndexes: Set<number>;
}

export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(trackingFinalizer) === true;

export function tallyOf(job: Job, pods: readonly Pod[]): Tally {
  const tracked = pods.filter(isTracked);
  const newlySucceeded = tracked.filter(({ status }) => status?.phase === 'Succeeded');
  const newlyFailed = tracked.filter((pod) => isFailed(job, pod) && verdictOn(job, pod)?.action !== 'Ignore');
  const active = pods.filter(isActive);
  const completedIndexes = parseIndexes(job.status?.completedIndexes);
  for (const pod of newlySucceeded) {
    const index = indexOf(pod);
    if (index !== undefined && index < (job.spec?.completions ?? 0)) completedIndexes.add(index);
  }
  return {
    active, newlySucceeded, newlyFailed, completedIndexes,
    ready: active.filter(isReady).length,
    terminating: pods.filter(isTerminating).length,
    succeeded: isIndexed(job) ? completedIndexes.size : (job.status?.succeeded ?? 0) + newlySucceeded.length,
    failed: (job.status?.failed ?? 0) + newlyFailed.length,
  };
}

/** Under this policy a pod is replaced when it has failed, not when somebody deletes it. */
export const replacesOnlyFailed = (job: Job): boolean => job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;

/** A pod that is deleted before its end counts as failed. */
function isFailed(job: Job, pod: Pod): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Failed') return true;
  if (!isDeleted(pod) || phase === 'Succeeded') return false;
  return replacesOnlyFailed(job) ? phase === 'Pending' : true;
}
