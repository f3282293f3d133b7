/** Callers in another namespace that no policy lets in. It may well be meant so: it is told, never changed. */
import type { FindingBody } from '../../incident/types.ts';
import type { NetworkPolicy, PolicyRule, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { Rule } from '../rule.ts';
import { referencesOf, workloadsBehind } from './dependencies.ts';
import { selects } from './labels.ts';
import { isMissing, resourceOf, scopesOf } from './scope.ts';
import type { Scope } from './scope.ts';

export const keptOut: Rule = { id: 'kept-out', specialist: 'kubernetes', detect: (readings, targets) => guestsOf(scopesOf(readings, targets)).map(describe) };

export interface Guest {
  caller: Workload;
  from: Scope;
  /** Of the service that it is configured to call. */
  scope: Scope;
  called: string;
  policy: NetworkPolicy;
}

/** Each caller once for each policy, by configuration alone. */
export function guestsOf(scopes: readonly Scope[]): Guest[] {
  const found = scopes.flatMap((from) => from.namespace.workloads.value.filter(({ desired }) => desired > 0).flatMap((caller) => referencesOf(caller.template, from).flatMap(({ service, namespace }): Guest[] => {
    const scope = scopes.find((one) => one.cluster === from.cluster && one.namespace.namespace === namespace);
    if (service === undefined || scope === undefined || scope === from || isMissing(scope, 'networkpolicies')) return [];
    return workloadsBehind(service, scope).flatMap((called): Guest[] => {
      const policy = closedTo(caller, from.namespace.namespace, scope.namespace.policies.value.filter((one) => one.ingress !== undefined && selects(one.pods, called.template.labels)));
      return policy === undefined ? [] : [{ caller, from, scope, called: service.name, policy }];
    });
  })));
  return [...new Map(found.map((one) => [`${one.from.place} ${one.caller.name} ${one.scope.place} ${one.policy.name}`, one])).values()];
}

/** The narrowest of these policies, when none of them lets the caller in, nor did as last applied. */
function closedTo(caller: Workload, namespace: string, policies: readonly NetworkPolicy[]): NetworkPolicy | undefined {
  const letsIn = (rules: readonly PolicyRule[] = []): boolean => rules.some(({ peers }) => peers.length === 0 || peers.some(({ pods, namespaces, addresses }) => addresses !== undefined || (namespaces !== undefined && mayBe(namespaces.labels, namespace) && (pods === undefined || selects(pods, caller.template.labels)))));
  if (policies.some(({ ingress, applied }) => letsIn(ingress) || letsIn(applied?.ingress))) return undefined;
  return [...policies].sort((left, right) => Object.keys(right.pods.labels).length - Object.keys(left.pods.labels).length)[0];
}

/** Of a namespace's labels only its name is known. */
function mayBe(labels: Readonly<Record<string, string>>, namespace: string): boolean {
  return Object.entries(labels).every(([key, value]) => key !== 'kubernetes.io/metadata.name' || value === namespace);
}

function describe({ caller, from, scope, called, policy }: Guest): FindingBody {
  const { evidence } = scope.namespace.policies;
  const notes = Object.entries(policy.annotations ?? {}).map(([key, value]) => ({ key, text: value.replace(/\s+/g, ' ').trim().slice(0, 200) })).filter(({ key, text }) => text.includes(' ') && evidence.text.includes(`annotation ${key}: ${text}`)).slice(0, 2);
  return {
    severity: 'info',
    resource: resourceOf(scope, 'networkpolicy', policy.name),
    mechanism: 'network-policy-keeps-out',
    title: `NetworkPolicy ${policy.name} keeps ${caller.name} of namespace ${from.namespace.namespace} out of ${called}`,
    explanation: `${caller.name} is configured to call ${called}, and none of the policies on its pods lets anybody of that namespace in, nor did when they were last applied: its connections time out while ${called} works. ${notes.length === 0 ? 'Nothing on the policy says why' : `Noted on the policy: ${notes.map(({ text }) => `"${text}"`).join(', ')}`}. Who may call ${called} is for those who keep that policy to say: ask them.`,
    confidence: notes.length === 0 ? 0.75 : 0.9,
    quotes: [...quoteLine(evidence, `networkpolicy ${policy.name}:`), ...notes.flatMap(({ key }) => quoteLine(evidence, `annotation ${key}:`))],
  };
}
