/** The cluster's network: services behind their addresses, DNS, policies, ingress. */
export interface ClusterNetwork {
  /** Where the addresses of pods and services can really be reached: the same, but for ports that need privileges. */
  locate(address: string, port: number, protocol?: 'TCP' | 'UDP'): { address: string; port: number };
  stop(): Promise<void>;
}
