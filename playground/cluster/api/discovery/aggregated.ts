/** Discovery of everything at once: what kubectl asks for first. */
import { createHash } from 'node:crypto';
import type { ResourceDefinition, ResourceRegistry } from '../../resources/resource.ts';
import { byName, groupsOf } from './groups.ts';

export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export const wantsAggregated = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((part) => part.includes('g=apidiscovery.k8s.io') && /;v=v2(;|$)/.test(part.replaceAll(' ', '')) && part.trim().startsWith('application/json'));

/** `core`: for /api; else for /apis. */
export function aggregatedDiscovery(registry: ResourceRegistry, core: boolean): { text: string; etag: string } {
  const items = groupsOf(registry).filter(({ name }) => (name === '') === core).map(({ name, versions }) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((version) => ({
      version,
      resources: registry.all().filter((definition) => definition.group === name && definition.version === version).toSorted(byName).map(resourceEntry),
      freshness: 'Current',
    })),
  }));
  const text = JSON.stringify({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items });
  return { text, etag: `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"` };
}

function resourceEntry(definition: ResourceDefinition): unknown {
  const { plural, kind, namespaced, singular, verbs, shortNames, categories, subresources } = definition;
  // A kind of a group of its own says so; one of the same group leaves it empty.
  const responseKind = (name: string, group = '', version = ''): unknown => ({ group, version, kind: name });
  return {
    resource: plural, responseKind: responseKind(kind), scope: namespaced ? 'Namespaced' : 'Cluster', singularResource: singular, verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }), ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources: subresources.map((one) => ({ subresource: one.name, responseKind: responseKind(one.kind, one.group, one.version), verbs: one.verbs })) }),
  };
}
