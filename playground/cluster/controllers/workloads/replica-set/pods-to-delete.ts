/** Which pods of a set go first when there are too many: those whose loss costs least. */
import type { Pod } from '../shared/kinds.ts';
import { conditionOf, isActive, isReady, maxRestarts } from '../shared/pods.ts';
import { instant } from '../shared/time.ts';

/** `related`: pods of all sets under the same owner; a pod with many of them beside it on its node goes earlier. */
export function podsToDelete(pods: readonly Pod[], count: number, related: readonly Pod[], now = Date.now()): Pod[] {
  if (count >= pods.length) return [...pods];
  const crowd = new Map<string, number>();
  for (const pod of related) if (isActive(pod)) crowd.set(nodeOf(pod), (crowd.get(nodeOf(pod)) ?? 0) + 1);
  return pods.toSorted((first, second) => compare(first, second, crowd, now)).slice(0, count);
}

const nodeOf = (pod: Pod): string => pod.spec?.nodeName ?? '';
const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
const rankOfPhase = (pod: Pod): number => phaseRank[pod.status?.phase ?? ''] ?? 0;
const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

function costOf(pod: Pod): number {
  const cost = pod.metadata.annotations?.[costAnnotation];
  return cost !== undefined && /^(0|[-+]?[1-9]\d*)$/.test(cost) ? Number(cost) : 0;
}

function compare(first: Pod, second: Pod, crowd: ReadonlyMap<string, number>, now: number): number {
  const steps = [
    () => Number(nodeOf(first) !== '') - Number(nodeOf(second) !== ''),
    () => rankOfPhase(first) - rankOfPhase(second),
    () => Number(isReady(first)) - Number(isReady(second)),
    () => costOf(first) - costOf(second),
    () => (crowd.get(nodeOf(second)) ?? 0) - (crowd.get(nodeOf(first)) ?? 0),
    () => (isReady(first) && isReady(second) ? youngerFirst(readySince(first), readySince(second), now) : 0),
    () => maxRestarts(second) - maxRestarts(first),
    () => youngerFirst(instant(first.metadata.creationTimestamp), instant(second.metadata.creationTimestamp), now),
  ];
  for (const step of steps) {
    const difference = step();
    if (difference !== 0) return difference;
  }
  return first.metadata.uid < second.metadata.uid ? -1 : 1;
}

const readySince = (pod: Pod): number => instant(conditionOf(pod, 'Ready')?.lastTransitionTime);

/** Ages count by their order of magnitude, so that not always the very newest goes. */
function youngerFirst(first: number, second: number, now: number): number {
  return magnitude(now - first) - magnitude(now - second);
}

const magnitude = (age: number): number => (age <= 0 ? -1 : Math.floor(Math.log2(age * 1_000_000)));
