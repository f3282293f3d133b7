import { Client } from 'pg';
import type { Fault, FaultContext } from './fault.ts';

/** A stock import updated every product in a transaction and never committed: whoever reserves stock waits. */
export function forgottenTransaction({ databaseUrl }: Pick<FaultContext, 'databaseUrl'>): Fault {
  let session: Client | undefined;
  const end = async (): Promise<void> => {
    const ending = session;
    session = undefined;
    await ending?.end().catch(() => undefined);
  };
  return {
    id: 'forgotten-transaction',
    title: 'Leave a transaction open',
    description: 'A stock import holds its locks and sits idle; orders wait for it until they give up.',
    area: 'Database',
    inject: async () => {
      if (session) return;
      const client = new Client({ connectionString: databaseUrl('inventory_sync'), application_name: 'inventory-sync' });
      // Terminated by somebody: then the fault is gone.
      client.on('error', () => (session = session === client ? undefined : session));
      client.on('end', () => (session = session === client ? undefined : session));
      await client.connect();
      session = client;
      await client.query('BEGIN');
      await client.query('UPDATE inventory SET quantity = quantity + $1, updated_at = now() WHERE warehouse = $2', [0, 'berlin-1']);
    },
    clear: end,
    isActive: () => Promise.resolve(session !== undefined),
  };
}
