/** The groups that are served, with their versions, the preferred one first. */
import type { ResourceDefinition, ResourceRegistry } from '../../resources/resource.ts';

export interface ServedGroup {
  name: string;
  versions: string[];
}

export function groupsOf(registry: ResourceRegistry): ServedGroup[] {
  const groups = new Map<string, string[]>();
  for (const { group, version } of registry.all()) {
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    groups.set(group, versions);
  }
  return [...groups].map(([name, versions]) => ({ name, versions: versions.toSorted(byMaturity) }));
}

export const byName = (a: ResourceDefinition, b: ResourceDefinition): number => (a.plural < b.plural ? -1 : a.plural > b.plural ? 1 : 0);

/** v2 before v1 before v1beta2 before v1beta1 before v1alpha1. */
function byMaturity(a: string, b: string): number {
  const [majorA, stageA, minorA] = ranks(a);
  const [majorB, stageB, minorB] = ranks(b);
  return stageB - stageA || majorB - majorA || minorB - minorA;
}

function ranks(version: string): [number, number, number] {
  const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  return [Number(major), stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(minor)];
}
