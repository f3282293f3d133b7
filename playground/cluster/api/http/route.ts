/** What a path means. */
import type { ResourceDefinition, ResourceRegistry, Subresource } from '../../resources/resource.ts';

export interface ResourceRoute {
  definition: ResourceDefinition;
  namespace: string | undefined;
  /** '' for the collection. */
  name: string;
  subresource: Subresource | undefined;
}

/** Undefined: not the path of a resource that is served. */
export function routeOf(path: string, registry: ResourceRegistry): ResourceRoute | undefined {
  const parts = path.split('/').filter((part) => part !== '').map(decode);
  const [root] = parts;
  if (root === 'api') return inGroup('', parts[1] ?? '', parts.slice(2), registry);
  if (root === 'apis') return inGroup(parts[1] ?? '', parts[2] ?? '', parts.slice(3), registry);
  return undefined;
}

function inGroup(group: string, version: string, rest: readonly string[], registry: ResourceRegistry): ResourceRoute | undefined {
  const [first, second, third] = rest;
  if (first === undefined) return undefined;
  const ofNamespaceItself = group === '' && (rest.length < 3 || (rest.length === 3 && (third === 'status' || third === 'finalize')));
  if (first === 'namespaces' && !ofNamespaceItself && third !== undefined) return resource(group, version, second, rest.slice(2), registry);
  return resource(group, version, undefined, rest, registry);
}

function resource(group: string, version: string, namespace: string | undefined, rest: readonly string[], registry: ResourceRegistry): ResourceRoute | undefined {
  const [plural = '', name = '', sub, ...more] = rest;
  const definition = registry.byPath(group, version, plural);
  if (definition === undefined || (namespace !== undefined && !definition.namespaced)) return undefined;
  if (definition.namespaced && namespace === undefined && name !== '') return undefined;
  if (sub === undefined) return { definition, namespace, name, subresource: undefined };
  const subresource = definition.subresources.find((one) => one.name === sub);
  if (subresource === undefined || (more.length > 0 && sub !== 'proxy')) return undefined;
  return { definition, namespace, name, subresource };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
