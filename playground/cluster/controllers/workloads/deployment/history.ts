/** Forgets ReplicaSets beyond the revision history limit. */
import type { ClusterClient } from '../../../client.ts';
import { sizeOf } from './limits.ts';
import type { Sets } from './replica-sets.ts';
import { revisionOf } from './revisions.ts';

const unlimited = 2_147_483_647;

export function forgetOldRevisions(client: ClusterClient, { deployment, old }: Sets): void {
  const limit = deployment.spec?.revisionHistoryLimit ?? unlimited;
  const candidates = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined).toSorted((first, second) => revisionOf(first) - revisionOf(second));
  for (const set of candidates.slice(0, Math.max(0, candidates.length - limit))) {
    const { namespace, name, uid, generation = 0 } = set.metadata;
    const idle = sizeOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && generation <= (set.status?.observedGeneration ?? 0);
    if (idle) client.delete('replicasets.apps', namespace, name, { uid });
  }
}
