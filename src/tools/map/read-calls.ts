/** What shows who calls whom: status documents, metrics, and the configuration and logs of a cluster's workloads. Values of variables stay here; only hosts and ports leave. */
import type { ClusterTarget, ServiceTarget, Targets } from '../../config/targets.ts';
import type { Evidence } from '../../incident/types.ts';
import type { ClusterReading, KubernetesService, NamespaceReading, Workload } from '../../rules/cluster-readings.ts';
import { hostsInError, hostsInValue } from '../../rules/hosts.ts';
import { referencesOf, servicesOfTemplate, settingsOf } from '../../rules/kubernetes/dependencies.ts';
import type { Scope } from '../../rules/kubernetes/scope.ts';
import { logErrors } from '../../rules/service/errors.ts';
import type { ServiceReading, WorkloadStatus } from '../../rules/readings.ts';
import { hostOf } from '../http/allowed-url.ts';
import { probe } from '../http/request.ts';
import { urlBelow } from '../http/service-url.ts';
import { logsArgv } from '../kubectl/argv.ts';
import type { Client } from '../kubectl/client.ts';
import { parseMetrics } from '../metrics/parse-metrics.ts';
import { listKinds } from '../readings/cluster/ask.ts';
import { describeNamespace } from '../readings/cluster/namespace.ts';
import { parseStatusDocument } from '../readings/workload-status.ts';
import type { Call } from './map-text.ts';

export interface Seen {
  calls: Call[];
  /** Services whose configuration was read. */
  read: string[];
  unread: string[];
}

/** Only what is read matters here; the map itself becomes evidence. */
const noEvidence: Evidence = { id: '', specialist: 'service', tool: 'service_map', command: '', text: '', failed: false, hash: '', at: '' };

const timeoutMilliseconds = 5_000;
const mostLogs = 16;
const logLines = 300;

/** What its supervisor says of a service. */
export async function fromStatus(service: ServiceTarget, url: string, signal: AbortSignal): Promise<Seen> {
  const headers: Record<string, string> = service.statusToken === undefined ? {} : { authorization: `Bearer ${service.statusToken.reveal()}` };
  const { status, body, bodyTruncated } = await probe(url, { timeoutMilliseconds, signal, headers, allowedHosts: [hostOf(new URL(url))], maxBytes: 1024 * 1024 });
  if (status !== 200 || bodyTruncated) return { calls: [], read: [], unread: [`the status document of ${service.name}`] };
  const value = parseStatusDocument(body);
  return { calls: callsOfStatus(service.name, value), read: [service.name], unread: [] };
}

export function callsOfStatus(from: string, value: WorkloadStatus): Call[] {
  const variables = Object.entries(value.revisions.at(-1)?.environment ?? {});
  const configured = variables.flatMap(([name, text]) => hostsInValue(text).map((place): Call => ({ from, ...place, how: 'configuration', detail: name })));
  const reading: ServiceReading = { name: from, dependsOn: [], databases: [], latencyBudgetMilliseconds: 0, checks: [], unread: [], workload: { value, evidence: noEvidence } };
  return [...configured, ...errorCalls(from, logErrors(reading))];
}

function errorCalls(from: string, lines: readonly string[]): Call[] {
  return lines.flatMap((line) => hostsInError(line).map((place): Call => ({ from, ...place, how: 'errors', detail: line })));
}

/** Labels in which clients' metrics name whom they called. */
const peerLabels = new Set(['upstream', 'upstream_host', 'upstream_name', 'peer', 'peer_service', 'peer_address', 'net_peer_name', 'server_address', 'target', 'target_host', 'destination', 'destination_service', 'destination_host', 'remote_service', 'remote_host', 'backend', 'dependency', 'callee']);

/** Nothing where the service exposes no metrics: most do not. */
export async function fromMetrics(service: ServiceTarget, signal: AbortSignal): Promise<Call[]> {
  const url = urlBelow(service.url, '/metrics');
  if (url === undefined) return [];
  const { status, body } = await probe(url.href, { timeoutMilliseconds, signal, allowedHosts: [hostOf(url)], maxBytes: 4 * 1024 * 1024 });
  return status === 200 ? callsOfMetrics(service.name, body) : [];
}

