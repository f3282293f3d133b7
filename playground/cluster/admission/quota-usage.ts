/** What counts against a quota. */
import type { ObjectOf, StoredObject } from '../objects/object.ts';
import { added, podResources } from './pod-resources.ts';

type Amounts = Record<string, string>;
type Pod = ObjectOf<'pods'>;
type Quota = Pick<ObjectOf<'resourcequotas'>, 'spec'>;

/** Used in a namespace of everything the quota limits, counted now: what its status says. */
export const quotaUsage = (list: (resource: string, namespace: string) => readonly StoredObject[], namespace: string, quota: Quota): Amounts => {
  const hard = Object.keys(quota.spec?.hard ?? {});
  const zero = Object.fromEntries(hard.map((name) => [name, '0']));
  const used = resourcesOf(hard).flatMap((resource) => list(resource, namespace).map((object) => usageOf(resource, object, quota)));
  return masked(used.reduce<Amounts>(added, zero), hard);
};

/** What one object uses; nothing when the quota isn't about it. `resource`: `plural.group`. */
export const usageOf = (resource: string, object: StoredObject, quota: Quota): Amounts => {
  if (!inScope(resource, object, quota)) return {};
  switch (resource) {
    case 'pods': return podUsage(object as unknown as Pod);
    case 'services': return serviceUsage(object as unknown as ObjectOf<'services'>);
    case 'persistentvolumeclaims': return claimUsage(object as unknown as ObjectOf<'persistentvolumeclaims'>);
    default: return { [`count/${resource}`]: '1', ...(plainCounts.includes(resource) ? { [resource]: '1' } : {}) };
  }
};

export const masked = (amounts: Amounts, names: readonly string[]): Amounts =>
  Object.fromEntries(Object.entries(amounts).filter(([name]) => names.includes(name)));

const plainCounts = ['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas'];

const resourcesOf = (hard: readonly string[]): string[] => [...new Set(hard.flatMap((name) => {
  if (name.startsWith('count/')) return [name.slice('count/'.length)];
  if (plainCounts.includes(name)) return [name];
  if (name.startsWith('services')) return ['services'];
  return name === 'persistentvolumeclaims' || name.includes('storageclass.storage.k8s.io/') || name === 'requests.storage' ? ['persistentvolumeclaims'] : ['pods'];
}))];

const podUsage = (pod: Pod): Amounts => {
  const count = { 'count/pods': '1' };
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return count;
  const { requests, limits } = podResources(pod);
  const plain = ['cpu', 'memory', 'ephemeral-storage'];
  return {
    ...count, pods: '1',
    ...Object.fromEntries(Object.entries(requests).flatMap(([name, value]) => [[`requests.${name}`, value], ...(plain.includes(name) ? [[name, value]] : [])])) as Amounts,
    ...Object.fromEntries(Object.entries(limits).map(([name, value]) => [`limits.${name}`, value])),
  };
};

const serviceUsage = ({ spec }: ObjectOf<'services'>): Amounts => {
  const ports = String(spec?.ports?.length ?? 0);
  return {
    services: '1', 'count/services': '1',
    ...(spec?.type === 'LoadBalancer' ? { 'services.loadbalancers': '1', 'services.nodeports': spec.allocateLoadBalancerNodePorts === false ? '0' : ports } : {}),
    ...(spec?.type === 'NodePort' ? { 'services.nodeports': ports } : {}),
  };
};

const claimUsage = ({ spec }: ObjectOf<'persistentvolumeclaims'>): Amounts => {
  const storage = spec?.resources?.requests?.['storage'] ?? '0';
  const suffix = `${spec?.storageClassName ?? ''}.storageclass.storage.k8s.io`;
  return {
    persistentvolumeclaims: '1', 'count/persistentvolumeclaims': '1', 'requests.storage': storage,
    ...(spec?.storageClassName ? { [`${suffix}/requests.storage`]: storage, [`${suffix}/persistentvolumeclaims`]: '1' } : {}),
  };
};

/** Scopes narrow a quota to some pods; other kinds never match one. */
const inScope = (resource: string, object: StoredObject, { spec }: Quota): boolean => {
  const requirements = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] as string[] })),
    ...(spec?.scopeSelector?.matchExpressions ?? []).map(({ scopeName, operator, values = [] }) => ({ scopeName, operator, values })),
  ];
  return requirements.length === 0 || (resource === 'pods' && requirements.every((requirement) => scopeMatches(object as unknown as Pod, requirement)));
};

const scopeMatches = (pod: Pod, { scopeName, operator, values }: { scopeName: string; operator: string; values: string[] }): boolean => {
  const { requests, limits } = podResources(pod);
  const bestEffort = ![...Object.keys(requests), ...Object.keys(limits)].some((name) => name === 'cpu' || name === 'memory');
  const terminating = pod.spec?.activeDeadlineSeconds !== undefined;
  switch (scopeName) {
    case 'BestEffort': return bestEffort;
    case 'NotBestEffort': return !bestEffort;
    case 'Terminating': return terminating;
    case 'NotTerminating': return !terminating;
    case 'PriorityClass': return priorityMatches(pod.spec?.priorityClassName ?? '', operator, values);
    default: return false;
  }
};

const priorityMatches = (name: string, operator: string, values: readonly string[]): boolean => {
  switch (operator) {
    case 'In': return values.includes(name);
    case 'NotIn': return !values.includes(name);
    case 'Exists': return name !== '';
    default: return name === '';
  }
};
