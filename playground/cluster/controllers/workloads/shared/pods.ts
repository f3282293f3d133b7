/** What a pod's status says to those who count pods. */
import type { PodCondition } from '../../../objects/types.ts';
import type { Pod } from './kinds.ts';
import { instant } from './time.ts';

export const conditionOf = (pod: Pod, type: string): PodCondition | undefined => pod.status?.conditions?.find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod, 'Ready')?.status === 'True';

/** Milliseconds until the pod has been ready for so many seconds; 0 when it has, undefined when it isn't ready. */
export function availableIn(pod: Pod, minReadySeconds = 0, now = Date.now()): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, instant(conditionOf(pod, 'Ready')?.lastTransitionTime) + minReadySeconds * 1_000 - now);
}

export const isAvailable = (pod: Pod, minReadySeconds?: number, now?: number): boolean => availableIn(pod, minReadySeconds, now) === 0;

/** Ran to its end, one way or the other. */
export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

export const isDeleted = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Counts for a replica: neither finished nor being deleted. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isDeleted(pod);

export const isTerminating = (pod: Pod): boolean => isDeleted(pod) && !isFinished(pod);

export const maxRestarts = (pod: Pod): number =>
  Math.max(0, ...[...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map(({ restartCount }) => restartCount ?? 0));

/** The earliest moment, in milliseconds from now, at which one more of them counts as available. */
export function nextAvailability(pods: readonly Pod[], minReadySeconds = 0, now = Date.now()): number | undefined {
  const waits = pods.map((pod) => availableIn(pod, minReadySeconds, now)).filter((wait) => wait !== undefined && wait > 0);
  return waits.length === 0 ? undefined : Math.min(...(waits as number[]));
}
