/** Keeps as many pods as a ReplicaSet asks for, or its predecessor, the ReplicationController. */
import type { ClusterClient } from '../../../client.ts';
import type { KnownKey } from '../../../objects/object.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import { splitKey, type Controller } from '../../controller.ts';
import type { Pod, ReplicaKeeper, StartLoop } from '../shared/kinds.ts';
import { messageOf, startLoop } from '../shared/loop.ts';
import { claim, controllerOf } from '../shared/owners.ts';
import { createPod, createPodsSlowly, deletePod, podFrom } from '../shared/pod-control.ts';
import { isActive, nextAvailability } from '../shared/pods.ts';
import { selectorOf, watchOwned, watchSelf } from '../shared/watch-owned.ts';
import { podsToDelete } from './pods-to-delete.ts';
import { statusOf } from './status.ts';

const kinds = {
  ReplicaSet: { resource: 'replicasets.apps', name: 'replicaset-controller' },
  ReplicationController: { resource: 'replicationcontrollers', name: 'replication-controller' },
} as const;
type Kind = keyof typeof kinds;

const start = (kind: Kind): StartLoop => (client, settings) => {
  const { resource, name } = kinds[kind];
  return startLoop(client, settings, {
    name,
    reconcile: (client, queue, key) => reconcile(client, queue, key, kind),
    watch: (client, queue) => [watchSelf(client, queue, resource), watchOwned(client, queue, { resource, kind }, 'pods')],
  });
};
export const startReplicaSets = start('ReplicaSet');
export const startReplicationControllers = start('ReplicationController');

/** In one go: the API answers in between, and the new pods wake the set again. */
const burst = 50;

function reconcile(client: ClusterClient, queue: Controller, key: string, kind: Kind): void {
  const { namespace, name } = splitKey(key);
  const { resource } = kinds[kind];
  const set: ReplicaKeeper | undefined = client.get<KnownKey>(resource, namespace, name) as ReplicaKeeper | undefined;
  if (set === undefined) return;
  const claimed = claimPods(client, set);
  const active = claimed.filter(isActive);
  const failure = set.metadata.deletionTimestamp === undefined ? attempt(() => adjust(client, set, active)) : undefined;
  const status = statusOf(set, { active, claimed, failure: failure === undefined ? undefined : messageOf(failure.error) });
  if (kind === 'ReplicationController') delete status.terminatingReplicas;
  client.modify(resource, namespace, name, (copy) => {
    copy.status = status;
  }, 'status');
  if (failure !== undefined) throw failure.error;
  const wait = nextAvailability(active, set.spec?.minReadySeconds);
  if (wait !== undefined) queue.enqueueAfter(key, wait);
}

function claimPods(client: ClusterClient, set: ReplicaKeeper): Pod[] {
  return claim({
    owner: set,
    candidates: client.list('pods', { namespace: set.metadata.namespace }),
    matches: (pod) => matchesSelector(selectorOf(set), pod.metadata.labels),
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

function adjust(client: ClusterClient, set: ReplicaKeeper, active: readonly Pod[]): void {
  const missing = (set.spec?.replicas ?? 1) - active.length;
  const template = set.spec?.template ?? {};
  if (missing > 0) createPodsSlowly(Math.min(missing, burst), () => void createPod(client, set, podFrom(template, set)));
  if (missing < 0) {
    for (const pod of podsToDelete(active, Math.min(-missing, burst), relatedPods(client, set))) deletePod(client, set, pod);
  }
}

/** Pods of every set under the same owner. */
function relatedPods(client: ClusterClient, set: ReplicaKeeper): Pod[] {
  const { namespace } = set.metadata;
  const owner = controllerOf(set);
  const family = owner === undefined ? [set] : client.list('replicasets.apps', { namespace }).filter((other) => controllerOf(other)?.uid === owner.uid);
  const uids = new Set(family.map(({ metadata }) => metadata.uid));
  return client.list('pods', { namespace }).filter((pod) => uids.has(controllerOf(pod)?.uid ?? ''));
}
