/** What a DaemonSet says about its nodes. */
import type { DaemonSetStatus } from '../../../objects/types.ts';
import { isAvailable, isReady } from '../shared/pods.ts';
import { fitOf } from './node-fit.ts';
import { isUpToDate, podsByNode, type Situation } from './steps.ts';

export function statusOf({ set, nodes, pods, hash }: Situation, collisions: number): DaemonSetStatus {
  const byNode = podsByNode(pods);
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const [pod] = (byNode.get(node.metadata.name) ?? []).toSorted((first, second) => (first.metadata.creationTimestamp < second.metadata.creationTimestamp ? -1 : 1));
    if (!fitOf(set, node).shouldRun) {
      if (pod !== undefined) counts.misscheduled += 1;
      continue;
    }
    counts.desired += 1;
    if (pod === undefined) continue;
    counts.current += 1;
    if (isReady(pod)) counts.ready += 1;
    if (isAvailable(pod, set.spec?.minReadySeconds)) counts.available += 1;
    if (isUpToDate(pod, hash)) counts.updated += 1;
  }
  const optional = { updatedNumberScheduled: counts.updated, numberAvailable: counts.available, numberUnavailable: counts.desired - counts.available };
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    ...Object.fromEntries(Object.entries(optional).filter(([, count]) => count !== 0)),
    ...(collisions === 0 ? {} : { collisionCount: collisions }),
  };
}
