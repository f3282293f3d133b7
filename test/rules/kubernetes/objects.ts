/** Kubernetes objects for rule tests, and readings of them as the reader makes them. */
import type { ClusterReading, NamespaceReading, PodLog } from '../../../src/rules/cluster-readings.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import type { Observed, Readings } from '../../../src/rules/readings.ts';
import type { FindingBody } from '../../../src/incident/types.ts';
import { describeNamespace } from '../../../src/tools/readings/cluster/namespace.ts';
import { nodeLines } from '../../../src/tools/readings/cluster/lines.ts';
import { customResourcesOf } from '../../../src/tools/readings/cluster/custom-objects.ts';
import { nodesOf } from '../../../src/tools/readings/cluster/other-objects.ts';
import { evidence, memoryRecorder, targets as targetsOf } from '../readings-support.ts';

export const now = Date.now();
export const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

type Json = Record<string, unknown>;

export interface TemplateParts {
  image?: string;
  environment?: Record<string, string>;
  from?: string[];
  memory?: string;
  probe?: string;
  port?: { name: string; port: number };
  nodeSelector?: Record<string, string>;
  claim?: string;
}

export function template(app: string, { image = 'registry.local/app:1', environment = {}, from = [], memory, probe, port, nodeSelector, claim }: TemplateParts = {}): Json {
  return {
    metadata: { labels: { app } },
    spec: {
      containers: [{
        name: 'main', image,
        env: Object.entries(environment).map(([name, value]) => ({ name, value })),
        envFrom: from.map((name) => ({ configMapRef: { name } })),
        ...(memory === undefined ? {} : { resources: { limits: { memory } } }),
        ...(probe === undefined ? {} : { readinessProbe: { httpGet: { path: probe, port: 8080 } } }),
        ...(port === undefined ? {} : { ports: [{ name: port.name, containerPort: port.port }] }),
      }],
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(claim === undefined ? {} : { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }] }),
    },
  };
}

/** Revisions oldest first; the last is in force. `available` of each, the newest last. */
export function deployment(name: string, revisions: TemplateParts[], { replicas = 1, available = [0], conditions = [] }: { replicas?: number; available?: number[]; conditions?: Json[] } = {}): Json[] {
  const sets = revisions.map((parts, index) => ({
    kind: 'ReplicaSet',
    metadata: { name: `${name}-r${index + 1}`, creationTimestamp: ago(3600 / (index + 1)), annotations: { 'deployment.kubernetes.io/revision': String(index + 1) }, ownerReferences: [{ kind: 'Deployment', name, uid: `uid-${name}`, controller: true }] },
    spec: { replicas: available[index] ?? 0, template: template(name, parts) },
    status: { availableReplicas: available[index] ?? 0 },
  }));
  const total = available.reduce((sum, one) => sum + one, 0);
  return [{
    kind: 'Deployment',
    metadata: { name, uid: `uid-${name}`, generation: 2, labels: { app: name } },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, revisions.at(-1)) },
    status: { observedGeneration: 2, availableReplicas: total, readyReplicas: total, updatedReplicas: replicas, conditions },
  }, ...sets];
}

export interface PodParts {
  revision?: number;
  seconds?: number;
  phase?: string;
  ready?: boolean;
  state?: Json;
  last?: Json;
  restarts?: number;
  parts?: TemplateParts;
  conditions?: Json[];
  node?: string;
}

export function pod(app: string, { revision = 1, seconds = 300, phase = 'Running', ready = false, state = {}, last, restarts = 0, parts = {}, conditions = [], node = 'node1' }: PodParts): Json {
  return {
    kind: 'Pod',
    metadata: { name: `${app}-r${revision}-abcde`, labels: { app }, creationTimestamp: ago(seconds), ownerReferences: [{ kind: 'ReplicaSet', name: `${app}-r${revision}`, controller: true }] },
    spec: { ...(template(app, parts)['spec'] as Json), nodeName: node },
    status: { phase, podIP: '10.0.0.9', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }, ...conditions], containerStatuses: phase === 'Pending' && Object.keys(state).length === 0 ? [] : [{ name: 'main', image: parts.image ?? 'registry.local/app:1', ready, restartCount: restarts, state, ...(last === undefined ? {} : { lastState: { terminated: last } }) }] },
  };
}

