/** A new size in the middle of a rollout: every set that has pods gets its share. */
import type { ClusterClient } from '../../../client.ts';
import type { Deployment, ReplicaSet } from '../shared/kinds.ts';
import { isRolling, maxSurge, sizeOf, totalSize, wantedReplicas } from './limits.ts';
import { allSets, oldestFirst, type Sets } from './replica-sets.ts';
import { resize } from './resize.ts';
import { desiredReplicas, maxReplicasBefore } from './revisions.ts';

/** Somebody asks for another size than the one the sets were last given. */
export function isScaling(sets: Sets): boolean {
  const wanted = wantedReplicas(sets.deployment);
  return allSets(sets).some((set) => sizeOf(set) > 0 && (desiredReplicas(set) ?? wanted) !== wanted);
}

/** The sets as they are after it. */
export function scale(client: ClusterClient, sets: Sets): Sets {
  const { deployment } = sets;
  const only = activeOrLatest(sets);
  if (only !== undefined) return replace(sets, only, resize(client, deployment, only, wantedReplicas(deployment)));
  if (isSaturated(sets)) return { ...sets, old: sets.old.map((set) => (sizeOf(set) > 0 ? resize(client, deployment, set, 0) : set)) };
  return isRolling(deployment) ? scaleInProportion(client, sets) : sets;
}

function replace(sets: Sets, before: ReplicaSet, after: ReplicaSet): Sets {
  return before === sets.newest ? { ...sets, newest: after } : { ...sets, old: sets.old.map((set) => (set === before ? after : set)) };
}

function activeOrLatest(sets: Sets): ReplicaSet | undefined {
  const active = allSets(sets).filter((set) => sizeOf(set) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? sets.newest ?? oldestFirst(sets.old).at(-1);
}

function isSaturated({ deployment, newest }: Sets): boolean {
  const wanted = wantedReplicas(deployment);
  return newest !== undefined && sizeOf(newest) === wanted && desiredReplicas(newest) === wanted && newest.status?.availableReplicas === wanted;
}

function scaleInProportion(client: ClusterClient, sets: Sets): Sets {
  const { deployment } = sets;
  const active = allSets(sets).filter((set) => sizeOf(set) > 0);
  const wanted = wantedReplicas(deployment);
  const missing = (wanted > 0 ? wanted + maxSurge(deployment) : 0) - totalSize(active);
  const ordered = biggestFirst(active, missing > 0 ? 'newer' : 'older');
  let added = 0;
  const sizes = new Map(ordered.map((set) => {
    const share = shareOf(set, deployment, missing, added);
    added += share;
    return [set, sizeOf(set) + share];
  }));
  const [first] = ordered;
  if (first !== undefined && missing !== 0) sizes.set(first, Math.max(0, (sizes.get(first) ?? 0) + missing - added));
  return [...sizes].reduce((current, [set, size]) => replace(current, set, resize(client, deployment, set, size)), sets);
}

function biggestFirst(sets: readonly ReplicaSet[], ties: 'newer' | 'older'): ReplicaSet[] {
  const byAge = ties === 'older' ? oldestFirst(sets) : oldestFirst(sets).toReversed();
  return byAge.toSorted((first, second) => sizeOf(second) - sizeOf(first));
}

/** Never more than what is still to be shared out. */
function shareOf(set: ReplicaSet, deployment: Deployment, missing: number, added: number): number {
  const left = missing - added;
  if (missing === 0 || left === 0) return 0;
  const fraction = fractionOf(set, deployment);
  return missing > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

function fractionOf(set: ReplicaSet, deployment: Deployment): number {
  const wanted = wantedReplicas(deployment);
  const size = sizeOf(set);
  if (wanted === 0) return -size;
  const before = maxReplicasBefore(set) || (deployment.status?.replicas ?? 0);
  return before === 0 ? 0 : Math.round((size * (wanted + maxSurge(deployment))) / before) - size;
}
