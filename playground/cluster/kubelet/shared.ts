/** What the parts of one node's kubelet share. */
import type { ClusterClient } from '../client.ts';
import type { NodeSettings, Timing } from '../options.ts';
import type { NodeFaults } from './faults.ts';
import type { Guardian } from './guardian.ts';
import type { ImageCache } from './image-cache.ts';
import type { Programs } from './programs.ts';
import type { KubeletSettings } from './settings.ts';

export interface Shared {
  client: ClusterClient;
  node: NodeSettings;
  /** The node's address. */
  address: string;
  settings: KubeletSettings;
  timing: Timing;
  guardian: Guardian;
  /** Where a pod's address and port really are. */
  locate(address: string, port: number): { address: string; port: number };
  images: ImageCache;
  programs: Programs;
  allocatable: Record<string, string>;
  /** Set from outside: a node that is not ready has lost the API server, its containers run on. */
  faults: NodeFaults;
}
