/** Custom resources: a stored definition becomes a kind that is served, and takes its objects along when it goes. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredObject } from '../objects/object.ts';
import type { ResourceRegistry } from '../resources/resource.ts';
import { keyOf } from '../resources/resource.ts';
import type { Store } from '../store/store.ts';
import { merged, statusOf, terminatingCondition } from './conditions.ts';
import type { CustomDefinition } from './definitions.ts';
import { completeNames, definitionsOf } from './definitions.ts';

export interface CustomResourceParts {
  store: Store;
  registry: ResourceRegistry;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export const definitionsKey = 'customresourcedefinitions.apiextensions.k8s.io' as const;
/** On every definition: it stays till its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** Serves what is stored and follows changes. Returns what ends it. */
export const customResources = ({ store, registry, now = Date.now }: CustomResourceParts): (() => void) => {
  const instant = (): string => new Date(now()).toISOString().replace(/\.\d+Z/, 'Z');
  const served = new Map<string, CustomDefinition['spec']>();
  const watches = new Map<string, () => void>();
  const current = (name: string): CustomDefinition | undefined => store.get(definitionsKey, undefined, name) as CustomDefinition | undefined;

  const withdraw = (name: string): void => {
    const spec = served.get(name);
    served.delete(name);
    watches.get(name)?.();
    watches.delete(name);
    if (spec !== undefined) registry.remove(keyOf({ group: spec.group, plural: spec.names.plural }));
  };
  const serve = (definition: CustomDefinition): void => {
    const { name } = definition.metadata;
    if (isDeepStrictEqual(served.get(name), definition.spec)) return;
    withdraw(name);
    for (const version of definitionsOf(definition, () => current(name)?.metadata.deletionTimestamp !== undefined)) registry.add(version);
    served.set(name, definition.spec);
  };
  const settle = (definition: CustomDefinition): void => {
    const conflict = conflictOf(definition, registry, served.has(definition.metadata.name));
    const status = statusOf(definition, conflict, instant());
    const established = status.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true;
    if (established && conflict === undefined) serve(definition);
    if (!isDeepStrictEqual(status, definition.status)) store.put(definitionsKey, { ...definition, status } as unknown as StoredObject);
  };
  const removeObjects = (definition: CustomDefinition): void => {
    const { name } = definition.metadata;
    const key = keyOf({ group: definition.spec.group, plural: definition.spec.names.plural });
    if (!watches.has(name)) {
      watches.set(name, store.watch(key, undefined, ({ type }) => {
        if (type === 'DELETED') finish(name, key);
      }));
      for (const object of store.list(key)) removeOne(store, key, object, instant());
    }
    finish(name, key);
  };
  const finish = (name: string, key: string): void => {
    const definition = current(name);
    if (definition?.metadata.deletionTimestamp === undefined) return;
    if (store.list(key).length > 0) {
      const waiting = terminatingCondition('InstanceDeletionInProgress', 'CustomResource deletion is in progress');
      const conditions = merged(definition.status?.conditions ?? [], [waiting], instant());
      if (!isDeepStrictEqual(conditions, definition.status?.conditions)) store.put(definitionsKey, { ...definition, status: { ...definition.status, conditions } } as unknown as StoredObject);
      return;
    }
    const finalizers = (definition.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer);
    if (finalizers.length === 0) store.remove(definitionsKey, undefined, name);
    else if (finalizers.length < (definition.metadata.finalizers ?? []).length) {
      store.put(definitionsKey, { ...definition, metadata: { ...definition.metadata, finalizers } } as unknown as StoredObject);
    }
  };
  const follow = (name: string): void => {
    const definition = current(name);
    if (definition === undefined) withdraw(name);
    else if (definition.metadata.deletionTimestamp === undefined) settle(definition);
    else removeObjects(definition);
  };

  const end = store.watch(definitionsKey, undefined, ({ type, object }) => {
    // One that was made anew under the same name is followed by its own event.
    if (type === 'DELETED') withdraw(object.metadata.name);
    follow(object.metadata.name);
  });
  for (const { metadata } of store.list(definitionsKey)) follow(metadata.name);
  return () => {
    end();
    for (const stop of watches.values()) stop();
  };
};

const removeOne = (store: Store, key: string, object: StoredObject, now: string): void => {
  const { metadata } = object;
  if ((metadata.finalizers ?? []).length === 0) store.remove(key, metadata.namespace, metadata.name);
  else if (metadata.deletionTimestamp === undefined) {
    store.put(key, { ...object, metadata: { ...metadata, deletionTimestamp: now, deletionGracePeriodSeconds: 0, generation: (metadata.generation ?? 1) + 1 } });
  }
};

/** Somebody else in the group has one of its names; of several the last is told, as Kubernetes does. */
const conflictOf = ({ spec }: CustomDefinition, registry: ResourceRegistry, known: boolean): { reason: string; message: string } | undefined => {
  if (known) return undefined;
  const names = completeNames(spec.names);
  const others = registry.all().filter(({ group, plural }) => group === spec.group && plural !== names.plural);
  const taken = new Set(others.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]));
  const kinds = new Set(others.flatMap(({ kind, listKind }) => [kind, listKind]));
  const conflicts = [
    { reason: 'PluralConflict', name: taken.has(names.plural) ? names.plural : undefined },
    { reason: 'SingularConflict', name: taken.has(names.singular) ? names.singular : undefined },
    { reason: 'ShortNamesConflict', name: names.shortNames?.find((name) => taken.has(name)) },
    { reason: 'KindConflict', name: kinds.has(names.kind) ? names.kind : undefined },
    { reason: 'ListKindConflict', name: kinds.has(names.listKind) ? names.listKind : undefined },
  ];
  const last = conflicts.findLast(({ name }) => name !== undefined);
  return last === undefined ? undefined : { reason: last.reason, message: `${JSON.stringify(last.name)} is already in use` };
};
