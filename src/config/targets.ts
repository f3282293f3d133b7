import type { HostReadSettings } from '../host-facts/request.ts';

/**
 * The systems we look at and change, as sre-agent.yaml describes them. `${NAME}` in the file stands for an
 * environment variable and is resolved only by the role that needs it, so that the gateway needs no credential.
 */
export interface Secret {
  /** The variable's name, for messages. */
  variable: string;
  /** Throws MissingVariableError, naming variable and target, when it is not set for this process. */
  reveal(): string;
}

export interface DatabaseTarget {
  name: string;
  kind: 'postgres' | 'mysql';
  /** Connection URL of the read-only role (investigator; executor, for verification). */
  read: Secret;
  /** Connection URL of the role that changes (executor only). */
  write?: Secret;
  /** Start although the read identity can do more than read. */
  allowPowerfulRead?: boolean;
}

export interface ServiceTarget {
  name: string;
  /** Base URL, http or https. */
  url: string;
  /** GETs that must succeed and be fast: paths on `url`; safe to repeat. */
  checks: { name: string; path: string }[];
  /** A check slower than this (median) is slow. */
  latencyBudgetMilliseconds: number;
  dependsOn: string[];
  databases: string[];
  /** URL of its supervisor's status document, when there is one. */
  status?: string;
  statusToken?: Secret;
}

export interface ClusterTarget {
  name: string;
  /** Path of the read-only kubeconfig. */
  kubeconfig: Secret;
  /** Path of the kubeconfig that changes (executor only); without it the cluster is looked at only. */
  write?: Secret;
  /** Values that a Secret's key may be set to, by name; known to the executor's environment alone. */
  secrets?: Record<string, Secret>;
  /** Path of the kubeconfig that may run the probes of a fixed menu in pods (investigator only); without it nothing runs there. */
  probes?: Secret;
  context?: string;
  /** Start although the read identity can do more than read. */
  allowPowerfulRead?: boolean;
  namespaces: string[];
  /** The ConfigMap of CoreDNS; default kube-system/coredns. Its namespace need not be among those above. */
  coredns?: { namespace: string; name: string };
}

export const corednsOf = ({ coredns }: ClusterTarget): { namespace: string; name: string } => coredns ?? { namespace: 'kube-system', name: 'coredns' };

/** An operation on an internal HTTP API: how to read the state, change it, put it back. */
export interface OperationTarget {
  name: string;
  description: string;
  /** What it does in general terms, so that rules can choose it. set-environment takes parameters service, variable, value; restart takes service. */
  effect: 'set-environment' | 'restart' | 'other';
  parameters: Record<string, { enum?: string[]; pattern?: string }>;
  /** GET; `{name}` is replaced by the URL-encoded parameter. `value` is the JSON pointer of what the change changes. */
  read: { url: string; value: string };
  change: { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string; body?: Record<string, string> };
  /** What must hold afterwards, beside what `read` says: a GET with the read token. `{name}` in all three is replaced by the parameter. */
  check?: { url: string; value: string; equals: string };
  /**
   * restore: run `change` again with parameter `parameter` set to what `read` found before. operation: run the operation of that name with
   * the parameters they share. not_needed: it leaves no state behind.
   */
  undo: { kind: 'restore'; parameter: string } | { kind: 'operation'; operation: string } | { kind: 'not_needed' } | { kind: 'impossible' };
  readToken?: Secret;
  writeToken?: Secret;
}

/** A Linux host that may be looked at, and whose packet filter may be changed through the agent that runs on it (`sre-agent host`). */
export interface HostTarget {
  name: string;
  /** Of its agent; absent for the machine that sre-agent itself runs on. */
  url?: string;
  /** It is that machine: what of it may be read. */
  local?: HostReadSettings;
  /** Bearer tokens: for reading (investigator, executor), for changing (executor only). */
  readToken?: Secret;
  writeToken?: Secret;
}

/** A list of what was deployed, as JSON over HTTP. */
export interface DeploySource {
  name: string;
  url: string;
  token?: Secret;
}

/** A query API that only reads: of Prometheus, or of Loki. */
export interface QueryTarget {
  /** Without /api or /loki. */
  url: string;
  token?: Secret;
  /** Sent as X-Scope-OrgID. */
  tenant?: string;
}

export interface Targets {
  databases: DatabaseTarget[];
  hosts: HostTarget[];
  /** Absent: none is configured. */
  deploys?: DeploySource[];
  services: ServiceTarget[];
  clusters: ClusterTarget[];
  operations: OperationTarget[];
  prometheus?: QueryTarget;
  loki?: QueryTarget;
  /** DNS servers to ask (`ip` or `ip:port`); empty: the system's. */
  resolvers: string[];
  /** The search path of the programs that are looked after: resolv.conf(5). */
  dnsSearch?: { domains: string[]; ndots: number };
}
