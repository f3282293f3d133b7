/** Puts daemon pods where they belong, takes away those that don't, and replaces outdated ones. */
import type { ClusterClient } from '../../../client.ts';
import { resolveShare } from '../deployment/limits.ts';
import type { DaemonSet, Node, Pod } from '../shared/kinds.ts';
import { createPod, createPodsSlowly, deletePod } from '../shared/pod-control.ts';
import { isAvailable, isDeleted } from '../shared/pods.ts';
import { fitOf, newDaemonPod, targetNode } from './node-fit.ts';

export interface Situation {
  set: DaemonSet;
  nodes: readonly Node[];
  pods: readonly Pod[];
  /** Of the present template. */
  hash: string;
}

export function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod) ?? '';
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return byNode;
}

export const isUpToDate = (pod: Pod, hash: string): boolean => pod.metadata.labels?.['controller-revision-hash'] === hash;

/** `mayReplace`: whether a pod that failed on this node is taken away yet. */
export function place(client: ClusterClient, { set, nodes, pods, hash }: Situation, mayReplace: (node: string) => boolean): void {
  const byNode = podsByNode(pods);
  const missing: string[] = [];
  const surplus: Pod[] = [];
  for (const node of nodes) {
    const { name } = node.metadata;
    const { shouldRun, mayContinue } = fitOf(set, node);
    const there = byNode.get(name) ?? [];
    if (shouldRun && there.length === 0) missing.push(name);
    surplus.push(...(mayContinue ? surplusOn(client, set, name, there, mayReplace) : there.filter((pod) => !isDeleted(pod))));
  }
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [name, there] of byNode) if (!names.has(name)) surplus.push(...there.filter((pod) => (pod.spec?.nodeName ?? '') === '' && !isDeleted(pod)));
  for (const pod of surplus) deletePod(client, set, pod);
  createPodsSlowly(missing.length, (index) => void createPod(client, set, newDaemonPod(set, missing[index] ?? '', hash)));
}

/** Pods that ended, and all but the oldest of those that run. */
function surplusOn(client: ClusterClient, set: DaemonSet, node: string, there: readonly Pod[], mayReplace: (node: string) => boolean): Pod[] {
  const living = there.filter((pod) => !isDeleted(pod));
  const ended = living.filter(({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded');
  if (ended.some(({ status }) => status?.phase === 'Failed') && !mayReplace(node)) return [];
  for (const { metadata, status } of ended) {
    const pod = `${metadata.namespace ?? ''}/${metadata.name}`;
    client.event(set, status?.phase === 'Failed'
      ? { type: 'Warning', reason: 'FailedDaemonPod', message: `Found failed daemon pod ${pod} on node ${node}, will try to kill it` }
      : { type: 'Normal', reason: 'SucceededDaemonPod', message: `Found succeeded daemon pod ${pod} on node ${node}, will try to delete it` });
  }
  const running = living.filter((pod) => !ended.includes(pod)).toSorted((first, second) => Number(first.metadata.resourceVersion) - Number(second.metadata.resourceVersion));
  return [...ended, ...running.slice(1)];
}

/** Deletes outdated pods, as many at once as may be unavailable: those that are anyway first. */
export function replaceOutdated(client: ClusterClient, { set, nodes, pods, hash }: Situation): void {
  if (set.spec?.updateStrategy?.type === 'OnDelete') return;
  const byNode = podsByNode(pods);
  const wanted = nodes.filter((node) => fitOf(set, node).shouldRun);
  const limit = Math.max(1, resolveShare(set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up'));
  const available = (pod: Pod): boolean => !isDeleted(pod) && isAvailable(pod, set.spec?.minReadySeconds);
  let unavailable = 0;
  const sick: Pod[] = [];
  const well: Pod[] = [];
  for (const node of wanted) {
    const living = (byNode.get(node.metadata.name) ?? []).filter((pod) => !isDeleted(pod));
    const [pod] = living;
    if (pod === undefined || living.length > 1 || !available(pod)) unavailable += 1;
    if (pod === undefined || living.length > 1 || isUpToDate(pod, hash)) continue;
    (available(pod) ? well : sick).push(pod);
  }
  for (const pod of [...sick, ...well.slice(0, Math.max(0, limit - unavailable))]) deletePod(client, set, pod);
}
