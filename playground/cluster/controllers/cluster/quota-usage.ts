/** The amounts behind a quota's names: counts, requests, limits, storage. */
import type { ClusterClient } from '../../client.ts';
import type { ObjectOf } from '../../objects/object.ts';
import { formatQuantity, quantityFormat, thousandths, type QuantityFormat } from '../../objects/quantity.ts';
import { podRequests } from '../../scheduler/requests.ts';
import type { KnownKind } from './kinds.ts';
import { builtInKinds } from './kinds.ts';
import type { Pod } from './service-pods.ts';

type Quota = ObjectOf<'resourcequotas'>;

export function quotaUsage(client: ClusterClient, custom: readonly KnownKind[], quota: Quota): Record<string, string> {
  const namespace = quota.metadata.namespace ?? '';
  const pods = client.list('pods', { namespace }).filter((pod) => isCounted(pod) && inScope(pod, quota));
  const kinds = [...builtInKinds, ...custom];
  return Object.fromEntries(Object.keys(quota.spec?.hard ?? {}).map((name) => [name, usageOf(client, kinds, namespace, pods, name)]));
}

/** Finished pods use nothing. */
const isCounted = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed';

function usageOf(client: ClusterClient, kinds: readonly KnownKind[], namespace: string, pods: readonly Pod[], name: string): string {
  if (name === 'pods') return String(pods.length);
  if (name.startsWith('count/')) {
    const kind = kinds.find(({ key, group, plural }) => `count/${group === '' ? plural : key}` === name);
    return String(kind === undefined ? 0 : kind.key === 'pods' ? client.list('pods', { namespace }).length : client.list(kind.key, { namespace }).length);
  }
  if (['services', 'configmaps', 'secrets', 'persistentvolumeclaims', 'replicationcontrollers', 'resourcequotas'].includes(name)) return String(client.list(name, { namespace }).length);
  if (name === 'services.loadbalancers') return String(client.list('services', { namespace }).filter(({ spec }) => spec?.type === 'LoadBalancer').length);
  if (name === 'services.nodeports') return String(client.list('services', { namespace }).flatMap(({ spec }) => (spec?.type === 'NodePort' || spec?.type === 'LoadBalancer' ? spec.ports ?? [] : [])).length);
  const storage = /^(?:(.+)\.storageclass\.storage\.k8s\.io\/)?(requests\.storage|persistentvolumeclaims)$/.exec(name);
  if (storage !== null) return storageUsage(client, namespace, storage[1], storage[2] ?? '');
  const [, side, resource = name] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
  const formats: QuantityFormat[] = pods.flatMap((pod) => textsOf(pod, side ?? 'requests', resource).map(quantityFormat));
  const amount = pods.reduce((sum, pod) => sum + (side === 'limits' ? limitOf(pod, resource) : podRequests(pod)[resource] ?? 0n), 0n);
  return formatQuantity(amount, formats.includes('binary') ? 'binary' : 'decimal');
}

const textsOf = ({ spec }: Pod, side: string, resource: string): string[] =>
  (spec?.containers ?? []).flatMap(({ resources }) => (side === 'limits' ? resources?.limits : resources?.requests)?.[resource] ?? []);

const limitOf = ({ spec }: Pod, resource: string): bigint => (spec?.containers ?? []).reduce((sum, { resources }) => sum + thousandths(resources?.limits?.[resource]), 0n);

function storageUsage(client: ClusterClient, namespace: string, storageClass: string | undefined, what: string): string {
  const claims = client.list('persistentvolumeclaims', { namespace }).filter(({ spec }) => storageClass === undefined || spec?.storageClassName === storageClass);
  if (what === 'persistentvolumeclaims') return String(claims.length);
  const texts = claims.map(({ spec }) => spec?.resources?.requests?.['storage'] ?? '0');
  return formatQuantity(texts.reduce((sum, text) => sum + thousandths(text), 0n), texts.some((text) => quantityFormat(text) === 'binary') ? 'binary' : 'decimal');
}

function inScope(pod: Pod, { spec }: Quota): boolean {
  const bestEffort = pod.status?.qosClass === 'BestEffort';
  const terminating = pod.spec?.activeDeadlineSeconds !== undefined;
  const holds: Record<string, boolean> = { BestEffort: bestEffort, NotBestEffort: !bestEffort, Terminating: terminating, NotTerminating: !terminating };
  if (!(spec?.scopes ?? []).every((scope) => holds[scope] ?? true)) return false;
  return (spec?.scopeSelector?.matchExpressions ?? []).every(({ scopeName, operator, values = [] }) => {
    if (scopeName !== 'PriorityClass') return holds[scopeName] ?? true;
    const name = pod.spec?.priorityClassName ?? '';
    if (operator === 'Exists') return name !== '';
    if (operator === 'DoesNotExist') return name === '';
    return operator === 'In' ? values.includes(name) : !values.includes(name);
  });
}
