/** One namespace: everything in it that rules look at, from two calls of kubectl, as compact evidence. */
import type { NamespaceReading, PodLog } from '../../../rules/cluster-readings.ts';
import type { Observed, Unread } from '../../../rules/readings.ts';
import { driftLines } from '../../../rules/kubernetes/drift-words.ts';
import type { Evidence } from '../../../incident/types.ts';
import { eventsArgv, shownCommand } from '../../kubectl/argv.ts';
import type { Client } from '../../kubectl/client.ts';
import type { Place } from '../../kubectl/place.ts';
import type { RecordEvidence } from '../../tool.ts';
import { listKinds } from './ask.ts';
import type { Listed } from './ask.ts';
import { accessKinds, accessLines, accessOf } from './access-objects.ts';
import { readCustomResources } from './custom.ts';
import { driftsOf } from './drift.ts';
import { items } from './fields.ts';
import { autoscalerLines, budgetLines, claimLines, configMapLines, customLines, eventLines, ingressLines, jobLines, policyLines, quotaLines, releaseLines, serviceLines } from './lines.ts';
import { readFailingLogs } from './logs.ts';
import { keptOf } from './kept-objects.ts';
import { ingressBackendsOf, policiesOf, servicesOf } from './network-objects.ts';
import { autoscalersOf, budgetsOf, claimsOf, configMapsOf, cronJobsOf, eventsOf, jobsOf, ofKind, quotasOf } from './other-objects.ts';
import { podOf } from './pod-objects.ts';
import type { ReadReleases } from './releases.ts';
import { podLines, workloadLines } from './workload-lines.ts';
import { workloadsOf } from './workload-objects.ts';

const kinds = [
  'deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps', 'controllerrevisions.apps', 'jobs.batch', 'cronjobs.batch', 'pods', 'services', 'endpointslices.discovery.k8s.io',
  'ingresses.networking.k8s.io', 'networkpolicies.networking.k8s.io', 'persistentvolumeclaims', 'horizontalpodautoscalers.autoscaling', 'resourcequotas', 'poddisruptionbudgets.policy', 'configmaps',
];

/** What is unwell, as far as services and people say. */
export interface Reported {
  /** Names of services whose checks fail: the logs of their pods say why, even when they are ready. */
  unwell: Promise<readonly string[]>;
  /** What was reported; the logs of workloads that it names are read. */
  about: string;
}

export interface NamespaceParts extends Reported {
  client: Client;
  place: Place & { namespace: string };
  record: RecordEvidence;
  signal: AbortSignal;
  /** Undefined: helm isn't there. */
  releases: ReadReleases | undefined;
}

/** Rejects only when `signal` was aborted or recording failed. Undefined with the reason in `unread` when nothing could be read. */
export async function readNamespace(parts: NamespaceParts): Promise<{ reading?: NamespaceReading; unread: Unread[] }> {
  const { client, place, signal } = parts;
  const where = `namespace ${place.namespace} of cluster ${place.cluster.name}`;
  const [listed, events, custom, access] = await Promise.all([listKinds(client, place, kinds, signal), readEvents(client, place, signal), readCustomResources(client, place, signal), listKinds(client, place, [...accessKinds, 'limitranges'], signal)]);
  if (listed.failure !== undefined) return { unread: [{ what: where, message: listed.failure }] };
  const missing = [...listed.missing, ...events.missing];
  const reading = await describeNamespace({ ...(place.cluster.context === undefined ? {} : { context: place.cluster.context }), namespace: place.namespace, record: parts.record }, { objects: [...listed.objects, ...access.objects], missing: listed.missing }, events.objects, custom);
  // Not to see them is common and no gap by itself.
  if (reading.access !== undefined) reading.access.value.missing = access.failure === undefined ? access.missing.map(({ kind }) => kind) : [...accessKinds];
  reading.missing = missing.map((one) => one.kind);
  const unread = missing.map(({ kind, message }): Unread => ({ what: `${kind.split('.')[0]} in ${where}`, message }));
  const [logs, releases] = await Promise.all([readFailingLogs(parts, reading), readHelm(parts, reading)]);
  reading.logs = logs.logs;
  if (releases.observed !== undefined) reading.releases = releases.observed;
  return { reading, unread: [...unread, ...logs.unread, ...releases.unread] };
}

async function readEvents(client: Client, place: Place, signal: AbortSignal): Promise<Listed> {
  const answer = await client(place, (at) => eventsArgv(at, {}), { maxBytes: 16 * 1024 * 1024, signal });
  const failed = (message: string): Listed => ({ objects: [], missing: [{ kind: 'events', message }] });
  if (answer.failed || answer.truncated) return failed(answer.failed ? (answer.text.trim().split('\n')[0] ?? '') : 'there are too many to be read');
  try {
    return { objects: items(JSON.parse(answer.text) as unknown, 'items'), missing: [] };
  } catch {
    return failed('the answer was no JSON');
  }
}

