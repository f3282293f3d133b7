/** Everything but workloads and pods as lines that an engineer reads and a finding quotes. */
import type { Autoscaler, Budget, Claim, ClusterEvent, ClusterNode, ConfigMap, CronJob, CustomResource, FieldChange, HelmRelease, IngressBackend, Job, KubernetesService, Labels, LabelSelector, NetworkPolicy, PolicyRule, Quota } from '../../../rules/cluster-readings.ts';

const none = (lines: string[], words: string): string => (lines.length === 0 ? `(no ${words})` : lines.join('\n'));

export function serviceLines(services: readonly KubernetesService[]): string {
  const lines = services.map((one) => `service ${one.name}: ${one.type}${one.externalName === undefined ? '' : ` to ${one.externalName}`}, selects ${pairs(one.selector) || '(nothing)'}, ports ${one.ports.map((port) => `${port.name === undefined ? '' : `${port.name} `}${port.port} -> ${port.target}`).join(', ') || '(none)'}${one.endpoints === undefined ? '' : `, ${one.endpoints.ready} ready endpoints, ${one.endpoints.notReady} not ready`}${changeText(one.changes, /^spec\//)}`);
  return none(lines, 'services');
}

export function ingressLines(backends: readonly IngressBackend[]): string {
  return none(backends.map((one) => `ingress ${one.ingress}: ${one.host}${one.path} -> service ${one.service}:${one.port}${one.className === undefined ? '' : `, class ${one.className}`}`), 'ingresses');
}

export function policyLines(policies: readonly NetworkPolicy[]): string {
  const rules = (direction: string, found: PolicyRule[] | undefined): string[] => (found === undefined ? [] : [`  ${direction}: ${found.length === 0 ? 'nothing is allowed' : found.map(ruleText).join('; ')}`]);
  return none(policies.flatMap((one) => [`networkpolicy ${one.name}: for pods ${selectorText(one.pods) || '(all)'}${changeText(one.changes, /^spec\//)}`, ...rules('ingress', one.ingress), ...rules('egress', one.egress), ...Object.entries(one.annotations ?? {}).slice(0, 5).map(([key, value]) => `  annotation ${key}: ${value.replace(/\s+/g, ' ').trim().slice(0, 200)}`)]), 'network policies');
}

export function ruleText({ peers, ports }: PolicyRule): string {
  const who = peers.length === 0 ? 'anybody' : peers.map((peer) => (peer.addresses === undefined ? undefined : `${peer.addresses}${peer.except === undefined ? '' : ` except ${peer.except.join(', ')}`}`) ?? ([peer.namespaces === undefined ? '' : `namespaces ${selectorText(peer.namespaces) || '(all)'}`, peer.pods === undefined ? '' : `pods ${selectorText(peer.pods) || '(all)'}`].filter((part) => part !== '').join(' in '))).join(' or ');
  return `${who} on ${ports.length === 0 ? 'any port' : ports.map((one) => `${one.protocol} ${one.port ?? 'any'}${one.endPort === undefined ? '' : `-${one.endPort}`}`).join(', ')}`;
}

export function selectorText({ labels, expressions }: LabelSelector): string {
  return [pairs(labels), ...expressions.map((one) => `${one.key} ${one.operator}${one.values.length === 0 ? '' : ` (${one.values.join(', ')})`}`)].filter((part) => part !== '').join(', ');
}

export function claimLines(claims: readonly Claim[]): string {
  return none(claims.map((one) => `persistentvolumeclaim ${one.name}: ${one.phase}, storage class ${one.storageClass ?? '(none)'}${one.createdAt === undefined ? '' : `, made ${one.createdAt}`}`), 'persistent volume claims');
}

export function autoscalerLines(autoscalers: readonly Autoscaler[]): string {
  return none(autoscalers.flatMap((one) => [
    `horizontalpodautoscaler ${one.name}: for ${one.target.kind} ${one.target.name}, ${one.current} replicas now, wants ${one.desired}, between ${one.minimum} and ${one.maximum}`,
    ...one.conditions.filter((condition) => condition.message !== '').map((condition) => `  ${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`),
  ]), 'autoscalers');
}

export function quotaLines(quotas: readonly Quota[]): string {
  return none(quotas.map((one) => `resourcequota ${one.name}: ${Object.entries(one.hard).map(([name, hard]) => `${name} ${one.used[name] ?? '0'} of ${hard}`).join(', ')}${changeText(one.changes, /^spec\//)}`), 'quotas');
}

export function budgetLines(budgets: readonly Budget[]): string {
  return none(budgets.map((one) => `poddisruptionbudget ${one.name}: for pods ${selectorText(one.selector)}, ${one.currentHealthy} healthy, wants ${one.desiredHealthy} of ${one.expectedPods}`), 'disruption budgets');
}

export function jobLines({ jobs, cronJobs }: { jobs: readonly Job[]; cronJobs: readonly CronJob[] }): string {
  return none([
    ...cronJobs.map((one) => `cronjob ${one.name}: schedule ${one.schedule}${one.suspended ? ', suspended' : ''}, last run ${one.lastScheduled ?? '(never)'}, last success ${one.lastSuccessful ?? '(never)'}`),
    ...jobs.flatMap((one) => [
      `job ${one.name}${one.cronJob === undefined ? '' : ` of cronjob ${one.cronJob}`}: ${one.active} active, ${one.succeeded} succeeded, ${one.failed} failed pods${one.createdAt === undefined ? '' : `, made ${one.createdAt}`}`,
      ...one.conditions.filter((condition) => condition.message !== '' && condition.status === 'True').map((condition) => `  ${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`),
    ]),
  ], 'jobs');
}

