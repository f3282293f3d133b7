/** What a stateful set does next: in order and one at a time, or all at once. */
import type { ClusterClient } from '../../../client.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../shared/kinds.ts';
import { templateIn } from '../shared/controller-revisions.ts';
import { messageOf } from '../shared/loop.ts';
import { isAvailable, isDeleted, isReady } from '../shared/pods.ts';
import { resolveShare } from '../deployment/limits.ts';
import { createMissingClaims, ownClaims } from './claims.ts';
import { firstOrdinal, hasIdentity, isWanted, newPod, ordinalOf, podName, revisionOf, wantedReplicas, withIdentity } from './identity.ts';

export interface Situation {
  set: StatefulSet;
  pods: readonly Pod[];
  current: ControllerRevision;
  update: ControllerRevision;
}

/** One round; what it starts wakes it again. */
export function advance(client: ClusterClient, situation: Situation): void {
  const { set, pods } = situation;
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]));
  const inOrder = set.spec?.podManagementPolicy !== 'Parallel';
  const start = firstOrdinal(set);
  for (let ordinal = start; ordinal < start + wantedReplicas(set); ordinal += 1) {
    if (fill(client, situation, byOrdinal.get(ordinal), ordinal, inOrder)) return;
  }
  const condemned = [...byOrdinal].filter(([ordinal]) => ordinal >= 0 && !isWanted(set, ordinal)).toSorted(([first], [second]) => second - first);
  for (const [ordinal, pod] of condemned) ownClaims(client, set, pod, ordinal);
  const firstUnhealthy = pods.filter((pod) => !isHealthy(pod)).toSorted((first, second) => (ordinalOf(set, first) ?? 0) - (ordinalOf(set, second) ?? 0))[0];
  for (const [, pod] of condemned) if (remove(client, set, pod, inOrder, firstUnhealthy)) return;
  if (set.spec?.updateStrategy?.type !== 'OnDelete') replaceOutdated(client, situation, byOrdinal);
}

const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod);
const isHealthy = (pod: Pod): boolean => isRunningAndReady(pod) && !isDeleted(pod);

/** True when nothing further may be done in this round. */
function fill(client: ClusterClient, situation: Situation, pod: Pod | undefined, ordinal: number, inOrder: boolean): boolean {
  const { set } = situation;
  if (pod === undefined) {
    create(client, situation, ordinal);
    return inOrder;
  }
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') {
    if (!isDeleted(pod)) recreateFinished(client, set, pod);
    return true;
  }
  if (inOrder && (isDeleted(pod) || !isRunningAndReady(pod) || !isAvailable(pod, set.spec?.minReadySeconds))) return true;
  if (isDeleted(pod)) return false;
  createMissingClaims(client, set, pod.metadata.name, ordinal);
  ownClaims(client, set, pod, ordinal);
  if (!hasIdentity(pod, ordinal)) {
    client.modify('pods', pod.metadata.namespace, pod.metadata.name, ({ metadata }) => {
      metadata.labels = withIdentity(metadata.labels, metadata.name, ordinal);
    });
  }
  return false;
}

function create(client: ClusterClient, { set, current, update }: Situation, ordinal: number): void {
  const name = podName(set, ordinal);
  const old = set.spec?.updateStrategy?.type !== 'OnDelete' && ordinal < firstOrdinal(set) + partitionOf(set);
  const revision = old ? current : update;
  try {
    createMissingClaims(client, set, name, ordinal);
    const pod = client.create('pods', newPod(set, templateIn(revision), revision.metadata.name, ordinal));
    ownClaims(client, set, pod, ordinal);
  } catch (error) {
    client.event(set, { type: 'Warning', reason: 'FailedCreate', message: `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}` });
    throw error;
  }
  client.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful` });
}

const partitionOf = (set: StatefulSet): number => set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;

function recreateFinished(client: ClusterClient, set: StatefulSet, pod: Pod): void {
  const [type, reason, what] = pod.status?.phase === 'Failed'
    ? ['Warning', 'RecreatingFailedPod', 'failed'] as const
    : ['Normal', 'RecreatingTerminatedPod', 'terminated'] as const;
  client.event(set, { type, reason, message: `StatefulSet ${set.metadata.namespace ?? ''}/${set.metadata.name} is recreating ${what} Pod ${pod.metadata.name}` });
  removePod(client, set, pod);
}

function remove(client: ClusterClient, set: StatefulSet, pod: Pod, inOrder: boolean, firstUnhealthy: Pod | undefined): boolean {
  if (isDeleted(pod)) return inOrder;
  const ready = isRunningAndReady(pod) && isAvailable(pod, set.spec?.minReadySeconds);
  if (inOrder && !ready && pod !== firstUnhealthy) return true;
  removePod(client, set, pod);
  return inOrder;
}

function removePod(client: ClusterClient, set: StatefulSet, { metadata: { namespace, name, uid } }: Pod): void {
  try {
    client.delete('pods', namespace, name, { uid });
  } catch (error) {
    client.event(set, { type: 'Warning', reason: 'FailedDelete', message: `delete Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}` });
    throw error;
  }
  client.event(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `delete Pod ${name} in StatefulSet ${set.metadata.name} successful` });
}

/** From the highest ordinal down to the partition, as many at once as may be unavailable. */
function replaceOutdated(client: ClusterClient, { set, update }: Situation, byOrdinal: ReadonlyMap<number, Pod>): void {
  const start = firstOrdinal(set);
  const end = start + wantedReplicas(set);
  const limit = Math.max(1, resolveShare(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wantedReplicas(set), 'up'));
  let unavailable = 0;
  for (let ordinal = end - 1; ordinal >= start + partitionOf(set); ordinal -= 1) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || isDeleted(pod)) unavailable += 1;
    else if (revisionOf(pod) !== update.metadata.name) {
      removePod(client, set, pod);
      unavailable += 1;
    } else if (!isHealthy(pod) || !isAvailable(pod, set.spec?.minReadySeconds)) unavailable += 1;
    if (unavailable >= limit) return;
  }
}
