/** The shop as sre-agent.yaml describes it: the `targets:` part, and the variables it refers to. */
import { serviceFacts, serviceNames, type Shop } from './shop.ts';

/** A plain object for YAML; every secret is a `${VARIABLE}`. */
export function describeTargets(shop: Pick<Shop, 'serviceUrls' | 'supervisorUrl'>) {
  const supervisor = shop.supervisorUrl;
  const service = { enum: [...serviceNames] };
  const tokens = { read_token: '${SHOP_SUPERVISOR_READ_TOKEN}', write_token: '${SHOP_SUPERVISOR_WRITE_TOKEN}' };
  return {
    databases: [{ name: 'shop', kind: 'postgres', read: '${SHOP_DATABASE_READ_URL}', write: '${SHOP_DATABASE_WRITE_URL}' }],
    services: serviceNames.map((name) => ({
      name,
      url: shop.serviceUrls[name],
      checks: serviceFacts[name].checks.map((check) => ({ ...check })),
      latency_budget_ms: serviceFacts[name].latencyBudgetMilliseconds,
      depends_on: [...serviceFacts[name].dependsOn],
      databases: [...serviceFacts[name].databases],
      status: `${supervisor}/services/${name}`,
      status_token: '${SHOP_SUPERVISOR_READ_TOKEN}',
    })),
    operations: [
      {
        name: 'set-environment',
        description: 'Sets one environment variable of a service and replaces its process.',
        effect: 'set-environment',
        parameters: { service, variable: { pattern: '^[A-Z][A-Z0-9_]{0,63}$' }, value: { pattern: '^[\\x20-\\x7e]{0,1000}$' } },
        read: { url: `${supervisor}/services/{service}/environment`, value: '/environment/{variable}' },
        change: { method: 'PUT', url: `${supervisor}/services/{service}/environment/{variable}`, body: { value: '{value}' } },
        undo: { kind: 'restore', parameter: 'value' },
        ...tokens,
      },
      {
        name: 'restart',
        description: 'Replaces the process of a service; its environment stays.',
        effect: 'restart',
        parameters: { service },
        read: { url: `${supervisor}/services/{service}`, value: '/started_at' },
        change: { method: 'POST', url: `${supervisor}/services/{service}/restart` },
        undo: { kind: 'not_needed' },
        ...tokens,
      },
    ],
  };
}

/** The variables `describeTargets` names, for the product's environment. */
export function shopEnvironment(shop: Pick<Shop, 'databaseUrls' | 'tokens'>): Record<string, string> {
  return {
    SHOP_DATABASE_READ_URL: shop.databaseUrls.read,
    SHOP_DATABASE_WRITE_URL: shop.databaseUrls.write,
    SHOP_SUPERVISOR_READ_TOKEN: shop.tokens.read,
    SHOP_SUPERVISOR_WRITE_TOKEN: shop.tokens.write,
  };
}
