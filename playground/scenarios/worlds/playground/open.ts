/** A world of its own on this machine: a cluster, the shop in it, traffic, and the hidden doors. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { startCluster } from '../../../cluster/start.ts';
import { shopImages } from '../../../shop/images.ts';
import { createRandom } from '../../random.ts';
import { createEndings } from '../endings.ts';
import { drawNamespace } from '../namespace-name.ts';
import type { RunningWorld, WorldSettings } from '../running-world.ts';
import { openShopWorld } from '../shop/open-shop-world.ts';
import { openCluster } from './cluster-door.ts';

/** Back-offs run this many times as fast as Kubernetes' own. */
const speed = 5;
const patienceSeconds = 180;

/** Resolves when the shop is up. What had started is ended when it does not come up. */
export async function openWorld(settings: WorldSettings): Promise<RunningWorld> {
  const { seed, directory, log } = settings;
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
    const door = openCluster(cluster, namespace);
    return await openShopWorld({ kind: 'playground', namespace, cluster, door, random: random.fork('world'), endings, patienceSeconds, node: (name) => cluster.node(name) }, settings);
  } catch (error) {
    await endings.run();
    throw error;
  }
}
