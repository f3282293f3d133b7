/** Keeps as many pods as a ReplicaSet asks for. */
import type { ClusterClient } from '../../../client.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import { splitKey, type Controller } from '../../controller.ts';
import type { Pod, ReplicaSet, StartLoop } from '../shared/kinds.ts';
import { messageOf, startLoop } from '../shared/loop.ts';
import { claim, controllerOf } from '../shared/owners.ts';
import { createPod, createPodsSlowly, deletePod, podFrom } from '../shared/pod-control.ts';
import { isActive, nextAvailability } from '../shared/pods.ts';
import { watchOwned, watchSelf } from '../shared/watch-owned.ts';
import { podsToDelete } from './pods-to-delete.ts';
import { statusOf } from './status.ts';

export const startReplicaSets: StartLoop = (client, settings) =>
  startLoop(client, settings, {
    name: 'replicaset-controller',
    reconcile: reconcileReplicaSet,
    watch: (client, queue) => [
      watchSelf(client, queue, 'replicasets.apps'),
      watchOwned(client, queue, { resource: 'replicasets.apps', kind: 'ReplicaSet' }, 'pods'),
    ],
  });

const burst = 500;

export function reconcileReplicaSet(client: ClusterClient, queue: Controller, key: string): void {
  const { namespace, name } = splitKey(key);
  const set = client.get('replicasets.apps', namespace, name);
  if (set === undefined) return;
  const claimed = claimPods(client, set);
  const active = claimed.filter(isActive);
  const failure = set.metadata.deletionTimestamp === undefined ? attempt(() => adjust(client, set, active)) : undefined;
  const status = statusOf(set, { active, claimed, failure: failure === undefined ? undefined : messageOf(failure.error) });
  client.modify('replicasets.apps', namespace, name, (copy) => {
    copy.status = status;
  }, 'status');
  if (failure !== undefined) throw failure.error;
  const wait = nextAvailability(active, set.spec?.minReadySeconds);
  if (wait !== undefined) queue.enqueueAfter(key, wait);
}

function claimPods(client: ClusterClient, set: ReplicaSet): Pod[] {
  return claim({
    owner: set,
    candidates: client.list('pods', { namespace: set.metadata.namespace }),
    matches: (pod) => matchesSelector(set.spec?.selector, pod.metadata.labels),
    change: (pod, change) => client.modify('pods', pod.metadata.namespace, pod.metadata.name, (copy) => change(copy.metadata)),
  });
}

function attempt(act: () => void): { error: unknown } | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return { error };
  }
}

function adjust(client: ClusterClient, set: ReplicaSet, active: readonly Pod[]): void {
  const missing = (set.spec?.replicas ?? 1) - active.length;
  const template = set.spec?.template ?? {};
  if (missing > 0) createPodsSlowly(Math.min(missing, burst), () => void createPod(client, set, podFrom(template, set)));
  if (missing < 0) {
    for (const pod of podsToDelete(active, Math.min(-missing, burst), relatedPods(client, set))) deletePod(client, set, pod);
  }
}

/** Pods of every set under the same owner. */
function relatedPods(client: ClusterClient, set: ReplicaSet): Pod[] {
  const { namespace } = set.metadata;
  const owner = controllerOf(set);
  const family = owner === undefined ? [set] : client.list('replicasets.apps', { namespace }).filter((other) => controllerOf(other)?.uid === owner.uid);
  const uids = new Set(family.map(({ metadata }) => metadata.uid));
  return client.list('pods', { namespace }).filter((pod) => uids.has(controllerOf(pod)?.uid ?? ''));
}
