/** How well a pod would sit on a node: higher is better. Only the order counts. */
import { matchesTerm } from './node-affinity.ts';
import { termHolds } from './pod-affinity.ts';
import { podRequests } from './requests.ts';
import type { NodeView, PodObject, Snapshot } from './snapshot.ts';
import { untolerated } from './taints.ts';
import { countByDomain } from './topology-spread.ts';

export function bestNode(pod: PodObject, views: readonly NodeView[], snapshot: Snapshot): NodeView | undefined {
  const spread = spreadScores(pod, views, snapshot);
  const scored = views.map((view) => ({
    view,
    score: leastAllocated(pod, view) + 2 * preferredNodes(pod, view) + 2 * preferredPods(pod, view, snapshot) - 300 * avoidedTaints(pod, view) + 2 * (spread.get(view.name) ?? 0),
  }));
  return scored.sort((left, right) => right.score - left.score || (left.view.name < right.view.name ? -1 : 1))[0]?.view;
}

/** 0 to 100. */
function leastAllocated(pod: PodObject, view: NodeView): number {
  const requests = podRequests(pod);
  const shares = ['cpu', 'memory'].map((resource) => {
    const allocatable = Number(view.allocatable[resource] ?? 0n);
    // A pod that asks for nothing is taken for a small one, so that such pods spread too.
    const usual = resource === 'cpu' ? 100 : 200 * 1_048_576 * 1_000;
    const used = Number(view.requested[resource] ?? 0n) + Number(requests[resource] ?? usual) + view.pods.filter((other) => podRequests(other)[resource] === undefined).length * usual;
    return allocatable === 0 ? 0 : Math.max(0, (allocatable - used) / allocatable) * 100;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

const preferredNodes = ({ spec }: PodObject, view: NodeView): number =>
  (spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, view) ? weight : 0), 0);

function preferredPods(pod: PodObject, view: NodeView, snapshot: Snapshot): number {
  const affinity = pod.spec?.affinity;
  const attracted = (affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).filter(({ podAffinityTerm }) => termHolds(pod, podAffinityTerm, view, snapshot));
  const repelled = (affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).filter(({ podAffinityTerm }) => termHolds(pod, podAffinityTerm, view, snapshot));
  return attracted.reduce((sum, { weight }) => sum + weight, 0) - repelled.reduce((sum, { weight }) => sum + weight, 0);
}

const avoidedTaints = ({ spec }: PodObject, { node }: NodeView): number => untolerated(node.spec?.taints, spec?.tolerations, ['PreferNoSchedule']).length;

/** 0 to 100 per node: fewer siblings are better. */
function spreadScores(pod: PodObject, views: readonly NodeView[], snapshot: Snapshot): Map<string, number> {
  const counts = new Map(views.map((view) => [view.name, siblings(pod, view)]));
  for (const constraint of pod.spec?.topologySpreadConstraints ?? []) {
    const domains = countByDomain(pod, constraint, [constraint.topologyKey], snapshot);
    for (const view of views) counts.set(view.name, (counts.get(view.name) ?? 0) + (domains.get(view.labels[constraint.topologyKey] ?? '') ?? 0));
  }
  const most = Math.max(1, ...counts.values());
  return new Map([...counts].map(([name, count]) => [name, (100 * (most - count)) / most]));
}

function siblings(pod: PodObject, view: NodeView): number {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
  if (owner === undefined) return 0;
  return view.pods.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace && metadata.ownerReferences?.some(({ uid }) => uid === owner) === true).length;
}
