/** Where a tool looks: a configured cluster and one of the namespaces that its target lists, or the cluster itself. */
import { z } from 'zod';
import type { ClusterTarget } from '../../config/targets.ts';
import { oneOf } from '../define-tool.ts';

export interface Place {
  cluster: ClusterTarget;
  /** Absent for kinds that belong to the cluster. */
  namespace?: string;
}

/** Input fields; which namespace belongs to which cluster is checked by findPlace. */
export function placeFields(clusters: readonly ClusterTarget[]): { cluster: z.ZodOptional<z.ZodEnum<Record<string, string>>>; namespace: z.ZodOptional<z.ZodEnum<Record<string, string>>> } {
  const namespaces = [...new Set(clusters.flatMap((cluster) => cluster.namespaces))];
  return {
    cluster: oneOf(clusters.map(({ name }) => name)).optional().describe('Name of the configured cluster; needed when there are several'),
    namespace: oneOf(namespaces).optional().describe('Namespace; needed when the cluster has several, left out for kinds that belong to the cluster (nodes)'),
  };
}

/** The place, or what is wrong with it, in words. */
export function findPlace(clusters: readonly ClusterTarget[], input: { cluster?: string | undefined; namespace?: string | undefined }, options: { clusterScoped?: boolean } = {}): Place | string {
  const cluster = input.cluster === undefined && clusters.length === 1 ? clusters[0] : clusters.find(({ name }) => name === input.cluster);
  if (cluster === undefined) return `cluster: name one of ${clusters.map(({ name }) => name).join(', ')}`;
  if (options.clusterScoped === true) return { cluster };
  const namespace = input.namespace ?? (cluster.namespaces.length === 1 ? cluster.namespaces[0] : undefined);
  if (namespace === undefined || !cluster.namespaces.includes(namespace)) return `namespace: name one of ${cluster.namespaces.join(', ')}`;
  return { cluster, namespace };
}
