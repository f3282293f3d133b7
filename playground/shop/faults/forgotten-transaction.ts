import { Client } from 'pg';
import type { FaultContext } from './context.ts';
import type { Fault } from './fault.ts';

/** A backfill of orders locked the table in a transaction and never committed: whoever writes an order waits. */
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
    description: 'A backfill of orders holds its lock and sits idle; new orders wait for it until they give up.',
    area: 'Database',
    inject: async () => {
      if (session) return;
      const client = new Client({ connectionString: databaseUrl('checkout_service'), application_name: 'order-backfill' });
      // Terminated by somebody: then the fault is gone.
      client.on('error', () => (session = session === client ? undefined : session));
      client.on('end', () => (session = session === client ? undefined : session));
      await client.connect();
      session = client;
      await client.query('BEGIN');
      await client.query('LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE');
    },
    clear: end,
    isActive: () => Promise.resolve(session !== undefined),
  };
}
