import { ordersByCustomer } from '../orders-database/schema.ts';
import type { FaultContext } from './context.ts';
import type { Fault } from './fault.ts';

/** Every lookup of a customer's orders reads the whole table. Any index that leads with the column repairs it. */
export function droppedIndex({ admin }: Pick<FaultContext, 'admin'>): Fault {
  const indexes = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ name: string }>(`
      SELECT i.indexrelid::regclass::text AS name
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = 'public.orders'::regclass AND i.indisvalid AND a.attname = 'customer_id'`);
    return rows.map((row) => row.name);
  };
  return {
    id: 'dropped-index',
    title: 'Drop an index',
    description: 'The index that finds a customer\'s orders is gone; checkout reads all 400,000 of them each time.',
    area: 'Database',
    inject: async () => {
      for (const name of await indexes()) await admin.query(`DROP INDEX IF EXISTS ${name}`);
    },
    clear: async () => {
      if ((await indexes()).length > 0) return;
      const client = await admin.connect();
      try {
        // Not concurrently: it must be back soon, and the waiting writers are few.
        await client.query(`BEGIN; SET LOCAL ROLE shop_owner; ${ordersByCustomer}; COMMIT`);
      } finally {
        client.release();
      }
    },
    isActive: async () => (await indexes()).length === 0,
  };
}
