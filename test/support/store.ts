/** A store on a fresh database, and the small values that tests put into it. */
import { createStore } from '../../src/database/store.ts';
import type { Store } from '../../src/incident/store.ts';
import type { Alert, ChangeDraft } from '../../src/incident/types.ts';
import { createMigratedDatabase } from './postgres.ts';

export async function createTestStore(): Promise<{ store: Store; url: string; close(): Promise<void> }> {
  const database = await createMigratedDatabase();
  const store = await createStore({ url: database.url });
  return {
    store,
    url: database.url,
    async close() {
      await store.close();
      await database.close();
    },
  };
}

export function testAlert(overrides: Partial<Alert> = {}): Alert {
  return {
    source: 'alertmanager',
    fingerprint: 'checkout-5xx',
    status: 'firing',
    title: 'Checkout returns 5xx',
    description: 'Half of the requests fail',
    severity: 'critical',
    labels: { service: 'checkout' },
    startedAt: '2026-01-01T00:00:00.000Z',
    ...overrides,
  };
}

export function testDraft(overrides: Partial<ChangeDraft> = {}): ChangeDraft {
  return {
    action: { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id'] },
    title: 'Index orders.customer_id',
    rationale: 'Every lookup reads the whole table',
    findings: ['F1'],
    findingKeys: ['missing-index@table/shop/public.orders'],
    proposedBy: 'rules',
    ...overrides,
  };
}
