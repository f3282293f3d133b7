/** What agents are told of the world: targets, credentials that see and do only what agents may, and where services answer. */
import { mkdir } from 'node:fs/promises';
import { findHelm, findKubectl } from '../../../kube-tools.ts';
import type { InstalledShop } from '../../../shop/install.ts';
import { describeTargets, productEnvironment } from '../../../shop/product-targets.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { AgentView } from '../running-world.ts';
import type { DeclaredParts } from './declarations.ts';
import type { OpenInventory } from './inventory.ts';
import type { MeasuredServices } from './services-door.ts';

export interface ViewParts {
  cluster: Pick<ShopCluster, 'addresses' | 'locate' | 'kubeconfigFor'>;
  shop: InstalledShop;
  services: Pick<MeasuredServices, 'door' | 'url'>;
  inventory: OpenInventory | undefined;
  declared: DeclaredParts;
  /** Times the latency budgets. */
  latency: number;
  /** For kubeconfigs. */
  directory: string;
}

export async function viewOfAgents({ cluster, shop, services, inventory, declared, latency, directory }: ViewParts): Promise<AgentView> {
  await mkdir(directory, { recursive: true });
  const [kubectl, helm] = await Promise.all([findKubectl(), findHelm().catch(() => undefined)]);
  const serviceUrls = Object.fromEntries(services.door.names().map((name) => [name, services.url(name)]));
  const targets = describeTargets({ namespace: shop.namespace, serviceUrls }, cluster, { kubectl: true, latency });
  // A file can only name what it describes: what nobody watches is found in the cluster or not at all.
  const described = new Set([...targets.services, ...(inventory ? [inventory.service] : []), ...declared.services].map(({ name }) => name));
  const databaseUrls = { read: shop.databaseUrl('sre_read'), write: shop.databaseUrl('sre_write') };
  return {
    targets: {
      ...targets,
      databases: [...targets.databases, ...(inventory?.databases ?? [])],
      services: [...targets.services.map((one) => (inventory && one.name === 'checkout' ? { ...one, depends_on: [...one.depends_on, inventory.service.name] } : one)), ...[...(inventory ? [inventory.service] : []), ...declared.services].map((service) => ({
        name: service.name,
        url: serviceUrls[service.name],
        checks: service.checks,
        latency_budget_ms: Math.round(service.latencyBudgetMilliseconds * latency),
        depends_on: service.dependsOn.filter((name) => described.has(name)),
        databases: service.databases ?? [],
      }))],
      clusters: targets.clusters?.map((one) => ({ ...one, namespaces: [...new Set([...one.namespaces, ...declared.namespaces])] })),
    },
    environment: { ...(await productEnvironment({ databaseUrls }, cluster, directory, { kubectl, helm })), ...inventory?.environment },
    serviceUrls,
  };
}
