/** The cluster's network: services behind their addresses, DNS, policies, ingress. */
export interface ClusterNetwork {
  /** Where the addresses of pods and services can really be reached: the same, but for ports that need privileges. */
  locate(address: string, port: number): { address: string; port: number };
  stop(): Promise<void>;
}

/** The service of the cluster's DNS: what resolv.conf of pods names, on port 53. */
export const dnsServiceAddress = '127.96.0.10';
/** `kubernetes.default`. */
export const apiServiceAddress = '127.96.0.1';
/** Where ingresses answer, on port 8080 (http). */
export const ingressAddress = '127.97.0.10';
export const ingressPort = 8080;
