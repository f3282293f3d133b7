/** Pod affinity and anti-affinity by topology. */
import type { PodAffinityTerm } from '../objects/types.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { NodeView, PodObject, Snapshot } from './snapshot.ts';

export type AffinityRefusal = 'affinity' | 'anti-affinity' | 'existing anti-affinity';

export function refusalOfPodAffinity(pod: PodObject, view: NodeView, snapshot: Snapshot): AffinityRefusal | undefined {
  const wanted = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (wanted.length > 0 && !affinityHolds(pod, wanted, view, snapshot)) return 'affinity';
  const unwanted = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (unwanted.some((term) => termHolds(pod, term, view, snapshot))) return 'anti-affinity';
  return existingRefuse(pod, view, snapshot) ? 'existing anti-affinity' : undefined;
}

/** Does the term of `owner` mean `other`? */
export function termMeans(owner: PodObject, term: PodAffinityTerm, other: PodObject, snapshot: Snapshot): boolean {
  const namespace = other.metadata.namespace ?? '';
  const named = term.namespaces ?? [];
  const inNamespace = term.namespaceSelector === undefined
    ? (named.length > 0 ? named.includes(namespace) : namespace === owner.metadata.namespace)
    : named.includes(namespace) || matchesSelector(term.namespaceSelector, snapshot.namespaceLabels(namespace));
  if (!inNamespace || !matchesSelector(term.labelSelector, other.metadata.labels)) return false;
  const same = (key: string): boolean => other.metadata.labels?.[key] === owner.metadata.labels?.[key];
  const given = (key: string): boolean => owner.metadata.labels?.[key] !== undefined;
  return (term.matchLabelKeys ?? []).filter(given).every(same) && !(term.mismatchLabelKeys ?? []).filter(given).some(same);
}

/** Is a pod that the term means in the node's topology domain? */
export function termHolds(owner: PodObject, term: PodAffinityTerm, view: NodeView, snapshot: Snapshot): boolean {
  const domain = view.labels[term.topologyKey];
  if (domain === undefined) return false;
  return snapshot.nodes.some((other) => other.labels[term.topologyKey] === domain && other.pods.some((pod) => termMeans(owner, term, pod, snapshot)));
}

function affinityHolds(pod: PodObject, terms: readonly PodAffinityTerm[], view: NodeView, snapshot: Snapshot): boolean {
  if (terms.some(({ topologyKey }) => view.labels[topologyKey] === undefined)) return false;
  if (terms.every((term) => termHolds(pod, term, view, snapshot))) return true;
  // The first of a group that wants to be together has nobody to be with.
  const anybody = snapshot.nodes.some((other) => other.pods.some((there) => terms.every((term) => termMeans(pod, term, there, snapshot))));
  return !anybody && terms.every((term) => termMeans(pod, term, pod, snapshot));
}

const existingRefuse = (pod: PodObject, view: NodeView, snapshot: Snapshot): boolean =>
  snapshot.nodes.some((other) => other.pods.some((there) =>
    (there.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some((term) => {
      const domain = other.labels[term.topologyKey];
      return domain !== undefined && view.labels[term.topologyKey] === domain && termMeans(there, term, pod, snapshot);
    })));
