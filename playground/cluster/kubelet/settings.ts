/** What the kubelets need from the cluster around them. */
import type { ObjectOf } from '../objects/object.ts';
import type { NodeSettings, Timing } from '../options.ts';
import type { ClusterAddresses } from '../network/addresses.ts';
import type { ImageRegistry } from './images.ts';

export interface KubeletSettings {
  /** At least one. */
  nodes: readonly NodeSettings[];
  /** Pods' files and logs: a folder per node in it. */
  directory: string;
  images: ImageRegistry;
  timing: Timing;
  log(line: string): void;
  /** https://127.0.0.1:port, for KUBERNETES_SERVICE_HOST and _PORT. */
  apiUrl: string;
  /** A token for a volume of the pod. */
  serviceAccountToken(pod: ObjectOf<'pods'>, expirationSeconds: number, audience: string | undefined): string;
  addresses: ClusterAddresses;
  /** Folder of network/relocation.ts. */
  relocations: string;
}
