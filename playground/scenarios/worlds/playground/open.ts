/** A world of its own on this machine: a cluster, the shop in it, traffic, and the hidden doors. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { silentLogger } from '../../../../src/telemetry/log.ts';
import { startCluster } from '../../../cluster/start.ts';
import { shopImages } from '../../../shop/images.ts';
import { installShop } from '../../../shop/install.ts';
import { createRandom } from '../../random.ts';
import { createEndings } from '../endings.ts';
import { drawNamespace } from '../namespace-name.ts';
import type { RunningWorld, WorldSettings } from '../running-world.ts';
import { until } from '../until.ts';
import { viewOfAgents } from '../shop/agent-view.ts';
import { openCluster } from './cluster-door.ts';
import { openDatabases } from '../shop/databases.ts';
import { openDeclarations } from '../shop/declarations.ts';
import { openInventory } from '../shop/inventory.ts';
import { measureServices } from '../shop/services-door.ts';

/** Back-offs run this many times as fast as Kubernetes' own. */
const speed = 5;
const patienceSeconds = 180;

/** Resolves when the shop is up. What had started is ended when it does not come up. */
export async function openWorld({ seed, directory, log, latency = 1, needs = [] }: WorldSettings): Promise<RunningWorld> {
  const endings = createEndings(log);
  const random = createRandom(seed);
  const namespace = drawNamespace(random.fork('namespace'));
  try {
    await mkdir(directory, { recursive: true });
    const clusterDirectory = path.join(directory, 'cluster');
    const cluster = await startCluster({
      directory: clusterDirectory, port: 0, images: shopImages(), nodes: [{ name: 'node1' }, { name: 'node2' }], timing: { speed }, log: (line) => log(`cluster: ${line}`),
    });
    endings.add(() => rm(clusterDirectory, { recursive: true, force: true, maxRetries: 5 }));
    endings.add(() => cluster.stop());
    const shop = await installShop(cluster, {
      directory: path.join(directory, 'shop'), namespace, log: silentLogger, progress: log, patienceSeconds, inventory: needs.includes('mariadb'), helm: needs.includes('helm'),
    });
    const services = measureServices(cluster, namespace, latency);
    endings.add(() => services.stop());
    const database = openDatabases(cluster, namespace, endings);
    const inventory = shop.inventory ? await openInventory(cluster, namespace, database('inventory-db')) : undefined;
    if (inventory) services.add(inventory.service);
    const declarations = openDeclarations(cluster, services.add);
    return {
      world: {
        kind: 'playground',
        namespace,
        random: random.fork('world'),
        cluster: openCluster(cluster, namespace),
        database,
        services: services.door,
        node: (name) => cluster.node(name),
        helm: async (...words) => {
          if (!shop.helm) throw new Error('helm is not installed: npm run kube-tools fetches it on linux/amd64.');
          return shop.helm(...words);
        },
        declare: declarations.declare,
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
