/** The cluster's network: services behind their addresses, DNS, policies, ingress. */
export interface ClusterNetwork {
  /** `ip:port` of the DNS server that resolv.conf of pods names. */
  dnsServer: string;
  /** For Sandbox.moved. */
  movedFile: string;
  stop(): Promise<void>;
}
