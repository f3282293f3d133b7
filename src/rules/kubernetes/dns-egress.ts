/** Egress policies that let pods connect and do not let them ask the cluster's DNS: every lookup of a name hangs. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { FieldChange, NetworkPolicy, PolicyPeer, PolicyRule, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { timeWords, unknownNameWords } from '../service/error-words.ts';
import { errorTexts } from '../service/errors.ts';
import { isServiceUnwell } from '../service/health.ts';
import { count, list } from '../words.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { driftFor, driftQuotes, driftWords, restoring } from './drift.ts';
import { selects } from './labels.ts';
import { logsOf, podsOf } from './pods.ts';
import { at, isMissing, namespaceRule, recentSeconds, resourceOf, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';
import { isSettled } from './who-wrote.ts';

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

/** OpenShift's listens on 5353 behind its Service, and policies are about the pods' own ports. */
function asksDns({ peers, ports }: PolicyRule): boolean {
  const open = (wanted: number): boolean => ports.length === 0 || ports.some((one) => one.protocol === 'UDP' && (one.port === undefined || typeof one.port === 'string' || one.port === wanted || (one.port < wanted && (one.endPort ?? 0) >= wanted)));
  return (open(53) && (peers.length === 0 || peers.some(mayBeDns))) || (open(5353) && (peers.length === 0 || peers.some(({ namespaces }) => namespaces?.labels[nameLabel] === openshift)));
}

const nameLabel = 'kubernetes.io/metadata.name';
const openshift = 'openshift-dns';

/** An address may be the DNS server's; pods of the same namespace are not. */
function mayBeDns({ addresses, namespaces }: PolicyPeer): boolean {
  if (addresses !== undefined) return true;
  const name = namespaces?.labels[nameLabel];
  return namespaces !== undefined && (name === undefined || name === 'kube-system' || name === openshift);
}

function describe(scope: Scope, policy: NetworkPolicy, workloads: readonly Workload[]): FindingBody {
  const suffering = workloads.filter((one) => suffers(scope, one));
  const drift = driftFor(scope, 'networkpolicy', policy.name);
  const fields = drift?.fields.filter(({ path }) => path.startsWith('spec.')) ?? [];
  const names = list(workloads.slice(0, 3).map((one) => one.name));
  const noted = drift === undefined || fields.length === 0 || suffering.length === 0 ? undefined : restoring(scope, drift, fields);
  const remedy = noted ?? (suffering.some((one) => complains(scope, one, wasEdited(scope, policy) ? hangs : speaksOfNames)) && !isSettled(scope, writeOf(policy)) ? lookups(scope, policy) : undefined);
  return {
    severity: suffering.length > 0 ? 'critical' : 'info',
    resource: resourceOf(scope, 'networkpolicy', policy.name),
    mechanism: 'network-policy-blocks-dns',
    title: `NetworkPolicy ${policy.name} does not let ${names} ask the cluster's DNS (UDP port 53)`,
    explanation: `It lists what ${count(workloads.length, 'workload')} may connect to, and no policy on these pods allows lookups, so every name of a service hangs. ${suffering.length === 0 ? 'Nothing is seen to suffer from it now.' : `${list(suffering.slice(0, 3).map((one) => one.name))} ${suffering.length === 1 ? 'suffers' : 'suffer'}.`} ${drift === undefined || fields.length === 0 ? 'What it was is not noted; to allow lookups, and nothing else, is the mildest change. Where a cache of its own answers on each node (169.254.20.10), that address has to be allowed too.' : `${driftWords({ fields })}.`}`,
    confidence: suffering.length > 0 ? 0.92 : 0.6,
    quotes: [...(drift === undefined ? [] : driftQuotes(scope, { ...drift, fields })), ...quoteLine(scope.namespace.policies.evidence, `networkpolicy ${policy.name}:`)],
    ...(remedy === undefined ? {} : { remedy }),
  };
}

const writeOf = ({ changes }: NetworkPolicy): FieldChange | undefined => changes.find((one) => one.subresource === undefined && one.fields.some((field) => field === 'spec' || field.startsWith('spec/')));

function suffers(scope: Scope, workload: Workload): boolean {
  const names = new Set(servicesOfTemplate(workload.template, scope).map((one) => one.name));
  return troublesOf(scope).some((one) => one.workload === workload && ['crash', 'unready', 'liveness', 'init'].includes(one.failure.kind)) || scope.readings.services.some((one) => names.has(one.name) && isServiceUnwell(one));
}

const speaksOfNames = new RegExp(`${unknownNameWords.source}|\\blookup \\S+[^\\n]{0,80}(?:timeout|timed out)|\\bdns\\b`, 'i');

/** A driver that waits for a name may say only that it waited: that will do where the policy was changed just before. */
const hangs = new RegExp(`${speaksOfNames.source}|${timeWords.source}`, 'i');

function wasEdited(scope: Scope, policy: NetworkPolicy): boolean {
  const write = writeOf(policy);
  return write !== undefined && secondsAgo(scope, write.at) < Math.min(recentSeconds, secondsAgo(scope, policy.createdAt) - 2);
}

function complains(scope: Scope, workload: Workload, words: RegExp): boolean {
  const { namespace, readings } = scope;
  const names = new Set(servicesOfTemplate(workload.template, scope).map((one) => one.name));
  return logsOf(namespace, podsOf(workload, namespace)).some(({ value }) => value.lines.slice(-60).some((line) => words.test(line))) || readings.services.some((one) => names.has(one.name) && isServiceUnwell(one) && errorTexts(one).some((text) => words.test(text)));
}

function lookups(scope: Scope, { name }: NetworkPolicy): Action {
  const isOpenshift = scope.cluster.namespaceNames?.includes(openshift) === true;
  const ports = (isOpenshift ? [53, 5353] : [53]).flatMap((port) => [{ protocol: 'UDP', port }, { protocol: 'TCP', port }]);
  const rule = { to: [{ namespaceSelector: { matchLabels: { [nameLabel]: isOpenshift ? openshift : 'kube-system' } } }], ports };
  return { kind: 'kubectl.patch', ...at(scope), resource: 'networkpolicy', name, type: 'json', patch: JSON.stringify([{ op: 'add', path: '/spec/egress/-', value: rule }]) };
}