export const well = (app: string, more: PodParts = {}): Json => pod(app, { ready: true, state: { running: { startedAt: ago(280) } }, ...more });
export const crashing = (app: string, more: PodParts = {}): Json => pod(app, { restarts: 5, state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }, last: { exitCode: 1, reason: 'Error', finishedAt: ago(20) }, ...more });

export function service(name: string, { selector = { app: name }, target = 8080, ready = 1 }: { selector?: Record<string, string>; target?: string | number; ready?: number } = {}): Json[] {
  const endpoints = Array.from({ length: ready }, () => ({ addresses: ['10.0.0.9'], conditions: { ready: true } }));
  return [
    { kind: 'Service', metadata: { name }, spec: { type: 'ClusterIP', clusterIP: '10.96.0.9', selector, ports: [{ name: 'http', port: 8080, targetPort: target }] } },
    { kind: 'EndpointSlice', metadata: { name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } }, endpoints },
  ];
}

export function configMap(name: string, data: Record<string, string>, { changed = [], applied, seconds = 60 }: { changed?: string[]; applied?: Record<string, string>; seconds?: number } = {}): Json {
  return {
    kind: 'ConfigMap',
    metadata: {
      name, creationTimestamp: ago(7200),
      managedFields: [{ manager: 'kubectl-edit', operation: 'Update', time: ago(seconds), fieldsV1: { 'f:data': Object.fromEntries(changed.map((key) => [`f:${key}`, {}])) } }],
      ...(applied === undefined ? {} : { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: applied }) } }),
    },
    data,
  };
}

export function event(kind: string, name: string, reason: string, message: string, { seconds = 10, count = 5, type = 'Warning' } = {}): Json {
  return { kind: 'Event', metadata: { name: `${name}.${reason}` }, involvedObject: { kind, name }, reason, message, type, count, firstTimestamp: ago(seconds + 30), lastTimestamp: ago(seconds) };
}

export interface ReadingParts {
  events?: Json[];
  logs?: Record<string, string[]>;
  nodes?: Json[];
  custom?: Json[];
  storageClasses?: string[];
  services?: Readings['services'];
  missing?: string[];
}

export const healthyNode: Json = { kind: 'Node', metadata: { name: 'node1' }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }] } };

export async function read(objects: readonly Json[] | readonly unknown[], { events = [], logs = {}, nodes = [healthyNode], custom = [], storageClasses = ['standard'], services = [], missing = [] }: ReadingParts = {}): Promise<Readings> {
  const { record } = memoryRecorder();
  let numbered = 0;
  const counted: typeof record = async (...all) => ({ ...(await record(...all)), id: `K${(numbered += 1)}` });
  const namespace: NamespaceReading = await describeNamespace({ namespace: 'shop', record: counted }, { objects: [...objects], missing: missing.map((kind) => ({ kind, message: 'forbidden' })) }, events, customResourcesOf(custom));
  namespace.missing = missing;
  namespace.logs = Object.entries(logs).map(([name, lines]): Observed<PodLog> => ({ value: { pod: name, container: 'main', previous: false, lines }, evidence: { ...evidence(lines.join('\n'), 'kubernetes'), id: `L${(numbered += 1)}` } }));
  const found = nodesOf(nodes);
  const cluster: ClusterReading = {
    name: 'main', namespaces: [namespace], unread: [], namespaceNames: ['shop', 'kube-system'],
    storageClasses: storageClasses.map((name) => ({ name, default: true })),
    nodes: { value: found, evidence: { ...evidence(nodeLines(found), 'kubernetes'), id: 'N1' } },
  };
  return { services, databases: [], hosts: [], clusters: [cluster] };
}

export async function findings(objects: readonly Json[] | readonly unknown[], parts: ReadingParts = {}, services: Parameters<typeof targetsOf>[0] = []): Promise<FindingBody[]> {
  return detectAll(await read(objects, parts), targetsOf(services)).map(({ finding }) => finding);
}
