/** What a StatefulSet says about its pods and revisions. */
import type { StatefulSetStatus } from '../../../objects/types.ts';
import type { Pod } from '../shared/kinds.ts';
import { isAvailable, isDeleted, isReady } from '../shared/pods.ts';
import { revisionOf, wantedReplicas } from './identity.ts';
import type { Situation } from './steps.ts';

export function statusOf({ set, pods, current, update }: Situation, collisions: number): StatefulSetStatus {
  const count = (holds: (pod: Pod) => boolean): number => pods.filter(holds).length;
  const ready = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod);
  const counts = {
    replicas: pods.length,
    readyReplicas: count(ready),
    availableReplicas: count((pod) => ready(pod) && isAvailable(pod, set.spec?.minReadySeconds)),
    currentReplicas: count((pod) => !isDeleted(pod) && revisionOf(pod) === current.metadata.name),
    updatedReplicas: count((pod) => !isDeleted(pod) && revisionOf(pod) === update.metadata.name),
  };
  const wanted = wantedReplicas(set);
  const complete = set.spec?.updateStrategy?.type !== 'OnDelete'
    && counts.updatedReplicas === wanted && counts.readyReplicas === wanted && counts.replicas === wanted;
  return {
    observedGeneration: set.metadata.generation,
    replicas: counts.replicas,
    ...present('readyReplicas', counts.readyReplicas),
    ...present('currentReplicas', complete ? counts.updatedReplicas : counts.currentReplicas),
    ...present('updatedReplicas', counts.updatedReplicas),
    currentRevision: complete ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: collisions,
    availableReplicas: counts.availableReplicas,
  };
}

const present = (name: string, count: number): Record<string, number> => (count === 0 ? {} : { [name]: count });
