import { Client } from 'pg';
import type { FaultContext } from './context.ts';
import type { Fault } from './fault.ts';

const pauseMilliseconds = 200;
/** Fewer than this leave room for everybody. */
const harmless = 5;

/** An export opens a session for each report and never closes one, until nobody else gets in. */
export function leakedConnections({ databaseUrl }: Pick<FaultContext, 'databaseUrl'>): Fault {
  const sessions = new Set<Client>();
  const state = { leaking: false };
  let leak: Promise<void> = Promise.resolve();

  const openOne = async (): Promise<void> => {
    const client = new Client({ connectionString: databaseUrl('reporting'), application_name: 'report-export', connectionTimeoutMillis: 3000 });
    const gone = (): void => {
      // Once somebody cuts one of its sessions, the export opens no more.
      if (sessions.delete(client)) state.leaking = false;
    };
    client.on('error', gone);
    client.on('end', gone);
    await client.connect();
    sessions.add(client);
    await client.query("SELECT count(*) FROM orders WHERE id > (SELECT max(id) FROM orders) - 100 AND status = 'paid'");
  };

  const leakOn = async (): Promise<void> => {
    while (state.leaking) {
      const opened = await openOne().then(() => true, () => false);
      if (!opened) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  };

  return {
    id: 'leaked-connections',
    title: 'Leak database connections',
    description: 'A report export keeps every session it opens; the others find no free slot.',
    area: 'Database',
    inject: async () => {
      if (state.leaking || sessions.size > harmless) return;
      state.leaking = true;
      leak = leakOn();
    },
    clear: async () => {
      state.leaking = false;
      await leak;
      const ending = [...sessions];
      sessions.clear();
      await Promise.all(ending.map((client) => client.end().catch(() => undefined)));
    },
    isActive: () => Promise.resolve(state.leaking || sessions.size > harmless),
  };
}
