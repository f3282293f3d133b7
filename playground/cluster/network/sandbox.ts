/**
 * A container's view of the world, which the kubelet writes to a file for its processes and preload.ts makes true inside
 * Node programs: own address, cluster DNS, mounts.
 */
export interface Sandbox {
  podAddress: string;
  hostname: string;
  /** What /etc/resolv.conf would say. `nameservers` as `ip` or `ip:port`. */
  dns: { nameservers: string[]; search: string[]; ndots: number };
  /** Extra lines of /etc/hosts: address -> names. */
  hosts: { address: string; names: string[] }[];
  /** Where the container's paths really are; the longest match counts. */
  mounts: { path: string; real: string; readOnly: boolean }[];
  /** JSON file of addresses that are elsewhere: `{"127.96.0.7:80": "127.96.0.7:10080"}`. Missing: none are. */
  moved: string;
}

/** Names the file in a container process's environment. */
export const sandboxVariable = 'CONTAINER_SANDBOX';
