/** The small world: what the rest of the playground sees of it. */
import type { World } from '../workspace/page-api.ts';

export const serviceNames = ['frontend', 'catalog', 'checkout', 'payments'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceFacts {
  dependsOn: ServiceName[];
  databases: string[];
  /** A check whose median is slower than this is slow. */
  latencyBudgetMilliseconds: number;
  /** GETs that go through everything the service needs, safe to repeat. */
  checks: { name: string; path: string }[];
}

export const serviceFacts: Record<ServiceName, ServiceFacts> = {
  frontend: {
    dependsOn: ['catalog', 'checkout'],
    databases: [],
    latencyBudgetMilliseconds: 400,
    checks: [{ name: 'home', path: '/' }, { name: 'basket', path: '/quote?customer=4711&product=17' }],
  },
  catalog: {
    dependsOn: [],
    databases: ['shop'],
    latencyBudgetMilliseconds: 250,
    checks: [{ name: 'popular', path: '/products?sort=popular' }, { name: 'product', path: '/products/17' }],
  },
  checkout: {
    dependsOn: ['catalog', 'payments'],
    databases: ['shop'],
    latencyBudgetMilliseconds: 250,
    checks: [{ name: 'quote', path: '/quote?customer=4711&product=17' }],
  },
  payments: {
    dependsOn: [],
    databases: ['shop'],
    latencyBudgetMilliseconds: 200,
    checks: [{ name: 'methods', path: '/methods?customer=4711' }],
  },
};

export type ServiceState = World['services'][number]['state'];

export interface Shop {
  /** `admin` is the superuser's: for the playground's own hands, never for the product. */
  databaseUrls: { read: string; write: string; admin: string };
  serviceUrls: Record<ServiceName, string>;
  supervisorUrl: string;
  tokens: { read: string; write: string };
  faults: readonly { id: string; title: string; description: string; area: string }[];
  /** The world as of the last second. */
  world(): World;
  /** Called about once a second with the world; returns how to stop that. */
  subscribe(listener: (world: World) => void): () => void;
  /** Idempotent; resolves when it is in place or gone. Throws UnknownFaultError. */
  setFault(id: string, active: boolean): Promise<void>;
  stop(): Promise<void>;
}

export class UnknownFaultError extends Error {
  readonly code = 'UNKNOWN_FAULT';
  constructor(id: string, known: readonly string[]) {
    super(`no fault ${JSON.stringify(id)}: choose one of ${known.join(', ')}`);
  }
}

export class ServiceStartError extends Error {
  readonly code = 'SERVICE_START';
  constructor(name: string, lastLine: string) {
    super(`the shop's ${name} did not start within 60 s; its last words: ${lastLine || 'none'}. Is the machine out of memory, or the port taken?`);
  }
}
