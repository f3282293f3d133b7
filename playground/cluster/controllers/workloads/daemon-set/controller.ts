/** Keeps one pod on every node that should have one. */
import type { ClusterClient } from '../../../client.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import { keyOfObject, splitKey, type Controller } from '../../controller.ts';
import { forgetRevisions, syncRevisions } from '../shared/controller-revisions.ts';
import type { DaemonSet, Pod, StartLoop } from '../shared/kinds.ts';
import { startLoop } from '../shared/loop.ts';
import { claim } from '../shared/owners.ts';
import { nextAvailability } from '../shared/pods.ts';
import { watchOwned, watchSelf } from '../shared/watch-owned.ts';
import { createFailures, type Failures } from './failures.ts';
import { statusOf } from './status.ts';
import { isUpToDate, place, replaceOutdated, type Situation } from './steps.ts';

const hashLabel = 'controller-revision-hash';

export const startDaemonSets: StartLoop = (client, settings) => {
  const failures = createFailures(settings.timing);
  return startLoop(client, settings, {
    name: 'daemonset-controller',
    serviceAccount: 'daemon-set-controller',
    reconcile: (client, queue, key) => reconcileDaemonSet(client, queue, key, failures),
    watch: (client, queue) => [
      watchSelf(client, queue, 'daemonsets.apps'),
      watchOwned(client, queue, { resource: 'daemonsets.apps', kind: 'DaemonSet' }, 'pods'),
      wakeOnNodes(client, queue),
    ],
  });
};

function reconcileDaemonSet(client: ClusterClient, queue: Controller, key: string, failures: Failures): void {
  const { namespace, name } = splitKey(key);
  const set = client.get('daemonsets.apps', namespace, name);
  if (set === undefined) {
    failures.forget(key);
    return;
  }
  const mayReplace = (node: string): boolean => {
    const wait = failures.wait(key, node);
    if (wait > 0) queue.enqueueAfter(key, wait);
    return wait === 0;
  };
  const revisions = syncRevisions(client, set, hashLabel);
  const hash = revisions.update.metadata.labels?.[hashLabel] ?? '';
  const situation = (): Situation => ({ set, nodes: client.list('nodes'), pods: claimPods(client, set), hash });
  try {
    if (set.metadata.deletionTimestamp === undefined) {
      place(client, situation(), mayReplace);
      replaceOutdated(client, situation());
    }
  } finally {
    const status = statusOf(situation(), revisions.collisions);
    client.modify('daemonsets.apps', namespace, name, (copy) => {
      copy.status = { ...status, ...(copy.status?.conditions === undefined ? {} : { conditions: copy.status.conditions }) };
    }, 'status');
  }
  const { pods } = situation();
  const inUse = revisions.all.filter(({ metadata }) => pods.some((pod) => isUpToDate(pod, metadata.labels?.[hashLabel] ?? ''))).map(({ metadata }) => metadata.name);
  forgetRevisions(client, revisions, new Set([...inUse, revisions.update.metadata.name]), set.spec?.revisionHistoryLimit ?? 10);
  const wait = nextAvailability(pods, set.spec?.minReadySeconds);
  if (wait !== undefined) queue.enqueueAfter(key, wait);
}

function claimPods(client: ClusterClient, set: DaemonSet): Pod[] {
  return claim({
    owner: set,
    candidates: client.list('pods', { namespace: set.metadata.namespace }),
    matches: (pod) => matchesSelector(set.spec?.selector, pod.metadata.labels),
    change: (pod, change) => client.modify('pods', pod.metadata.namespace, pod.metadata.name, (copy) => change(copy.metadata)),
  });
}

function wakeOnNodes(client: ClusterClient, queue: Controller): () => void {
  const wakeAll = (): void => {
    for (const set of client.list('daemonsets.apps')) queue.enqueue(keyOfObject(set));
  };
  return client.watch('nodes', {
    added: wakeAll,
    deleted: wakeAll,
    modified: (node, previous) => {
      const relevant = (object: typeof node): string => JSON.stringify([object.metadata.labels, object.spec]);
      if (relevant(node) !== relevant(previous)) wakeAll();
    },
  });
}
