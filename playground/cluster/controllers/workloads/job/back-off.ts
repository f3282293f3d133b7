/** How long a job waits before its next pod: 10 s after a failure, doubled with each further one, at most 10 minutes. */
import { sped, type Timing } from '../../../options.ts';
import type { Pod } from '../shared/kinds.ts';
import { instant } from '../shared/time.ts';

const first = 10_000;
const longest = 600_000;

/** Milliseconds from now; 0 when there is nothing to wait for. */
export function backOff(pods: readonly Pod[], timing: Timing, now = Date.now()): number {
  const ends = pods.filter(({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
    .map((pod) => ({ at: endOf(pod), failed: pod.status?.phase === 'Failed' }));
  const lastSuccess = Math.max(0, ...ends.filter(({ failed }) => !failed).map(({ at }) => at));
  const failures = ends.filter(({ at, failed }) => failed && at >= lastSuccess);
  if (failures.length === 0) return 0;
  const delay = sped(timing, Math.min(longest, first * 2 ** (failures.length - 1)));
  return Math.max(0, Math.max(...failures.map(({ at }) => at)) + delay - now);
}

function endOf(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => instant(state?.terminated?.finishedAt));
  return Math.max(0, ...ends) || instant(pod.metadata.deletionTimestamp ?? pod.metadata.creationTimestamp);
}