/** Parts without a call of their own share one piece of evidence by theme. */
export async function describeNamespace({ namespace, context, record }: { context?: string; namespace: string; record: RecordEvidence }, { objects, missing }: Pick<Listed, 'objects' | 'missing'>, eventObjects: readonly unknown[], custom: NamespaceReading['customResources']['value']): Promise<NamespaceReading> {
  const keep = (tool: string, what: string, output: string): Promise<Evidence> => record('kubernetes', tool, { command: shownCommand({ context, namespace }, ['get', what, '-o', 'json']), output });
  const workloads = workloadsOf(objects);
  const pods = ofKind(objects, 'Pod').map(podOf);
  const services = servicesOf(objects, !missing.some(({ kind }) => kind.startsWith('endpointslices')));
  const [ingresses, policies, claims, autoscalers, quotas, budgets] = [ingressBackendsOf(objects), policiesOf(objects), claimsOf(objects), autoscalersOf(objects), quotasOf(objects), budgetsOf(objects)];
  const jobs = { jobs: jobsOf(objects), cronJobs: cronJobsOf(objects) };
  const configMaps = configMapsOf(objects);
  const events = eventsOf(eventObjects);
  const workloadEvidence = await keep('kubectl_workloads', 'deployments,replicasets,statefulsets,daemonsets,controllerrevisions', workloadLines(workloads));
  const podEvidence = await keep('kubectl_pods', 'pods', podLines(pods));
  const network = await keep('kubectl_network', 'services,endpointslices,ingresses,networkpolicies', [serviceLines(services), ingressLines(ingresses), policyLines(policies)].join('\n'));
  const resources = await keep('kubectl_resources', 'persistentvolumeclaims,horizontalpodautoscalers,resourcequotas,poddisruptionbudgets,jobs,cronjobs', [claimLines(claims), autoscalerLines(autoscalers), quotaLines(quotas), budgetLines(budgets), jobLines(jobs)].join('\n'));
  const configuration = await keep('kubectl_configmaps', 'configmaps', configMapLines(configMaps));
  const eventEvidence = await keep('kubectl_events', 'events', eventLines(events));
  const customEvidence = custom.length === 0 ? network : await keep('kubectl_custom_resources', [...new Set(custom.map((one) => one.kind))].join(','), customLines(custom));
  const drift = [...driftsOf(objects), ...custom.flatMap((one) => one.drift ?? [])];
  const driftEvidence = drift.length === 0 ? configuration : await keep('kubectl_drift', 'all', driftLines(drift));
  const access = accessOf(objects, []);
  const accessEvidence = access.roles.length === 0 && access.accounts.length === 0 ? configuration : await keep('kubectl_access', 'serviceaccounts,roles,rolebindings', accessLines(access));
  const seen = <T>(value: T, evidence: Evidence): Observed<T> => ({ value, evidence });
  return {
    namespace, at: new Date().toISOString(), missing: [], logs: [],
    workloads: seen(workloads, workloadEvidence), pods: seen(pods, podEvidence),
    services: seen(services, network), ingresses: seen(ingresses, network), policies: seen(policies, network),
    claims: seen(claims, resources), autoscalers: seen(autoscalers, resources), quotas: seen(quotas, resources), budgets: seen(budgets, resources), jobs: seen(jobs, resources),
    configMaps: seen(configMaps, configuration), events: seen(events, eventEvidence), customResources: seen(custom, customEvidence), releases: seen([], workloadEvidence),
    drift: seen(drift, driftEvidence), access: seen(access, accessEvidence), kept: keptOf(objects),
  };
}

/** Only where something of a release is there; that it can't be read matters only then. */
async function readHelm({ releases, place, record, signal }: NamespaceParts, reading: NamespaceReading): Promise<{ observed?: NamespaceReading['releases']; unread: Unread[] }> {
  const names = [...new Set([...reading.workloads.value, ...reading.configMaps.value].flatMap((one) => (one.release === undefined ? [] : [one.release])))];
  if (names.length === 0 || releases === undefined) return { unread: [] };
  const { value, problem } = await releases(place, signal);
  if (problem !== undefined) {
    const sick = reading.workloads.value.some((one) => one.release !== undefined && one.available < one.desired);
    return { unread: sick ? [{ what: `Helm releases in namespace ${place.namespace} of cluster ${place.cluster.name}`, message: problem }] : [] };
  }
  const evidence = await record('kubernetes', 'helm_releases', { command: shownCommand({ context: place.cluster.context, namespace: place.namespace }, ['history', ...names.slice(0, 1), '--max', '20'], 'helm'), output: releaseLines(value) });
  return { observed: { value, evidence }, unread: [] };
}

export type LogsRead = { logs: Observed<PodLog>[]; unread: Unread[] };
