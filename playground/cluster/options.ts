/** What one may ask of a playground cluster. */
import type { ImageRegistry } from './kubelet/images.ts';

export interface ClusterOptions {
  /** Kubeconfigs, pod directories and logs. Emptied at start. */
  directory: string;
  /** Of the API on 127.0.0.1; 0 for a free one. */
  port: number;
  images: ImageRegistry;
  nodes?: readonly NodeSettings[];
  timing?: Timing;
  log?: (line: string) => void;
  /** Nothing in it but what the API server itself needs: no cluster DNS, no storage class. */
  bare?: boolean;
}

export interface NodeSettings {
  name: string;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }[];
  /** Kubernetes quantities; default: what the machine has. */
  capacity?: { cpu?: string; memory?: string; pods?: string };
}

export interface Timing {
  /**
   * 1: as Kubernetes; 10: ten times as fast. For waits that only cost time: crash, image pull and job back-off, the
   * autoscaler's period and windows, grace for nodes that went silent. Never for probes, timeouts or grace periods of pods.
   */
  speed: number;
}

export const realTiming: Timing = { speed: 1 };
export const sped = (timing: Timing, milliseconds: number): number => milliseconds / timing.speed;
