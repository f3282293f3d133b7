/** The Store in memory: maps of frozen objects, one counter for versions, and a bounded history for watches that come back. */
import { gone } from '../api/status.ts';
import type { StoredObject } from '../objects/object.ts';
import { createHistory } from './history.ts';
import type { HistoryLimits } from './history.ts';
import type { Store, StoreEvent } from './store.ts';

interface Collection {
  objects: Map<string, StoredObject>;
  /** Keys in order; undefined after one came or went. */
  order: string[] | undefined;
  listeners: Set<(event: StoreEvent) => void>;
}

const firstRevision = 1000;
const keyFor = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

export function createStore(limits: HistoryLimits = { perResource: 1_000, overall: 3_000 }): Store {
  const collections = new Map<string, Collection>();
  const history = createHistory(limits, firstRevision);
  const pending: { collection: Collection; event: StoreEvent }[] = [];
  let delivering = false;
  let revision = firstRevision;

  const collectionOf = (resource: string): Collection => {
    let collection = collections.get(resource);
    if (collection === undefined) {
      collection = { objects: new Map(), order: undefined, listeners: new Set() };
      collections.set(resource, collection);
    }
    return collection;
  };
  /** A listener may write: what it writes is told to everybody after the event at hand. */
  const publish = (resource: string, collection: Collection, event: StoreEvent): void => {
    history.add(resource, revision, event);
    pending.push({ collection, event });
    if (delivering) return;
    delivering = true;
    try {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        for (const listener of next.collection.listeners) listener(next.event);
      }
    } finally {
      delivering = false;
    }
  };
  const stamped = (object: StoredObject): StoredObject => {
    revision += 1;
    return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
  };
  const keysInOrder = (collection: Collection): string[] => (collection.order ??= [...collection.objects.keys()].sort());

  const remove = (resource: string, key: string): StoredObject | undefined => {
    const collection = collectionOf(resource);
    const previous = collection.objects.get(key);
    if (previous === undefined) return undefined;
    collection.objects.delete(key);
    collection.order = undefined;
    const object = stamped(previous);
    publish(resource, collection, { type: 'DELETED', object, previous });
    return object;
  };

  return {
    get: (resource, namespace, name) => collections.get(resource)?.objects.get(keyFor(namespace, name)),
    list: (resource, namespace) => {
      const collection = collections.get(resource);
      if (collection === undefined) return [];
      const prefix = namespace === undefined ? '' : `${namespace}/`;
      return keysInOrder(collection).filter((key) => key.startsWith(prefix)).flatMap((key) => collection.objects.get(key) ?? []);
    },
    listAt: (resource, namespace, at) => {
      if (at < history.floor(resource)) return undefined;
      const found = new Map(collections.get(resource)?.objects);
      for (const { type, object, previous } of history.since(resource, at).toReversed()) {
        const key = keyFor(object.metadata.namespace, object.metadata.name);
        if (type === 'ADDED') found.delete(key);
        else if (previous !== undefined) found.set(key, previous);
      }
      const prefix = namespace === undefined ? '' : `${namespace}/`;
      return [...found.keys()].filter((key) => key.startsWith(prefix)).sort().flatMap((key) => found.get(key) ?? []);
    },
    put: (resource, object) => {
      const collection = collectionOf(resource);
      const key = keyFor(object.metadata.namespace, object.metadata.name);
      const previous = collection.objects.get(key);
      const stored = stamped(object);
      collection.objects.set(key, stored);
      if (previous === undefined) collection.order = undefined;
      publish(resource, collection, previous === undefined ? { type: 'ADDED', object: stored } : { type: 'MODIFIED', object: stored, previous });
      return stored;
    },
    remove: (resource, namespace, name) => remove(resource, keyFor(namespace, name)),
    revision: () => String(revision),
    watch: (resource, from, listener) => {
      const collection = collectionOf(resource);
      if (from !== undefined) {
        const oldest = history.floor(resource);
        if (Number(from) < oldest) throw gone(`too old resource version: ${from} (${oldest})`);
      }
      // What is still queued for delivery reaches the new listener from the history, not a second time.
      const known = revision;
      const guarded = (event: StoreEvent): void => {
        if (Number(event.object.metadata.resourceVersion) > known) listener(event);
      };
      if (from !== undefined) for (const event of history.since(resource, Number(from))) listener(event);
      collection.listeners.add(guarded);
      return () => void collection.listeners.delete(guarded);
    },
    drop: (resource) => {
      for (const key of collections.get(resource)?.objects.keys() ?? []) remove(resource, key);
    },
  };
}

/** Freezes all the way down; stops at what is frozen already, which is what the previous version shares with this one. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
