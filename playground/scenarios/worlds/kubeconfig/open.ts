/**
 * A world in a real cluster, by an administrator's kubeconfig: the shop in a namespace of its own, gone afterwards. Services
 * and pods must be reachable from here by their cluster addresses (a node of the cluster, a pod in it, a route to it).
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '../../../../src/telemetry/log.ts';
import { installShop } from '../../../shop/install.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import { createRandom } from '../../random.ts';
import { createEndings } from '../endings.ts';
import { drawNamespace } from '../namespace-name.ts';
import type { RunningWorld, WorldSettings } from '../running-world.ts';
import { viewOfAgents } from '../shop/agent-view.ts';
import { openDatabases } from '../shop/databases.ts';
import { openDeclarations } from '../shop/declarations.ts';
import { openInventory } from '../shop/inventory.ts';
import { measureServices } from '../shop/services-door.ts';
import { until } from '../until.ts';
import { kubeconfigOf } from './accounts.ts';
import { clusterWideResources, openCluster } from './cluster-door.ts';
import { refuseWhatIsThere, removeNamespaces } from './clearing.ts';
import { openKubectl } from './kubectl.ts';
import { openMirror } from './mirror.ts';
import { restoring } from './restore.ts';

const patienceSeconds = 300;
const dnsService = { namespace: 'kube-system', name: 'kube-dns' };

/** Resolves when the shop is up. Refuses a cluster in which its names are taken; what it made is removed by `close`. */
export async function openWorld({ seed, directory, log, kubeconfig, registry, latency = 1, needs = [] }: WorldSettings): Promise<RunningWorld> {
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
    const shop = await installShop(cluster, {
      directory: path.join(directory, 'shop'), namespace, log: silentLogger, progress: log, patienceSeconds, inventory: needs.includes('mariadb'), helm: needs.includes('helm'),
    });
    await mirror.refresh();
    const services = measureServices(cluster, namespace, latency);
    endings.add(() => services.stop());
    const database = openDatabases(cluster, namespace, endings);
    const inventory = shop.inventory ? await openInventory(cluster, namespace, database('inventory-db')) : undefined;
    if (inventory) services.add(inventory.service);
    const declarations = openDeclarations(cluster, services.add);
    return {
      world: {
        kind: 'kubeconfig',
        namespace,
        random: random.fork('world'),
        cluster: door,
        database,
        services: services.door,
        node: () => {
          throw new Error('Nodes of a real cluster are not made ill: the scenario must say needs: [\'nodes\'].');
        },
        helm: async (...words) => {
          if (!shop.helm) throw new Error('helm is not installed: put it on PATH.');
          return shop.helm(...words);
        },
        declare: { ...declarations.declare, namespace: (name, options) => (made.add(name), declarations.declare.namespace(name, options)) },
        onClose: endings.add,
        until,
        log,
      },
      agentView: async (agentDirectory) => viewOfAgents({ cluster, shop, services, inventory, declared: await declarations.close(), latency, directory: agentDirectory }),
      close: endings.run,
    };
  } catch (error) {
    await endings.run();
    throw error;
  }
}
