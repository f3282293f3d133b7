/** What the rules look at in a Kubernetes cluster: the facts that matter of its objects. Times are RFC 3339, absent when the cluster says none. */
import type { AccessReading, FieldChange, Labels, ObjectDrift } from './object-readings.ts';
import type { LabelSelector, NetworkPolicy } from './policy-readings.ts';
import type { Observed, Unread } from './readings.ts';

export type { FieldChange, Labels } from './object-readings.ts';
export type { LabelSelector, NetworkPolicy, PolicyPeer, PolicyRule } from './policy-readings.ts';

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  since?: string;
}

/** Where a value comes from: a key of a ConfigMap or Secret, or a whole one (`key` absent). */
export interface ValueSource {
  kind: 'configmap' | 'secret';
  name: string;
  key?: string;
  optional: boolean;
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  from?: ValueSource;
}

export interface Probe {
  kind: 'readiness' | 'liveness' | 'startup';
  /** GET :http/readyz, connect to :5432, run pg_isready. */
  text: string;
  /** Name or number; absent for a command. */
  port?: string | number;
  path?: string;
}

export interface Container {
  name: string;
  init: boolean;
  image: string;
  /** Command and arguments in one line. */
  command: string;
  /** `host`: the port of the node that it takes as well. */
  ports: { name?: string; port: number; host?: number }[];
  environment: EnvironmentVariable[];
  environmentFrom: ValueSource[];
  requests: Labels;
  limits: Labels;
  probes: Probe[];
}

export interface PodTemplate {
  labels: Labels;
  annotations: Labels;
  containers: Container[];
  /** ConfigMaps, Secrets and claims that its volumes need. */
  volumes: { name: string; kind: 'configmap' | 'secret' | 'claim'; source: string; optional: boolean }[];
  nodeSelector: Labels;
  pullSecrets: string[];
  serviceAccount: string;
  /** Everything in the pod's spec, as JSON with sorted keys: two templates are alike when these are. */
  fingerprint: string;
}

export type WorkloadKind = 'deployment' | 'statefulset' | 'daemonset';

/** One version of a workload's pod template: a ReplicaSet or a ControllerRevision. */
export interface WorkloadRevision {
  revision: number;
  /** Of the ReplicaSet or ControllerRevision; pods carry it in an owner reference or a label. */
  name: string;
  createdAt?: string;
  /** Pods it should have, has ready, has available; 0 where its kind doesn't count. */
  replicas: number;
  ready: number;
  available: number;
  /** What it was scaled to when it was the workload's newest, if that is noted. */
  desired?: number;
  template: PodTemplate;
}

export interface Workload {
  kind: WorkloadKind;
  name: string;
  createdAt?: string;
  labels: Labels;
  /** What people and tools wrote on it, without what Kubernetes and kubectl keep there. */
  annotations?: Labels;
  /** The Helm release that made it. */
  release?: string;
  /** What controls it: an object that the cluster was extended with, mostly. */
  owner?: { kind: string; name: string };
  desired: number;
  ready: number;
  available: number;
  updated: number;
  /** Its controller has seen its newest spec. */
  observed: boolean;
  paused: boolean;
  /** `spec.replicas` as `kubectl apply` last noted it. */
  appliedReplicas?: number;
  /** When its replicas were last written, and by whom, as far as its managed fields say. */
  changes: FieldChange[];
  selector: Labels;
  template: PodTemplate;
  conditions: Condition[];
  /** Of a deployment's rolling update; absent: recreated, or not said. */
  rolling?: { maxUnavailable: string | number; maxSurge: string | number };
  /** Oldest first; the newest is the one in force. */
  revisions: WorkloadRevision[];
}

export interface Ended {
  exitCode: number;
  signal?: number;
  reason: string;
  message: string;
  startedAt?: string;
  finishedAt?: string;
}

export interface ContainerState {
  name: string;
  init: boolean;
  image: string;
  ready: boolean;
  started: boolean;
  restarts: number;
  waiting?: { reason: string; message: string };
  running?: { startedAt?: string };
  ended?: Ended;
  last?: Ended;
}

export interface Pod {
  name: string;
  labels: Labels;
  owner?: { kind: string; name: string };
  createdAt?: string;
  deleting: boolean;
  phase: string;
  reason: string;
  message: string;
  node: string;
  address: string;
  ready: boolean;
  conditions: Condition[];
  containers: ContainerState[];
  template: PodTemplate;
}

export interface KubernetesService {
  name: string;
  type: string;
  externalName?: string;
  selector: Labels;
  address: string;
  ports: { name?: string; port: number; target: string | number }[];
  changes: FieldChange[];
  createdAt?: string;
  release?: string;
  /** From its EndpointSlices; absent when they were not read. */
  endpoints?: { ready: number; notReady: number };
}

export interface IngressBackend {
  ingress: string;
  host: string;
  path: string;
  service: string;
  port: string | number;
  className?: string;
  /** By the annotation that was used before classes were objects: its controller needs no IngressClass. */
  classByAnnotation?: boolean;
  createdAt?: string;
  /** Of what serves it, as its status says. */
  addresses?: string[];
}

