/** Topology spread constraints that must hold. */
import type { TopologySpreadConstraint } from '../objects/types.ts';
import { matchesSelector } from '../objects/selectors.ts';
import { matchesPodsNodeAffinity } from './node-affinity.ts';
import type { NodeView, PodObject, Snapshot } from './snapshot.ts';
import { untolerated } from './taints.ts';

export type SpreadRefusal = 'missing label' | 'skew';

export function refusalOfSpread(pod: PodObject, view: NodeView, snapshot: Snapshot): SpreadRefusal | undefined {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  for (const constraint of constraints) {
    const domain = view.labels[constraint.topologyKey];
    if (domain === undefined) return 'missing label';
    const counts = countByDomain(pod, constraint, keys, snapshot);
    const least = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
    const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - (Number.isFinite(least) ? least : 0) > constraint.maxSkew) return 'skew';
  }
  return undefined;
}

/** Matching pods of the pod's namespace per domain, over the nodes that count. */
export function countByDomain(pod: PodObject, constraint: TopologySpreadConstraint, keys: readonly string[], snapshot: Snapshot): Map<string, number> {
  const counts = new Map<string, number>();
  for (const view of snapshot.nodes) {
    const domain = view.labels[constraint.topologyKey];
    if (domain === undefined || keys.some((key) => view.labels[key] === undefined) || !nodeCounts(pod, constraint, view)) continue;
    const matching = view.pods.filter((other) => isMeant(pod, constraint, other)).length;
    counts.set(domain, (counts.get(domain) ?? 0) + matching);
  }
  return counts;
}

function nodeCounts(pod: PodObject, { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' }: TopologySpreadConstraint, view: NodeView): boolean {
  if (nodeAffinityPolicy === 'Honor' && !matchesPodsNodeAffinity(pod, view)) return false;
  return nodeTaintsPolicy !== 'Honor' || untolerated(view.node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']).length === 0;
}

function isMeant(pod: PodObject, { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, other: PodObject): boolean {
  if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.deletionTimestamp !== undefined) return false;
  if (!matchesSelector(labelSelector, other.metadata.labels)) return false;
  return matchLabelKeys.every((key) => pod.metadata.labels?.[key] === undefined || other.metadata.labels?.[key] === pod.metadata.labels[key]);
}
