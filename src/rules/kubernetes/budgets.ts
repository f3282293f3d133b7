/** A disruption budget that lets no pod go although all are well: whoever drains a node waits for ever. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { Budget, Pod } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { count, list } from '../words.ts';
import { driftFor, restoring } from './drift.ts';
import { selects } from './labels.ts';
import { at, namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { isSettled, lastWrite } from './who-wrote.ts';

export const budgets = namespaceRule('disruption-budget', (scope) => scope.namespace.budgets.value.flatMap((budget) => describe(scope, budget)));

function describe(scope: Scope, budget: Budget): FindingBody[] {
  const { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed = currentHealthy - desiredHealthy } = budget;
  // With pods that are not well it does what it is for; with a single replica, what somebody may have meant.
  if (disruptionsAllowed > 0 || expectedPods < 2 || currentHealthy < expectedPods || desiredHealthy < expectedPods) return [];
  const kept = waiting(scope, budget);
  const nodes = [...new Set(kept.map((pod) => pod.node))];
  const remedy = kept.length === 0 || !isDrained(scope, nodes) || kept.some(({ owner }) => owner?.kind.toLowerCase() === 'statefulset') ? undefined : repair(scope, budget);
  const rule = budget.maxUnavailable === undefined ? `minAvailable ${budget.minAvailable ?? '?'}` : `maxUnavailable ${budget.maxUnavailable}`;
  return [{
    severity: kept.length === 0 ? 'info' : 'warning',
    resource: resourceOf(scope, 'poddisruptionbudget', budget.name),
    mechanism: 'disruption-budget-blocks',
    title: `Disruption budget ${budget.name} lets none of its ${count(expectedPods, 'pod')} go (${rule})${nodes.length === 0 ? '' : `, so ${list(nodes.slice(0, 3))} can't be drained`}`,
    explanation: `All ${expectedPods} pods are healthy and it wants ${desiredHealthy}, so every eviction is refused. ${kept.length === 0 ? 'Nobody waits for one now.' : `${list(kept.map((pod) => pod.name).slice(0, 3))} ${kept.length === 1 ? 'stays' : 'stay'} on a node that is cordoned.${remedy === undefined ? ' Nobody is seen to drain it now, or its pods keep data: what is protected stays so.' : ' To let one go at a time is right only if the drain is wanted.'}`}`,
    confidence: kept.length === 0 ? 0.6 : 0.93,
    quotes: [...quoteLine(scope.namespace.budgets.evidence, `poddisruptionbudget ${budget.name}:`), ...nodes.slice(0, 2).flatMap((node) => quoteLine(scope.cluster.nodes?.evidence, `node ${node}:`)), ...kept.slice(0, 1).flatMap((pod) => quoteLine(scope.namespace.pods.evidence, `pod ${pod.name}:`))],
    ...(remedy === undefined ? {} : { remedy }),
  }];
}

/** Its pods on nodes that somebody empties. */
function waiting({ namespace, cluster }: Scope, budget: Budget): Pod[] {
  const cordoned = new Set((cluster.nodes?.value ?? []).filter((one) => one.unschedulable).map((one) => one.name));
  return namespace.pods.value.filter((pod) => !pod.deleting && cordoned.has(pod.node) && selects(budget.selector, pod.labels));
}

/** A person cordoned one of them lately; an autoscaler finds another node. */
function isDrained(scope: Scope, names: readonly string[]): boolean {
  return (scope.cluster.nodes?.value ?? []).some((one) => names.includes(one.name) && !isSettled(scope, lastWrite(one.changes, 'spec/unschedulable')));
}

/** As last applied; else one pod at a time, which keeps all but one. */
function repair(scope: Scope, { name, minAvailable }: Budget): Action | undefined {
  const drift = driftFor(scope, 'poddisruptionbudget', name);
  const noted = drift === undefined ? undefined : restoring(scope, drift);
  return noted ?? { kind: 'kubectl.patch', ...at(scope), resource: 'poddisruptionbudget', name, type: 'merge', patch: JSON.stringify({ spec: { ...(minAvailable === undefined ? {} : { minAvailable: null }), maxUnavailable: 1 } }) };
}