const longestValue = 160;
const longestCorefile = 4_000;

/** Short values only; the redactor hides what looks like a secret. */
export function configMapLines(maps: readonly ConfigMap[]): string {
  const newest = (one: ConfigMap): string => one.changes[0]?.at ?? '';
  const sorted = maps.filter((one) => one.name !== 'kube-root-ca.crt').sort((left, right) => (newest(left) < newest(right) ? 1 : -1));
  return none(sorted.flatMap((one) => [
    `configmap ${one.name}: ${one.keys.length} keys${one.createdAt === undefined ? '' : `, made ${one.createdAt}`}${one.release === undefined ? '' : `, Helm release ${one.release}`}${changeText(one.changes, /^(?:data|binaryData)\//)}`,
    ...Object.entries(one.data).filter(([, value]) => value.length <= longestValue && !value.includes('\n')).map(([key, value]) => `  ${key}=${value}`),
    ...(one.data['Corefile']?.length ?? Infinity) <= longestCorefile ? (one.data['Corefile'] ?? '').split('\n').filter((line) => line.trim() !== '').map((line) => `  Corefile: ${line}`) : [],
  ]), 'ConfigMaps');
}

/** Only writes that touched the fields: what is asked about is who changed what it does. */
function changeText(changes: readonly FieldChange[], fields: RegExp): string {
  const newest = changes.find((one) => one.subresource === undefined && one.fields.some((field) => fields.test(field)));
  if (newest === undefined || newest.at === '') return '';
  const names = [...new Set(newest.fields.filter((field) => fields.test(field)).map((field) => field.replace(/^(?:data|binaryData)\//, '')))];
  return `, last written ${newest.at} by ${newest.manager} (${names.slice(0, 6).join(', ').slice(0, 200)}${names.length > 6 ? ', ...' : ''})`;
}

const mostEvents = 50;

/** Warnings first: they say why; then what was scaled and done. */
export function eventLines(events: readonly ClusterEvent[]): string {
  const warnings = events.filter((one) => one.type !== 'Normal');
  const others = events.filter((one) => one.type === 'Normal' && /^(?:ScalingReplicaSet|SuccessfulRescale|SuccessfulDelete|Killing|Scheduled|NodeNot|Cordon)/.test(one.reason));
  const lines = [...warnings.slice(0, mostEvents), ...others.slice(0, 12)].map((one) => `${one.last ?? '-'} ${one.type} ${one.reason} ${one.kind.toLowerCase()}/${one.name} (${one.count} times): ${one.message.slice(0, 400)}`);
  return none(lines, 'events of note');
}

export function nodeLines(nodes: readonly ClusterNode[]): string {
  return none(nodes.flatMap((one) => [
    `node ${one.name}: ${one.conditions.find((condition) => condition.type === 'Ready')?.status === 'True' ? 'Ready' : 'not Ready'}${one.unschedulable ? ', cordoned (unschedulable)' : ''}, allocatable cpu ${one.allocatable['cpu'] ?? '?'}, memory ${one.allocatable['memory'] ?? '?'}, pods ${one.allocatable['pods'] ?? '?'}${one.taints.length === 0 ? '' : `, taints ${one.taints.map((taint) => `${taint.key}${taint.value === '' ? '' : `=${taint.value}`}:${taint.effect}`).join(', ')}`}${one.unschedulable ? changeText(one.changes ?? [], /^spec\/unschedulable$/) : ''}`,
    ...one.conditions.filter((condition) => (condition.type === 'Ready') !== (condition.status === 'True')).map((condition) => `  ${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`),
  ]), 'nodes');
}

export function customLines(resources: readonly CustomResource[]): string {
  return none(resources.flatMap((one) => [
    `${one.kind} ${one.name}${one.createdAt === undefined ? '' : `, made ${one.createdAt}`}`,
    ...(one.phase === undefined ? [] : [`  ${one.kind} ${one.name} says ${one.phase}${one.phaseMessage === undefined ? '' : `: ${one.phaseMessage.replace(/\s+/g, ' ').slice(0, 300)}`}`]),
    ...(one.observedGeneration === undefined || one.observedGeneration >= (one.generation ?? 0) ? [] : [`  ${one.kind} ${one.name} is of generation ${one.generation}, its controller has seen ${one.observedGeneration}`]),
    ...one.conditions.map((condition) => `  ${condition.type}=${condition.status} ${condition.reason}: ${condition.message.replace(/\s+/g, ' ').slice(0, 300)}`),
    ...(one.spec === undefined ? [] : [`  ${one.kind} ${one.name} asks for ${JSON.stringify(one.spec).slice(0, 400)}`]),
  ]), 'custom resources');
}

export function releaseLines(releases: readonly HelmRelease[]): string {
  return none(releases.flatMap((one) => [
    `release ${one.name}: revision ${one.revision}, ${one.status}, updated ${one.updated}`,
    ...one.history.slice(-6).reverse().map((entry) => `  revision ${entry.revision}: ${entry.status}, ${entry.chart}, ${entry.updated}: ${entry.description.replace(/\s+/g, ' ').slice(0, 200)}`),
  ]), 'Helm releases');
}

function pairs(labels: Labels): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',');
}
