/** Stored objects seen as what they are. */
import type { KnownKey, KnownResources, Stored, StoredObject } from '../../objects/object.ts';

/** The caller knows the kind: a strategy is only asked about its own. */
export const as = <K extends KnownKey>(object: StoredObject, _key: K): Stored<KnownResources[K]> => object as unknown as Stored<KnownResources[K]>;
