/** Discovery one group version at a time: /api, /apis, /apis/<group>, /apis/<group>/<version>. */
import { apiVersionOf } from '../../resources/resource.ts';
import type { ResourceDefinition, ResourceRegistry } from '../../resources/resource.ts';
import { byName, groupsOf } from './groups.ts';
import type { ServedGroup } from './groups.ts';

/** The answer, or undefined when nothing is there. */
export function legacyDiscovery(path: string, registry: ResourceRegistry, serverAddress: string): unknown {
  const [root, group, version, ...more] = path.split('/').filter((part) => part !== '');
  if (more.length > 0) return undefined;
  if (root === 'api' && version === undefined) {
    if (group === undefined) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
    return group === 'v1' ? resourceList('', 'v1', registry) : undefined;
  }
  if (root !== 'apis') return undefined;
  const groups = groupsOf(registry).filter(({ name }) => name !== '');
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) };
  const served = groups.find(({ name }) => name === group);
  if (served === undefined) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(served) };
  return served.versions.includes(version) ? resourceList(group, version, registry) : undefined;
}

function groupEntry({ name, versions }: ServedGroup): { name: string; versions: unknown[]; preferredVersion: unknown } {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

function resourceList(group: string, version: string, registry: ResourceRegistry): unknown {
  const definitions = registry.all().filter((definition) => definition.group === group && definition.version === version).toSorted(byName);
  return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion: apiVersionOf({ group, version }), resources: definitions.flatMap(entries) };
}

function entries(definition: ResourceDefinition): unknown[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, storageVersionHash, subresources } = definition;
  return [
    {
      name: plural, singularName: singular, namespaced, kind, verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }), ...(categories.length === 0 ? {} : { categories }), ...(storageVersionHash === undefined ? {} : { storageVersionHash }),
    },
    ...subresources.map((subresource) => ({
      name: `${plural}/${subresource.name}`, singularName: '', namespaced,
      ...(subresource.group === undefined ? {} : { group: subresource.group, version: subresource.version }), kind: subresource.kind, verbs: subresource.verbs,
    })),
  ];
}
