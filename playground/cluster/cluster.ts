/** A running playground cluster, for whoever started it: demo, tests, benchmark. The product gets a kubeconfig and nothing else. */
import type { ClusterClient } from './client.ts';
import type { NodeFaults } from './kubelet/faults.ts';
import type { PodRuntime } from './kubelet/runtime.ts';
import type { ClusterAddresses } from './network/addresses.ts';
import type { ClusterNetwork } from './network/network.ts';

export interface Cluster {
  /** https://127.0.0.1:port */
  url: string;
  /** Path of cluster-admin's kubeconfig. */
  adminKubeconfig: string;
  /** Writes a kubeconfig for a service account (it must exist), with a token of its own, and returns the path. */
  kubeconfigFor(serviceAccount: { namespace: string; name: string }, file: string): Promise<string>;
  /** As cluster-admin. */
  client: ClusterClient;
  /** Applies manifests (YAML, several documents) as cluster-admin, server-side, in order. `namespace`: of objects that name none; `default` when absent. */
  apply(yaml: string, fieldManager?: string, namespace?: string): void;
  runtime: PodRuntime;
  /** This cluster's share of loopback: where services, pods, the DNS and ingresses are. */
  addresses: ClusterAddresses;
  /** Where an address and port of a service or pod can really be reached. */
  locate: ClusterNetwork['locate'];
  /** To make a node fall ill. Throws for one that isn't there. */
  node(name: string): { set(faults: Partial<NodeFaults>): void };
  stop(): Promise<void>;
}
