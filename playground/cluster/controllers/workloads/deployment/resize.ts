/** Changes the size of a ReplicaSet and says so. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterClient } from '../../../client.ts';
import type { Deployment, ReplicaSet } from '../shared/kinds.ts';
import { sizeOf } from './limits.ts';
import { withReplicas } from './revisions.ts';

/** Also writes down what size the deployment had then. Returns the set as it is now. */
export function resize(client: ClusterClient, deployment: Deployment, set: ReplicaSet, size: number): ReplicaSet {
  const before = sizeOf(set);
  const annotations = withReplicas(set.metadata.annotations, deployment);
  if (before === size && isDeepStrictEqual(annotations, set.metadata.annotations)) return set;
  const resized = client.modify('replicasets.apps', set.metadata.namespace, set.metadata.name, (copy) => {
    copy.metadata.annotations = annotations;
    if (copy.spec !== undefined) copy.spec.replicas = size;
  });
  if (before !== size) announceResize(client, deployment, set.metadata.name, before, size);
  return resized ?? set;
}

export function announceResize(client: ClusterClient, deployment: Deployment, set: string, from: number, to: number): void {
  client.event(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message: `Scaled ${to > from ? 'up' : 'down'} replica set ${set} from ${from} to ${to}` });
}
