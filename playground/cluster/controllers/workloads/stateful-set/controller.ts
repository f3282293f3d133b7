/** Keeps pods with lasting names, in order. */
import type { ClusterClient } from '../../../client.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import { splitKey, type Controller } from '../../controller.ts';
import { forgetRevisions, syncRevisions } from '../shared/controller-revisions.ts';
import type { Pod, StartLoop, StatefulSet } from '../shared/kinds.ts';
import { startLoop } from '../shared/loop.ts';
import { claim } from '../shared/owners.ts';
import { nextAvailability } from '../shared/pods.ts';
import { watchOwned, watchSelf } from '../shared/watch-owned.ts';
import { ordinalOf, revisionOf } from './identity.ts';
import { statusOf } from './status.ts';
import { advance, type Situation } from './steps.ts';

export const startStatefulSets: StartLoop = (client, settings) =>
  startLoop(client, settings, {
    name: 'statefulset-controller',
    reconcile: reconcileStatefulSet,
    watch: (client, queue) => [
      watchSelf(client, queue, 'statefulsets.apps'),
      watchOwned(client, queue, { resource: 'statefulsets.apps', kind: 'StatefulSet' }, 'pods'),
    ],
  });

export function reconcileStatefulSet(client: ClusterClient, queue: Controller, key: string): void {
  const { namespace, name } = splitKey(key);
  const set = client.get('statefulsets.apps', namespace, name);
  if (set === undefined) return;
  const pods = claimPods(client, set);
  const revisions = syncRevisions(client, set, 'controller.kubernetes.io/hash');
  const current = revisions.all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? revisions.update;
  const situation: Situation = { set, pods, current, update: revisions.update };
  try {
    if (set.metadata.deletionTimestamp === undefined) advance(client, situation);
  } finally {
    const status = statusOf({ ...situation, pods: claimPods(client, set) }, revisions.collisions);
    client.modify('statefulsets.apps', namespace, name, (copy) => {
      copy.status = { ...status, ...(copy.status?.conditions === undefined ? {} : { conditions: copy.status.conditions }) };
    }, 'status');
  }
  forgetRevisions(client, revisions, new Set([current.metadata.name, revisions.update.metadata.name, ...pods.map(revisionOf)]), set.spec?.revisionHistoryLimit ?? 10);
  const wait = nextAvailability(pods, set.spec?.minReadySeconds);
  if (wait !== undefined) queue.enqueueAfter(key, wait);
}

function claimPods(client: ClusterClient, set: StatefulSet): Pod[] {
  return claim({
    owner: set,
    candidates: client.list('pods', { namespace: set.metadata.namespace }),
    matches: (pod) => ordinalOf(set, pod) !== undefined && matchesSelector(set.spec?.selector, pod.metadata.labels),
    change: (pod, change) => client.modify('pods', pod.metadata.namespace, pod.metadata.name, (copy) => change(copy.metadata)),
  });
}
