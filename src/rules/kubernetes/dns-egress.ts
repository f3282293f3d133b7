/** Egress policies that let pods connect and do not let them ask the cluster's DNS: every lookup of a name hangs. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { NetworkPolicy, PolicyPeer, PolicyRule, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { isServiceUnwell } from '../service/health.ts';
import { count, list } from '../words.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { driftFor, driftQuotes, driftWords, restoring } from './drift.ts';
import { selects } from './labels.ts';
import { at, isMissing, namespaceRule, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';

export const dnsEgress = namespaceRule('dns-egress', (scope) => {
  if (isMissing(scope, 'networkpolicies')) return [];
  const found = new Map<NetworkPolicy, Workload[]>();
  for (const workload of scope.namespace.workloads.value) {
    const policy = withoutDns(scope, workload);
    if (policy !== undefined) found.set(policy, [...(found.get(policy) ?? []), workload]);
  }
  return [...found].map(([policy, workloads]) => describe(scope, policy, workloads));
});

/** The egress policy on its pods that should let it ask; undefined when one does, or none restricts them. A policy that lets nothing out means to. */
export function withoutDns({ namespace }: Scope, { template, desired }: Workload): NetworkPolicy | undefined {
  const applying = namespace.policies.value.filter((one) => one.egress !== undefined && selects(one.pods, template.labels));
  if (desired === 0 || applying.some((one) => (one.egress ?? []).some(asksDns))) return undefined;
  return applying.filter((one) => (one.egress ?? []).length > 0).sort((left, right) => specificity(right) - specificity(left))[0];
}

const specificity = ({ pods }: NetworkPolicy): number => Object.keys(pods.labels).length + pods.expressions.length;

function asksDns({ peers, ports }: PolicyRule): boolean {
  const portFits = ports.length === 0 || ports.some((one) => one.protocol === 'UDP' && (one.port === undefined || typeof one.port === 'string' || one.port === 53 || (one.port < 53 && (one.endPort ?? 0) >= 53)));
  return portFits && (peers.length === 0 || peers.some(mayBeDns));
}

/** An address may be the DNS server's; pods of the same namespace are not. */
function mayBeDns({ addresses, namespaces }: PolicyPeer): boolean {
  if (addresses !== undefined) return true;
  const name = namespaces?.labels['kubernetes.io/metadata.name'];
  return namespaces !== undefined && (name === undefined || name === 'kube-system');
}

function describe(scope: Scope, policy: NetworkPolicy, workloads: readonly Workload[]): FindingBody {
  const suffering = workloads.filter((one) => suffers(scope, one));
  const drift = driftFor(scope, 'networkpolicy', policy.name);
  const fields = drift?.fields.filter(({ path }) => path.startsWith('spec.')) ?? [];
  const names = list(workloads.slice(0, 3).map((one) => one.name));
  return {
    severity: suffering.length > 0 ? 'critical' : 'info',
    resource: resourceOf(scope, 'networkpolicy', policy.name),
    mechanism: 'network-policy-blocks-dns',
    title: `NetworkPolicy ${policy.name} does not let ${names} ask the cluster's DNS (UDP port 53)`,
    explanation: `It lists what ${count(workloads.length, 'workload')} may connect to, and no policy on these pods allows lookups, so every name of a service hangs. ${suffering.length === 0 ? 'Nothing is seen to suffer from it now.' : `${list(suffering.slice(0, 3).map((one) => one.name))} ${suffering.length === 1 ? 'suffers' : 'suffer'}.`} ${drift === undefined || fields.length === 0 ? 'What it was is not noted; to allow lookups, and nothing else, is the mildest change.' : `${driftWords({ fields })}.`}`,
    confidence: suffering.length > 0 ? 0.92 : 0.6,
    quotes: [...(drift === undefined ? [] : driftQuotes(scope, { ...drift, fields })), ...quoteLine(scope.namespace.policies.evidence, `networkpolicy ${policy.name}:`)],
    ...(suffering.length === 0 ? {} : { remedy: (drift === undefined || fields.length === 0 ? undefined : restoring(scope, drift, fields)) ?? lookups(scope, policy) }),
  };
}

function suffers(scope: Scope, workload: Workload): boolean {
  const names = new Set(servicesOfTemplate(workload.template, scope).map((one) => one.name));
  return troublesOf(scope).some((one) => one.workload === workload && ['crash', 'unready', 'liveness', 'init'].includes(one.failure.kind)) || scope.readings.services.some((one) => names.has(one.name) && isServiceUnwell(one));
}

function lookups(scope: Scope, { name }: NetworkPolicy): Action {
  const rule = { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }], ports: [{ protocol: 'UDP', port: 53 }, { protocol: 'TCP', port: 53 }] };
  return { kind: 'kubectl.patch', ...at(scope), resource: 'networkpolicy', name, type: 'json', patch: JSON.stringify([{ op: 'add', path: '/spec/egress/-', value: rule }]) };
}
