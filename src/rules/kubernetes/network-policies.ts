/** Calls that a NetworkPolicy does not let through, between workloads that are configured to make them. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { KubernetesService, Labels, NetworkPolicy, PolicyRule, Workload } from '../cluster-readings.ts';
import { quoteLine, quoteLinesWhere } from '../quotes.ts';
import { isServiceUnwell } from '../service/health.ts';
import { list } from '../words.ts';
import { callersOf, servicesOfTemplate, workloadsBehind } from './dependencies.ts';
import { isNear, selects } from './labels.ts';
import { podsOf } from './pods.ts';
import { at, isMissing, namespaceRule, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { isSettled } from './who-wrote.ts';
import { troublesOf } from './troubles.ts';

export const networkPolicies = namespaceRule('network-policy', (scope) => {
  if (isMissing(scope, 'networkpolicies') || isMissing(scope, 'services') || isMissing(scope, 'deployments')) return [];
  const blocked = blockedCalls(scope);
  const policies = [...new Set(blocked.map((one) => one.policy))];
  return policies.map((policy) => describe(scope, policy, blocked.filter((one) => one.policy === policy)));
});

export interface BlockedCall {
  policy: NetworkPolicy;
  direction: 'ingress' | 'egress';
  caller: Workload;
  called: Workload;
  service: KubernetesService;
}

export function blockedCalls(scope: Scope): BlockedCall[] {
  const { namespace } = scope;
  if (namespace.policies.value.length === 0) return [];
  return namespace.services.value.filter((service) => Object.keys(service.selector).length > 0).flatMap((service) => {
    const callers = new Set([...callersOf(service, scope).map((one) => one.workload), ...declaredCallers(service, scope)]);
    return workloadsBehind(service, scope).flatMap((called) => [...callers].filter((caller) => caller !== called && caller.desired > 0).flatMap((caller): BlockedCall[] => {
      const ports = portsOf(service, called);
      const inward = blocking(namespace.policies.value, 'ingress', called.template.labels, caller.template.labels, ports);
      if (inward !== undefined) return [{ policy: inward, direction: 'ingress', caller, called, service }];
      const outward = blocking(namespace.policies.value, 'egress', caller.template.labels, called.template.labels, ports);
      return outward === undefined ? [] : [{ policy: outward, direction: 'egress', caller, called, service }];
    }));
  });
}

/** As sre-agent.yaml says by dependsOn. */
function declaredCallers(service: KubernetesService, scope: Scope): Workload[] {
  const names = scope.targets.services.filter((one) => one.dependsOn.includes(service.name)).map((one) => one.name);
  return scope.namespace.services.value.filter((one) => names.includes(one.name)).flatMap((one) => workloadsBehind(one, scope));
}

/** Policies add up: one that allows is enough. The blamed one is the narrowest that should have. */
function blocking(policies: readonly NetworkPolicy[], direction: 'ingress' | 'egress', own: Labels, other: Labels, ports: readonly (string | number)[]): NetworkPolicy | undefined {
  const applying = policies.filter((one) => one[direction] !== undefined && selects(one.pods, own));
  if (applying.length === 0 || applying.some((one) => (one[direction] ?? []).some((rule) => allows(rule, other, ports)))) return undefined;
  return applying.sort((left, right) => specificity(right) - specificity(left))[0];
}

const specificity = ({ pods }: Pick<NetworkPolicy, 'pods'>): number => Object.keys(pods.labels).length + pods.expressions.length;

/** Peers by address or namespace may well mean the caller: they count as allowing. */
function allows({ peers, ports }: PolicyRule, other: Labels, wanted: readonly (string | number)[]): boolean {
  const peerFits = peers.length === 0 || peers.some((peer) => peer.addresses !== undefined || peer.namespaces !== undefined || (peer.pods !== undefined && selects(peer.pods, other)));
  const portFits = ports.length === 0 || wanted.length === 0 || ports.some((one) => one.protocol === 'TCP' && (one.port === undefined || wanted.some((port) => port === one.port || (one.endPort !== undefined && typeof one.port === 'number' && typeof port === 'number' && port >= one.port && port <= one.endPort))));
  return peerFits && portFits;
}

/** Names and numbers, since a policy may use either. Where a Service sends to nothing that its pods offer, it is wrong itself: what they offer counts. */
function portsOf(service: KubernetesService, called: Workload): (string | number)[] {
  const offered = called.template.containers.flatMap((one) => one.ports);
  const names = ({ name, port }: { name?: string; port: number }): (string | number)[] => [port, ...(name === undefined ? [] : [name])];
  const sent = service.ports.flatMap(({ target }) => offered.filter((one) => names(one).includes(target)));
  if (sent.length === 0 && offered.length > 0) return offered.flatMap(names);
  return [...service.ports.map(({ target }) => target), ...sent.flatMap(names)];
}

