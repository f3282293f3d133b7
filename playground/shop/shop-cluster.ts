/** What the shop needs of a cluster, whichever it is: the playground's own (`Cluster` is one), or a real one seen through kubectl. */
import type { ClusterClient } from '../cluster/client.ts';
import type { Cluster } from '../cluster/cluster.ts';

export interface ShopCluster extends Pick<Cluster, 'adminKubeconfig' | 'kubeconfigFor' | 'locate'> {
  /** As it is now, or was a moment ago. */
  client: Pick<ClusterClient, 'get' | 'list'>;
  /** Server-side, several documents, in order. */
  apply(yaml: string, fieldManager?: string, namespace?: string): void | Promise<void>;
  addresses: Pick<Cluster['addresses'], 'dnsService'>;
}