export function callsOfMetrics(from: string, text: string): Call[] {
  const seen = parseMetrics(text).families.flatMap((family) => family.samples.flatMap(({ labels, value }) => (value > 0 ? labels.filter(([name, host]) => peerLabels.has(name) && host !== '').flatMap(([, host]) => placesIn(host).map((place): Call => ({ from, ...place, how: 'metrics', detail: family.name }))) : [])));
  return [...new Map(seen.map((call) => [JSON.stringify(call), call])).values()];
}

/** `host:port`, a URL, or a bare name. */
function placesIn(text: string): { host: string; port?: number }[] {
  const found = hostsInValue(text);
  return found.length > 0 || !/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text) ? found : [{ host: text }];
}

/** One namespace of a cluster: what its workloads are configured to call, and what their newest errors name. */
export async function fromNamespace(client: Client, place: { cluster: ClusterTarget; namespace: string }, targets: Targets, signal: AbortSignal): Promise<Seen> {
  const where = `namespace ${place.namespace} of cluster ${place.cluster.name}`;
  const listed = await listKinds(client, place, ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'services', 'configmaps'], signal);
  if (listed.failure !== undefined) return { calls: [], read: [], unread: [`${where}: ${listed.failure}`] };
  const namespace = await describeNamespace({ namespace: place.namespace, record: async () => noEvidence }, listed, [], []);
  const seen = callsOfNamespace(namespace, place.cluster.name, targets);
  const unread = listed.missing.map(({ kind }) => `${kind.split('.')[0] ?? kind} of ${where}`);
  const workloads = namespace.workloads.value.slice(0, mostLogs);
  const errors = await Promise.all(workloads.map(async (workload): Promise<Call[]> => {
    const answer = await client(place, (at) => logsArgv(at, { kind: workload.kind.toLowerCase(), name: workload.name, tail: logLines, since: '15m' }), { maxBytes: 256 * 1024, signal });
    return answer.failed ? [] : errorCalls(callerName(workload, scopeOf(namespace, place.cluster.name, targets)), answer.text.split('\n').map((line) => line.replace(/^\S+Z /, '')));
  }));
  return { calls: [...seen.calls, ...errors.flat()], read: seen.read, unread };
}

export function callsOfNamespace(namespace: NamespaceReading, cluster: string, targets: Targets): { calls: Call[]; read: string[] } {
  const scope = scopeOf(namespace, cluster, targets);
  const calls = namespace.workloads.value.flatMap((workload) => {
    const from = callerName(workload, scope);
    const written = ({ variable, map }: { variable: string; map?: { name: string; key: string } }): string => (map === undefined ? variable : `${variable} of ConfigMap ${map.name}`);
    const inside = referencesOf(workload.template, scope).map(({ host, port, setting, service }): Call => ({ from, host: service?.name ?? host, ...withPort(port, service), how: 'configuration', detail: written(setting) }));
    const known = new Set(inside.map(({ detail }) => detail));
    const outside = settingsOf(workload.template, scope).filter((setting) => !known.has(written(setting))).flatMap((setting) => hostsInValue(setting.value).map((place): Call => ({ from, ...place, how: 'configuration', detail: written(setting) })));
    return [...inside, ...outside];
  });
  return { calls, read: namespace.workloads.value.map((workload) => callerName(workload, scope)) };
}

function scopeOf(namespace: NamespaceReading, cluster: string, targets: Targets): Scope {
  const reading: ClusterReading = { name: cluster, namespaces: [namespace], unread: [] };
  return { cluster: reading, namespace, place: namespace.namespace, readings: { services: [], databases: [], hosts: [] }, targets };
}

function withPort(port: number | undefined, service: KubernetesService | undefined): { port?: number } {
  const found = port ?? (service?.ports.length === 1 ? service.ports[0]?.port : undefined);
  return found === undefined ? {} : { port: found };
}

/** The service of sre-agent.yaml behind which it stands, or else itself. */
function callerName(workload: Workload, scope: Scope): string {
  const fronts = servicesOfTemplate(workload.template, scope).map(({ name }) => name);
  const own = scope.targets.services.find(({ name, url }) => fronts.includes(name) || name === workload.name || (URL.canParse(url) && fronts.includes(new URL(url).hostname.split('.')[0] ?? '')));
  return own?.name ?? `${workload.kind.toLowerCase()}/${workload.name}`;
}
