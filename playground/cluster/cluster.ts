/** A running playground cluster, for whoever started it: demo, tests, benchmark. The product gets a kubeconfig and nothing else. */
import type { ClusterClient } from './client.ts';
import type { PodRuntime } from './kubelet/runtime.ts';

export interface Cluster {
  /** https://127.0.0.1:port */
  url: string;
  /** Path of cluster-admin's kubeconfig. */
  adminKubeconfig: string;
  /** Writes a kubeconfig for a service account (it must exist), with a token of its own, and returns the path. */
  kubeconfigFor(serviceAccount: { namespace: string; name: string }, file: string): Promise<string>;
  /** As cluster-admin. */
  client: ClusterClient;
  /** Applies manifests (YAML, several documents) as cluster-admin, server-side, in order. */
  apply(yaml: string, fieldManager?: string): void;
  runtime: PodRuntime;
  /** `ip:port` of the cluster's DNS. */
  dnsServer: string;
  stop(): Promise<void>;
}
