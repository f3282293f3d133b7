/**
 * A world in a real cluster, by an administrator's kubeconfig: the shop in a namespace of its own, gone afterwards. Services
 * and pods must be reachable from here by their cluster addresses (a node of the cluster, a pod in it, a route to it).
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import { createRandom } from '../../random.ts';
import { createEndings } from '../endings.ts';
import { drawNamespace } from '../namespace-name.ts';
import type { RunningWorld, WorldSettings } from '../running-world.ts';
import { openShopWorld } from '../shop/open-shop-world.ts';
import { kubeconfigOf } from './accounts.ts';
import { clusterWideResources, openCluster } from './cluster-door.ts';
import { refuseWhatIsThere, removeNamespaces } from './clearing.ts';
import { openKubectl } from './kubectl.ts';
import { openMirror } from './mirror.ts';
import { restoring } from './restore.ts';

const patienceSeconds = 300;
const dnsService = { namespace: 'kube-system', name: 'kube-dns' };

/** Resolves when the shop is up. Refuses a cluster in which its names are taken; what it made is removed by `close`. */
export async function openWorld(settings: WorldSettings): Promise<RunningWorld> {
  const { seed, directory, log, kubeconfig, registry } = settings;
  if (kubeconfig === undefined) throw new Error('A real cluster needs --kubeconfig FILE of an administrator.');
  const endings = createEndings(log);
  const random = createRandom(seed);
  const namespace = drawNamespace(random.fork('namespace'));
  try {
    await mkdir(directory, { recursive: true });
    const kubectl = await openKubectl(path.resolve(kubeconfig), directory);
    await refuseWhatIsThere(kubectl, namespace);
    const clusterWide = await clusterWideResources(kubectl);
    const made = new Set([namespace, 'sre-agent']);
    const { door, restore } = restoring(openCluster(kubectl, namespace, clusterWide), kubectl, { namespace, clusterWide, isOurs: (name) => made.has(name) });
    endings.add(() => restore(log));
    endings.add(() => removeNamespaces(kubectl, [...made]));
    const mirror = await openMirror(kubectl, () => made);
    endings.add(() => mirror.stop());
    const cluster: ShopCluster = {
      client: mirror.client,
      adminKubeconfig: kubectl.kubeconfig,
      kubeconfigFor: (account, file) => kubeconfigOf(kubectl, account, file),
      // A real cluster's addresses are what they seem.
      locate: (address, port) => ({ address, port }),
      apply: (yaml) => door.apply(registry === undefined ? yaml : yaml.replaceAll('registry.shop.local', registry)),
      addresses: { dnsService: (await door.get('services', dnsService.name, dnsService.namespace))?.spec?.clusterIP ?? '10.96.0.10' },
    };
    return await openShopWorld({
      kind: 'kubeconfig', namespace, cluster, door, random: random.fork('world'), endings, patienceSeconds,
      installed: mirror.refresh,
      declared: (name) => void made.add(name),
      node: () => {
        throw new Error('Nodes of a real cluster are not made ill: the scenario must say needs: [\'nodes\'].');
      },
    }, settings);
  } catch (error) {
    await endings.run();
    throw error;
  }
}
