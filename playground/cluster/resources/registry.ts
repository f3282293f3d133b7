/** The kinds that are served now. A custom kind may have several versions under one key; the first that was added is its key's. */
import { keyOf } from './resource.ts';
import type { ResourceDefinition, ResourceRegistry } from './resource.ts';

export function createRegistry(initial: readonly ResourceDefinition[]): ResourceRegistry {
  const versions = new Map<string, ResourceDefinition[]>();
  const add = (definition: ResourceDefinition): void => {
    const key = keyOf(definition);
    const others = (versions.get(key) ?? []).filter((other) => other.version !== definition.version);
    versions.set(key, [...others, definition]);
  };
  for (const definition of initial) add(definition);
  const all = (): ResourceDefinition[] => [...versions.values()].flat();
  return {
    byKey: (key) => versions.get(key)?.[0],
    byPath: (group, version, plural) => versions.get(keyOf({ group, plural }))?.find((definition) => definition.version === version),
    byKind: (group, kind) => all().find((definition) => definition.group === group && definition.kind === kind),
    all,
    add,
    remove: (key) => void versions.delete(key),
  };
}
