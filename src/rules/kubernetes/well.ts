/** What was looked at in a cluster and found well, in sentences; only of what was read whole. */
import type { FindingBody } from '../../incident/types.ts';
import type { ClusterReading, NamespaceReading } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';
import { count, list } from '../words.ts';

export function wellInClusters({ clusters = [] }: Readings, findings: readonly FindingBody[]): string[] {
  const serious = findings.filter((one) => one.severity !== 'info');
  return clusters.flatMap((cluster) => [...cluster.namespaces.flatMap((namespace) => aboutNamespace(namespace, serious)), ...aboutNodes(cluster, serious)]);
}

function aboutNamespace({ namespace, missing, workloads, pods, services, policies, quotas }: NamespaceReading, findings: readonly FindingBody[]): string[] {
  const has = (kind: string): boolean => missing.some((one) => one.startsWith(kind));
  const found = (mechanism: RegExp): boolean => findings.some((one) => mechanism.test(one.mechanism));
  const good: string[] = [];
  const complete = workloads.value.filter((one) => one.desired > 0 && one.available >= one.desired && one.updated >= one.desired);
  if (!has('deployments') && !has('pods') && complete.length > 0) good.push(complete.length === workloads.value.filter((one) => one.desired > 0).length ? `all ${count(complete.length, 'workload')} have their pods available` : `${list(complete.map((one) => one.name).slice(0, 8))} ${complete.length === 1 ? 'has its' : 'have their'} pods available`);
  const restarts = pods.value.flatMap((pod) => pod.containers).filter((one) => one.restarts > 0).length;
  if (!has('pods') && pods.value.length > 0 && restarts === 0) good.push('no container was restarted');
  const routed = services.value.filter((one) => Object.keys(one.selector).length > 0);
  if (!has('services') && !has('endpointslices') && routed.length > 0 && routed.every((one) => (one.endpoints?.ready ?? 0) > 0)) good.push('every Service has ready endpoints');
  if (!has('networkpolicies') && policies.value.length > 0 && !found(/^network-policy/)) good.push('no NetworkPolicy blocks a call that is configured');
  if (!has('resourcequotas') && quotas.value.length > 0 && !found(/quota/)) good.push('no quota keeps pods from being created');
  return good.length === 0 ? [] : [`Namespace ${namespace}: ${list(good)}.`];
}

function aboutNodes({ name, nodes }: ClusterReading, findings: readonly FindingBody[]): string[] {
  if (nodes === undefined || nodes.value.length === 0 || findings.some((one) => one.resource.startsWith('node/'))) return [];
  const ready = nodes.value.every((one) => one.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'));
  return ready && nodes.value.every((one) => !one.unschedulable) ? [`Cluster ${name}: ${nodes.value.length === 1 ? 'its node is ready and takes pods' : `all ${nodes.value.length} nodes are ready and take pods`}.`] : [];
}