export interface Claim {
  name: string;
  phase: string;
  /** Absent: none named. */
  storageClass?: string;
  createdAt?: string;
}

export interface Autoscaler {
  name: string;
  target: { kind: string; name: string };
  minimum: number;
  maximum: number;
  current: number;
  desired: number;
  conditions: Condition[];
}

export interface Quota {
  name: string;
  hard: Labels;
  used: Labels;
  changes: FieldChange[];
  /** `spec.hard` as `kubectl apply` last noted it. */
  applied?: Labels;
}

export interface Budget {
  name: string;
  selector: LabelSelector;
  desiredHealthy: number;
  currentHealthy: number;
  expectedPods: number;
  disruptionsAllowed?: number;
  minAvailable?: string | number;
  maxUnavailable?: string | number;
  changes?: FieldChange[];
}

export interface Job {
  name: string;
  cronJob?: string;
  createdAt?: string;
  active: number;
  succeeded: number;
  failed: number;
  suspended: boolean;
  conditions: Condition[];
  template: PodTemplate;
}

export interface CronJob {
  name: string;
  schedule: string;
  suspended: boolean;
  lastScheduled?: string;
  lastSuccessful?: string;
}

export interface ConfigMap {
  name: string;
  keys: string[];
  data: Labels;
  createdAt?: string;
  changes: FieldChange[];
  release?: string;
  /** Its data in the last-applied annotation, when there is one. */
  applied?: Labels;
}

export interface ClusterEvent {
  type: string;
  reason: string;
  kind: string;
  name: string;
  message: string;
  count: number;
  first?: string;
  last?: string;
}

/** An object of a kind that the cluster was extended with. */
export interface CustomResource {
  kind: string;
  name: string;
  createdAt?: string;
  conditions: Condition[];
  /** `shop.example/v1`; `plural` as its API calls them: flashsales. */
  apiVersion?: string;
  plural?: string;
  spec?: unknown;
  /** `status.phase` or `status.state`, with the message or reason beside it. */
  phase?: string;
  phaseMessage?: string;
  generation?: number;
  observedGeneration?: number;
  changes?: FieldChange[];
  drift?: ObjectDrift;
  /** How many: what is to be done before it may go. */
  finalizers?: number;
  kept?: Pick<KeptObject, 'tool' | 'source'>;
}

export interface ClusterNode {
  name: string;
  unschedulable: boolean;
  labels: Labels;
  taints: { key: string; value: string; effect: string }[];
  conditions: Condition[];
  allocatable: Labels;
  changes?: FieldChange[];
}

/** An object whose source is elsewhere: what is changed by hand goes back at the next sync. */
export interface KeptObject {
  /** Lower case. */
  kind: string;
  name: string;
  /** Argo CD, Flux, pulumi */
  tool: string;
  /** What it calls the source: an application, a Kustomization. Empty: not said. */
  source: string;
}

export interface HelmRelease {
  name: string;
  revision: number;
  status: string;
  updated: string;
  /** Oldest first. */
  history: { revision: number; status: string; updated: string; chart: string; description: string }[];
}

export interface PodLog {
  pod: string;
  container: string;
  /** Of the run before the last restart. */
  previous: boolean;
  /** Oldest first, without times. */
  lines: string[];
}

export interface NamespaceReading {
  namespace: string;
  /** When it was read, by our clock. */
  at: string;
  workloads: Observed<Workload[]>;
  pods: Observed<Pod[]>;
  services: Observed<KubernetesService[]>;
  ingresses: Observed<IngressBackend[]>;
  policies: Observed<NetworkPolicy[]>;
  claims: Observed<Claim[]>;
  autoscalers: Observed<Autoscaler[]>;
  quotas: Observed<Quota[]>;
  budgets: Observed<Budget[]>;
  jobs: Observed<{ jobs: Job[]; cronJobs: CronJob[] }>;
  configMaps: Observed<ConfigMap[]>;
  events: Observed<ClusterEvent[]>;
  customResources: Observed<CustomResource[]>;
  releases: Observed<HelmRelease[]>;
  logs: Observed<PodLog>[];
  /** The newest write first. */
  drift?: Observed<ObjectDrift[]>;
  access?: Observed<AccessReading>;
  kept?: KeptObject[];
  /** Kinds that could not be read: what is not there may be there. */
  missing: string[];
}

export interface ClusterReading {
  /** Of the target. */
  name: string;
  namespaces: NamespaceReading[];
  nodes?: Observed<ClusterNode[]>;
  /** Names, when they may be read. */
  ingressClasses?: string[];
  storageClasses?: { name: string; default: boolean }[];
  /** Of all namespaces, when they may be listed. */
  namespaceNames?: string[];
  /** What the cluster's DNS is told, where its namespace is none of those above and it may be read. */
  corefile?: Observed<{ namespace: string; at: string; map: ConfigMap }>;
  /** The pods of the cluster's own DNS, when they may be read. */
  dns?: { pods: Observed<Pod[]>; desired: number; ready: number; logs: Observed<PodLog>[] };
  unread: Unread[];
}

