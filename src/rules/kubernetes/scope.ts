/** One namespace as rules look at it, and what its things are called in findings. */
import type { FindingBody } from '../../incident/types.ts';
import type { ClusterReading, NamespaceReading, Workload } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';
import { clusterResource } from '../resources.ts';
import type { Rule, RuleTargets } from '../rule.ts';

export interface Scope {
  cluster: ClusterReading;
  namespace: NamespaceReading;
  /** The namespace; with its cluster before it where several clusters are configured. */
  place: string;
  readings: Readings;
  targets: RuleTargets;
}

export function scopesOf(readings: Readings, targets: RuleTargets): Scope[] {
  const clusters = readings.clusters ?? [];
  return clusters.flatMap((cluster) => cluster.namespaces.map((namespace) => ({ cluster, namespace, place: placeOf(readings, cluster, namespace.namespace), readings, targets })));
}

export function placeOf({ clusters = [] }: Readings, cluster: ClusterReading, namespace: string): string {
  return clusters.length > 1 ? `${cluster.name}.${namespace}` : namespace;
}

/** A rule that looks at one namespace at a time. */
export function namespaceRule(id: string, detect: (scope: Scope) => FindingBody[]): Rule {
  return { id, specialist: 'kubernetes', detect: (readings, targets) => scopesOf(readings, targets).flatMap(detect) };
}

export function resourceOf(scope: Scope, kind: string, name: string): string {
  return clusterResource(kind, scope.place, name);
}

export function workloadResourceOf(scope: Scope, workload: Pick<Workload, 'kind' | 'name'>): string {
  return resourceOf(scope, workload.kind, workload.name);
}

/** Where a typed change of this namespace goes. */
export function at({ cluster, namespace }: Scope): { target: string; namespace: string } {
  return { target: cluster.name, namespace: namespace.namespace };
}

/** What was changed before that is not taken back: what ails now began otherwise. */
export const recentSeconds = 6 * 3600;

/** Seconds between a time of the cluster and the reading; Infinity when it isn't known. */
export function secondsAgo({ namespace }: Scope, time: string | undefined): number {
  const seconds = (Date.parse(namespace.at) - Date.parse(time ?? '')) / 1000;
  return Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds;
}

export function isMissing({ namespace }: Scope, kind: string): boolean {
  return namespace.missing.some((one) => one === kind || one.startsWith(`${kind}.`));
}
