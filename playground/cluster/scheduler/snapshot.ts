/** The cluster as one scheduling attempt sees it. */
import type { ClusterClient } from '../client.ts';
import type { ObjectOf } from '../objects/object.ts';
import { addAmounts, amountsOf, podRequests } from './requests.ts';

export type PodObject = ObjectOf<'pods'>;
export type NodeObject = ObjectOf<'nodes'>;

export interface NodeView {
  node: NodeObject;
  name: string;
  labels: Record<string, string>;
  /** Pods that hold resources here: not the finished ones. */
  pods: readonly PodObject[];
  /** Thousandths. */
  allocatable: Readonly<Record<string, bigint>>;
  requested: Readonly<Record<string, bigint>>;
}

export interface Snapshot {
  nodes: readonly NodeView[];
  namespaceLabels(namespace: string): Record<string, string>;
}

export const isFinished = (pod: PodObject): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

export function takeSnapshot(client: ClusterClient): Snapshot {
  const byNode = new Map<string, PodObject[]>();
  for (const pod of client.list('pods')) {
    const node = pod.spec?.nodeName;
    if (node === undefined || isFinished(pod)) continue;
    const there = byNode.get(node);
    if (there === undefined) byNode.set(node, [pod]);
    else there.push(pod);
  }
  return {
    nodes: client.list('nodes').filter((node) => node.metadata.deletionTimestamp === undefined).map((node) => viewOf(node, byNode.get(node.metadata.name) ?? [])),
    namespaceLabels: (namespace) => client.get('namespaces', undefined, namespace)?.metadata.labels ?? {},
  };
}

export function viewOf(node: NodeObject, pods: readonly PodObject[]): NodeView {
  const requested: Record<string, bigint> = {};
  for (const pod of pods) addAmounts(requested, podRequests(pod));
  return {
    node, pods, requested,
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    allocatable: amountsOf(node.status?.allocatable ?? node.status?.capacity),
  };
}

/** The same snapshot with one node's pods replaced: for asking what an eviction would change. */
export const withPods = (snapshot: Snapshot, name: string, pods: readonly PodObject[]): Snapshot => ({
  ...snapshot,
  nodes: snapshot.nodes.map((view) => (view.name === name ? viewOf(view.node, pods) : view)),
});
