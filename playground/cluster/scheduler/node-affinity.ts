/** Node selectors, in pods and in volumes. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../objects/types.ts';
import { hasLabels, matchesRequirements, type LabelOperator, type LabelRequirement } from '../objects/selectors.ts';
import type { NodeView, PodObject } from './snapshot.ts';

type NamedLabels = Pick<NodeView, 'name' | 'labels'>;

/** A term without requirements matches nothing. */
export function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: NamedLabels): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.name };
  return matchesRequirements(toRequirements(matchExpressions), node.labels) && matchesRequirements(toRequirements(matchFields), fields);
}

export const matchesNodeSelector = (selector: NodeSelector, node: NamedLabels): boolean =>
  selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));

export function matchesPodsNodeAffinity({ spec }: PodObject, node: NamedLabels): boolean {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return hasLabels(spec?.nodeSelector, node.labels) && (required === undefined || matchesNodeSelector(required, node));
}

/** When each term names its nodes by field: those names, as a daemon set's pods have it. */
export function namedNodes({ spec }: PodObject): Set<string> | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const named = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    const [first, ...others] = named;
    if (first === undefined) return undefined;
    for (const name of first.values ?? []) if (others.every(({ values }) => values?.includes(name))) names.add(name);
  }
  return names;
}

const toRequirements = (requirements: readonly NodeSelectorRequirement[]): LabelRequirement[] =>
  requirements.map(({ key, operator, values = [] }) => ({ key, operator: operator as LabelOperator, values }));
