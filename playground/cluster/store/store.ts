/** Where objects are: in memory, synchronous, every write with a new version. Knows nothing of kinds, rights or defaults. */
import type { StoredObject } from '../objects/object.ts';

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As it is now; for DELETED as it was, with the version of the deletion. */
  object: StoredObject;
  previous?: StoredObject;
}

export interface Store {
  /** Objects are frozen: copy (structuredClone) before changing. */
  get(resource: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** In the order of namespace/name. */
  list(resource: string, namespace?: string): readonly StoredObject[];
  /** As `list` was at that version, or undefined when what happened since is no longer known. */
  listAt(resource: string, namespace: string | undefined, revision: number): readonly StoredObject[] | undefined;
  /** Adds or replaces; stamps a new resourceVersion and returns what is stored. */
  put(resource: string, object: StoredObject): StoredObject;
  remove(resource: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** The version of the latest write, decimal. */
  revision(): string;
  /**
   * Events after `from` (a version; undefined: from now on), in order, delivered synchronously after each write.
   * Throws StatusError 410 Expired when `from` is older than the kept history.
   */
  watch(resource: string, from: string | undefined, listener: (event: StoreEvent) => void): () => void;
  /** Drops a resource with everything in it (its CRD went). */
  drop(resource: string): void;
}
