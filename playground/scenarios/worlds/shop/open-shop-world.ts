/** What every world does once its cluster is there: the shop in it, traffic, doors, and the view of agents. */
import path from 'node:path';
import { silentLogger } from '../../../../src/telemetry/log.ts';
import { installShop } from '../../../shop/install.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { Random } from '../../random.ts';
import type { Declarations, World } from '../../world.ts';
import type { Endings } from '../endings.ts';
import type { RunningWorld, WorldSettings } from '../running-world.ts';
import { until } from '../until.ts';
import { viewOfAgents } from './agent-view.ts';
import { openDatabases } from './databases.ts';
import { openDeclarations } from './declarations.ts';
import { openInventory } from './inventory.ts';
import { measureServices } from './services-door.ts';

export interface ShopWorldParts extends Pick<World, 'kind' | 'namespace' | 'node'> {
  cluster: ShopCluster;
  door: World['cluster'];
  random: Random;
  endings: Endings;
  /** Seconds until the shop must be up. */
  patienceSeconds: number;
  /** Once the shop is installed, before anything asks the cluster's client. */
  installed?(): Promise<void>;
  /** A namespace that a scenario declares. */
  declared?(namespace: string): void;
}

/** Resolves when the shop is up; what it started is in `endings`. */
export async function openShopWorld(parts: ShopWorldParts, { directory, log, latency = 1, needs = [] }: WorldSettings): Promise<RunningWorld> {
  const { kind, namespace, cluster, endings } = parts;
  const shop = await installShop(cluster, {
    directory: path.join(directory, 'shop'), namespace, log: silentLogger, progress: log, patienceSeconds: parts.patienceSeconds, inventory: needs.includes('mariadb'), helm: needs.includes('helm'),
  });
  await parts.installed?.();
  const services = measureServices(cluster, namespace, latency);
  endings.add(() => services.stop());
  const database = openDatabases(cluster, namespace, endings);
  const inventory = shop.inventory ? await openInventory(cluster, namespace, database('inventory-db')) : undefined;
  if (inventory) services.add(inventory.service);
  const declarations = openDeclarations(cluster, services.add);
  const declare: Declarations = {
    ...declarations.declare,
    namespace: (name, options) => {
      parts.declared?.(name);
      declarations.declare.namespace(name, options);
    },
  };
  return {
    world: {
      kind,
      namespace,
      random: parts.random,
      cluster: parts.door,
      database,
      services: services.door,
      node: parts.node,
      helm: async (...words) => {
        if (!shop.helm) throw new Error('helm is not installed: put it on PATH; npm run kube-tools fetches it on linux/amd64.');
        return shop.helm(...words);
      },
      declare,
      onClose: endings.add,
      until,
      log,
    },
    agentView: async (agentDirectory) => viewOfAgents({ cluster, shop, services, inventory, declared: await declarations.close(), latency, directory: agentDirectory }),
    close: endings.run,
  };
}
