/** Who manages an object: owner references with `controller`, and how a controller takes objects on and lets them go. */
import type { StoredMeta } from '../../../objects/object.ts';
import type { ObjectMeta, OwnerReference } from '../../../objects/types.ts';

interface Owner {
  apiVersion: string;
  kind: string;
  metadata: StoredMeta;
}

export const controllerOf = ({ metadata }: { metadata?: ObjectMeta }): OwnerReference | undefined =>
  metadata?.ownerReferences?.find(({ controller }) => controller === true);

export const isControlledBy = (object: { metadata?: ObjectMeta }, owner: Owner): boolean => controllerOf(object)?.uid === owner.metadata.uid;

export const ownerReferenceTo = ({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference =>
  ({ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true });

export interface Claim<T> {
  owner: Owner;
  /** All of the owner's namespace. */
  candidates: readonly T[];
  matches(candidate: T): boolean;
  /** Writes to the candidate's metadata; undefined when it is gone. */
  change(candidate: T, change: (metadata: StoredMeta) => void): T | undefined;
}

/** The candidates the owner controls from now on: orphans that match are adopted, own ones that don't match any more are released. */
export function claim<T extends { metadata: StoredMeta }>({ owner, candidates, matches, change }: Claim<T>): T[] {
  const dying = owner.metadata.deletionTimestamp !== undefined;
  return candidates.flatMap((candidate) => {
    const controller = controllerOf(candidate);
    if (controller !== undefined && controller.uid !== owner.metadata.uid) return [];
    const matching = matches(candidate);
    if (controller !== undefined) {
      if (matching) return [candidate];
      if (!dying) change(candidate, (metadata) => release(metadata, owner));
      return [];
    }
    if (!matching || dying || candidate.metadata.deletionTimestamp !== undefined) return [];
    const adopted = change(candidate, (metadata) => {
      metadata.ownerReferences = [...(metadata.ownerReferences ?? []), ownerReferenceTo(owner)];
    });
    return adopted === undefined ? [] : [adopted];
  });
}

function release(metadata: StoredMeta, owner: Owner): void {
  const others = (metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  if (others.length === 0) delete metadata.ownerReferences;
  else metadata.ownerReferences = others;
}
