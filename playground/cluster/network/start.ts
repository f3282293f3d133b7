/** Puts the network together. The DNS itself is a pod: see dns/manifests.ts. */
import type { ClusterClient } from '../client.ts';
import type { ClusterAddresses } from './addresses.ts';
import { startIngress } from './ingress.ts';
import type { ClusterNetwork } from './network.ts';
import { followPods } from './pods-by-address.ts';
import { createNetworkPolicies } from './policies.ts';
import { createRelocation } from './relocation.ts';
import { startServiceProxy } from './services/service-proxy.ts';

export interface NetworkSettings {
  addresses: ClusterAddresses;
  /** Shared with the kubelet, which names it in every sandbox. */
  relocations: string;
  log(line: string): void;
}

export async function startNetwork(client: ClusterClient, { addresses, relocations, log }: NetworkSettings): Promise<ClusterNetwork> {
  const relocation = createRelocation(relocations);
  const own = client.as({ name: 'kube-proxy', manager: 'kube-proxy', user: 'system:kube-proxy' });
  const pods = followPods(own);
  const proxy = startServiceProxy({ client: own, relocation, pods, policies: createNetworkPolicies(own), nodeAddress: addresses.node, log });
  const ingress = await startIngress(client.as({ name: 'ingress-controller', manager: 'ingress-controller', user: 'system:ingress-controller' }), relocation, addresses.ingress, log).catch((error: unknown) => {
    log(`ingress: not started: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  return {
    locate: (address, port, protocol) => relocation.locate(address, port, protocol),
    stop: async () => {
      pods.stop();
      await Promise.all([proxy.stop(), ingress?.stop()]);
    },
  };
}
