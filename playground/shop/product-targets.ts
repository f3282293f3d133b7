/** The shop as sre-agent.yaml describes it: the `targets:` part, and the variables it refers to. */
import { shopServices } from './services.ts';
import type { ServiceName } from './services.ts';
import type { ShopCluster } from './shop-cluster.ts';

/** GETs that go through everything a service needs, safe to repeat. */
const checks: Record<ServiceName, { name: string; path: string }[]> = {
  frontend: [{ name: 'home', path: '/?customer=4711' }, { name: 'basket', path: '/quote?customer=4711&product=17' }],
  catalog: [{ name: 'popular', path: '/products?sort=popular' }, { name: 'product', path: '/products/17' }],
  cart: [{ name: 'cart', path: '/carts/4711' }],
  checkout: [{ name: 'quote', path: '/quote?customer=4711&product=17' }],
  payments: [{ name: 'methods', path: '/methods?customer=4711' }],
  shipping: [{ name: 'rates', path: '/rates?country=DE' }],
  recommender: [{ name: 'recommendations', path: '/recommendations?customer=4711' }],
};

/** Those that keep something there. */
const usesOrders = new Set<ServiceName>(['catalog', 'cart', 'checkout', 'payments']);

/** A plain object for YAML; every secret is a `${VARIABLE}`. `kubectl`: it is at hand. */
export function describeTargets(shop: { serviceUrls: Record<string, string>; namespace: string }, { addresses, locate }: Pick<ShopCluster, 'addresses' | 'locate'>, { kubectl, latency }: { kubectl: boolean; latency: number }) {
  const dns = locate(addresses.dnsService, 53, 'UDP');
  return {
    databases: [{ name: 'orders-db', kind: 'postgres', read: '${ORDERS_DB_READ_URL}', write: '${ORDERS_DB_WRITE_URL}' }],
    services: (Object.keys(shopServices) as ServiceName[]).map((name) => ({
      name,
      url: shop.serviceUrls[name],
      checks: checks[name],
      latency_budget_ms: Math.round(shopServices[name].latencyBudgetMilliseconds * latency),
      depends_on: [...shopServices[name].dependsOn],
      databases: usesOrders.has(name) ? ['orders-db'] : [],
    })),
    ...(kubectl ? { clusters: [{ name: 'shop', kubeconfig: '${KUBECONFIG_READ}', write: '${KUBECONFIG_WRITE}', namespaces: [shop.namespace] }] } : {}),
    hosts: [],
    resolvers: [`${dns.address}:${dns.port}`],
  };
}

/** The variables that `describeTargets` names, and where the programs are. Writes both kubeconfigs into `directory`. */
export async function productEnvironment(shop: { databaseUrls: { read: string; write: string } }, cluster: Pick<ShopCluster, 'kubeconfigFor'>, directory: string, programs: { kubectl?: string | undefined; helm?: string | undefined }): Promise<Record<string, string>> {
  const account = (name: string): Promise<string> => cluster.kubeconfigFor({ namespace: 'sre-agent', name }, `${directory}/${name}.kubeconfig`);
  return {
    ORDERS_DB_READ_URL: shop.databaseUrls.read,
    ORDERS_DB_WRITE_URL: shop.databaseUrls.write,
    KUBECONFIG_READ: await account('reader'),
    KUBECONFIG_WRITE: await account('executor'),
    ...(programs.kubectl === undefined ? {} : { KUBECTL: programs.kubectl }),
    ...(programs.helm === undefined ? {} : { HELM: programs.helm }),
  };
}
