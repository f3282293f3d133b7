/** One step of a rolling update: room up goes to the new set, room down is taken from the old ones. */
import type { ClusterClient } from '../../../client.ts';
import type { ReplicaSet } from '../shared/kinds.ts';
import { maxUnavailable, nextSizeOfNew, sizeOf, totalSize, wantedReplicas } from './limits.ts';
import { allSets, oldestFirst, type Sets } from './replica-sets.ts';
import { resize } from './resize.ts';

/** The sets as they are after the step. */
export function roll(client: ClusterClient, sets: Sets): Sets {
  const grown = growNew(client, sets);
  return grown ?? shrinkOld(client, sets);
}

function growNew(client: ClusterClient, sets: Sets): Sets | undefined {
  const { deployment, newest, old } = sets;
  if (newest === undefined) return undefined;
  const size = sizeOf(newest);
  const wanted = wantedReplicas(deployment);
  const next = size > wanted ? wanted : nextSizeOfNew(deployment, old, size);
  return next === size ? undefined : { ...sets, newest: resize(client, deployment, newest, next) };
}

const availableIn = (set: ReplicaSet | undefined): number => set?.status?.availableReplicas ?? 0;

function shrinkOld(client: ClusterClient, sets: Sets): Sets {
  const { deployment, newest } = sets;
  if (totalSize(sets.old) === 0) return sets;
  const minAvailable = wantedReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = newest === undefined ? 0 : sizeOf(newest) - availableIn(newest);
  const removable = totalSize(allSets(sets)) - minAvailable - newUnavailable;
  if (removable <= 0) return sets;
  const cleaned = shrink(client, sets, removable, (set) => Math.max(0, sizeOf(set) - availableIn(set)));
  const available = allSets(cleaned).reduce((total, set) => total + availableIn(set), 0);
  return available <= minAvailable ? cleaned : shrink(client, cleaned, available - minAvailable, sizeOf);
}

/** Takes at most `budget` pods from the old sets, oldest first, and from each no more than `from` allows: sick pods first. */
function shrink(client: ClusterClient, sets: Sets, budget: number, from: (set: ReplicaSet) => number): Sets {
  let left = budget;
  const old = oldestFirst(sets.old).map((set) => {
    const count = Math.min(left, from(set), sizeOf(set));
    if (count <= 0) return set;
    left -= count;
    return resize(client, sets.deployment, set, sizeOf(set) - count);
  });
  return { ...sets, old };
}
