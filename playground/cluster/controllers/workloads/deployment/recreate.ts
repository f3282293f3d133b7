/** Everything old goes first, then everything new comes. */
import type { ClusterClient } from '../../../client.ts';
import type { Deployment, Pod, ReplicaSet } from '../shared/kinds.ts';
import { controllerOf } from '../shared/owners.ts';
import { isFinished } from '../shared/pods.ts';
import { sizeOf, wantedReplicas } from './limits.ts';
import { syncSets, type Sets } from './replica-sets.ts';
import { resize } from './resize.ts';

/** The sets as they are after the step. */
export function recreate(client: ClusterClient, deployment: Deployment, owned: readonly ReplicaSet[]): Sets {
  const sets = syncSets(client, deployment, owned, false);
  if (sets.old.some((set) => sizeOf(set) > 0)) {
    return { ...sets, old: sets.old.map((set) => (sizeOf(set) > 0 ? resize(client, sets.deployment, set, 0) : set)) };
  }
  if (oldPodsRun(client, sets)) return sets;
  const ready = sets.newest === undefined ? syncSets(client, sets.deployment, owned, true) : sets;
  const { newest } = ready;
  return newest === undefined ? ready : { ...ready, newest: resize(client, ready.deployment, newest, wantedReplicas(deployment)) };
}

function oldPodsRun(client: ClusterClient, { deployment, old }: Sets): boolean {
  if (old.some((set) => (set.status?.replicas ?? 0) > 0)) return true;
  const uids = new Set(old.map(({ metadata }) => metadata.uid));
  const pods: Pod[] = client.list('pods', { namespace: deployment.metadata.namespace });
  return pods.some((pod) => uids.has(controllerOf(pod)?.uid ?? '') && !isFinished(pod));
}