function describe(scope: Scope, policy: NetworkPolicy, calls: readonly BlockedCall[]): FindingBody {
  const { namespace } = scope;
  const callers = [...new Set(calls.map((one) => one.caller))];
  const called = [...new Set(calls.map((one) => one.called.name))];
  const seen = callers.some((caller) => suffers(scope, caller));
  const write = policy.changes.find((one) => one.subresource === undefined && one.fields.some((field) => field === 'spec' || field.startsWith('spec/')));
  const settled = isSettled(scope, write);
  const remedy = seen && !settled ? repair(scope, policy, calls) : undefined;
  const complaint = namespace.logs.find(({ value }) => callers.some((one) => podsOf(one, namespace).some((pod) => pod.name === value.pod)) && value.lines.some((line) => calls.some((call) => line.includes(call.service.name))));
  return {
    severity: seen ? 'critical' : 'info',
    resource: resourceOf(scope, 'networkpolicy', policy.name),
    mechanism: 'network-policy-blocks-caller',
    title: `NetworkPolicy ${policy.name} does not let ${list(callers.map((one) => one.name).slice(0, 3))} reach ${list(called.slice(0, 3))}`,
    explanation: `${list(callers.map((one) => one.name).slice(0, 3))} ${callers.length === 1 ? 'is' : 'are'} configured to call ${list(called.slice(0, 3))}, and none of the policies on ${calls[0]?.direction === 'egress' ? 'its own pods' : 'the called pods'} allows it: connections hang until they time out. ${remedy === undefined ? (seen ? (settled ? 'It stood so for hours, or a program keeps it, so no change is proposed.' : 'What it allowed before is not noted, so no change is proposed.') : 'Nothing is seen to suffer from it now.') : remedy.words}${mayBeQuarantine(scope, policy) ? ` It lets nobody in or out and is new${write === undefined ? '' : ` (written ${write.at} by ${write.manager})`}: it may be a quarantine, so ask who made it.` : ''}`,
    confidence: seen ? 0.9 : 0.5,
    quotes: [...policyQuotes(scope, policy), ...(complaint === undefined ? [] : quoteLinesWhere(complaint.evidence, 1, (line) => calls.some((call) => line.includes(call.service.name))))],
    ...(remedy === undefined ? {} : { remedy: remedy.action }),
  };
}

/** Young, over every pod or those of one workload, and without a single rule. */
function mayBeQuarantine(scope: Scope, { pods, ingress, egress, createdAt }: NetworkPolicy): boolean {
  const empty = [ingress, egress].every((rules) => rules === undefined || rules.length === 0);
  const narrow = specificity({ pods }) === 0 || scope.namespace.workloads.value.filter((one) => selects(pods, one.template.labels)).length <= 1;
  return empty && narrow && secondsAgo(scope, createdAt) < 86_400;
}

function policyQuotes({ namespace: { policies: { evidence } } }: Scope, policy: NetworkPolicy): FindingBody['quotes'] {
  const lines = evidence.text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`networkpolicy ${policy.name}:`));
  const rule = start < 0 ? '' : (lines[start + 1] ?? '').trim().slice(0, 300);
  return [...quoteLine(evidence, `networkpolicy ${policy.name}:`), ...(rule.startsWith('ingress:') || rule.startsWith('egress:') ? [{ evidence: evidence.id, quote: rule }] : [])];
}

function suffers(scope: Scope, caller: Workload): boolean {
  const names = new Set(servicesOfTemplate(caller.template, scope).map((one) => one.name));
  return troublesOf(scope).some((one) => one.workload === caller && ['crash', 'unready', 'liveness'].includes(one.failure.kind)) || scope.readings.services.some((one) => names.has(one.name) && isServiceUnwell(one));
}

/** As last applied; else the one label value that is on no pod and almost the caller's. */
function repair(scope: Scope, policy: NetworkPolicy, calls: readonly BlockedCall[]): { action: Action; words: string } | undefined {
  const first = calls[0];
  if (first?.direction !== 'ingress') return undefined;
  const patch = (type: 'merge' | 'json', value: unknown): Action => ({ kind: 'kubectl.patch', ...at(scope), resource: 'networkpolicy', name: policy.name, type, patch: JSON.stringify(value) });
  if (policy.applied?.ingress !== undefined && policy.applied.ingress.some((rule) => allows(rule, first.caller.template.labels, portsOf(first.service, first.called)))) {
    return { action: patch('merge', { spec: { ingress: JSON.parse(policy.applied.raw) as unknown } }), words: 'What was last applied to it allowed the call.' };
  }
  const caller = first.caller.template.labels;
  const slips = (policy.ingress ?? []).flatMap((rule, i) => rule.peers.flatMap((peer, j) => Object.entries(peer.pods?.labels ?? {}).filter(([key, value]) => {
    const onNobody = !scope.namespace.workloads.value.some((one) => one.template.labels[key] === value);
    return onNobody && Object.hasOwn(caller, key) && isNear(caller[key] ?? '', value) && selects({ labels: { ...peer.pods?.labels, [key]: caller[key] ?? '' }, expressions: peer.pods?.expressions ?? [] }, caller);
  }).map(([key, value]) => ({ path: `/spec/ingress/${i}/from/${j}/podSelector/matchLabels/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, value, right: caller[key] ?? '' }))));
  const slip = slips[0];
  if (slip === undefined || slips.length > 1) return undefined;
  return { action: patch('json', [{ op: 'test', path: slip.path, value: slip.value }, { op: 'replace', path: slip.path, value: slip.right }]), words: `It lets in ${slip.value}, which is on no workload, and ${slip.right} is almost the same.` };
}
