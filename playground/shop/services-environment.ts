/** The environment each service starts with: revision 1. */
import type { RoleName } from './roles.ts';
import type { ServiceName } from './shop.ts';

export function firstEnvironments(ports: Record<ServiceName, number>, databaseUrl: (role: RoleName) => string): Record<ServiceName, Record<string, string>> {
  const url = (name: ServiceName): string => `http://localhost:${ports[name]}`;
  const common = (name: ServiceName): Record<string, string> => ({ PORT: String(ports[name]), SLOW_REQUEST_MS: '400' });
  const database = (role: RoleName): Record<string, string> => ({
    DATABASE_URL: databaseUrl(role), POOL_SIZE: '6', POOL_TIMEOUT_MS: '1500', LOCK_TIMEOUT_MS: '3000',
  });
  return {
    frontend: { ...common('frontend'), CATALOG_URL: url('catalog'), CHECKOUT_URL: url('checkout'), UPSTREAM_TIMEOUT_MS: '4000' },
    catalog: { ...common('catalog'), ...database('catalog_service') },
    checkout: { ...common('checkout'), ...database('checkout_service'), CATALOG_URL: url('catalog'), PAYMENTS_URL: url('payments'), UPSTREAM_TIMEOUT_MS: '2000' },
    payments: { ...common('payments'), ...database('payments_service') },
  };
}
