/**
 * A container's view of the world, which the kubelet writes to a file for its processes and preload.ts makes true inside
 * Node programs: own address, cluster DNS, mounts.
 */
export interface Sandbox {
  podAddress: string;
  hostname: string;
  /** What /etc/resolv.conf would say. */
  dns: { nameservers: string[]; search: string[]; ndots: number };
  /** Extra lines of /etc/hosts: address -> names. */
  hosts: { address: string; names: string[] }[];
  /** Where the container's paths really are; the longest match counts. */
  mounts: { path: string; real: string; readOnly: boolean }[];
  /** Folder of what listens elsewhere than it says: see relocation.ts. */
  relocations: string;
}

/** Names the file in a container process's environment. */
export const sandboxVariable = 'CONTAINER_SANDBOX';
