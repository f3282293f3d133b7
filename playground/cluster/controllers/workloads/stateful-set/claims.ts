/** Claims of a stateful set's pods: made with the pod, and owned as the retention policy says. */
import type { ClusterClient } from '../../../client.ts';
import type { OwnerReference } from '../../../objects/types.ts';
import type { Pod, StatefulSet } from '../shared/kinds.ts';
import { messageOf } from '../shared/loop.ts';
import { ownerReferenceTo } from '../shared/owners.ts';
import { claimName, isWanted, newClaims } from './identity.ts';

export function createMissingClaims(client: ClusterClient, set: StatefulSet, pod: string, ordinal: number): void {
  for (const claim of newClaims(set, ordinal)) {
    if (client.get('persistentvolumeclaims', set.metadata.namespace, claim.metadata.name) !== undefined) continue;
    try {
      client.create('persistentvolumeclaims', claim);
    } catch (error) {
      const message = `create Claim ${claim.metadata.name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
      client.event(set, { type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
    const message = `create Claim ${claim.metadata.name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
    client.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message });
  }
}

/** A claim that may go with the set, or with the pod that is scaled away, belongs to it; garbage collection does the rest. */
export function ownClaims(client: ClusterClient, set: StatefulSet, pod: Pod, ordinal: number): void {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const scaledAway = !isWanted(set, ordinal);
  const owner = scaledAway && whenScaled === 'Delete' ? pod : whenDeleted === 'Delete' ? set : undefined;
  for (const template of set.spec?.volumeClaimTemplates ?? []) {
    const name = claimName(set, template, ordinal);
    const claim = client.get('persistentvolumeclaims', set.metadata.namespace, name);
    if (claim === undefined) continue;
    const ours = (reference: OwnerReference): boolean => reference.uid === set.metadata.uid || (reference.kind === 'Pod' && reference.name === pod.metadata.name);
    const current = claim.metadata.ownerReferences ?? [];
    const wanted = [...current.filter((reference) => !ours(reference)), ...(owner === undefined ? [] : [ownerReferenceTo(owner)])];
    if (wanted.length === current.length && wanted.every(({ uid }) => current.some((reference) => reference.uid === uid))) continue;
    client.modify('persistentvolumeclaims', set.metadata.namespace, name, ({ metadata }) => {
      if (wanted.length === 0) delete metadata.ownerReferences;
      else metadata.ownerReferences = wanted;
    });
  }
}
