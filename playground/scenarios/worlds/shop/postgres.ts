/** A PostgreSQL as its superuser, and as anybody. */
import { Client, Pool } from 'pg';
import type { DatabaseDoor, DatabaseSession } from '../../world.ts';
import type { Endings } from '../endings.ts';
import type { DatabasePlace } from './databases.ts';

const flags = (settings: Record<string, string>): string => Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' ');
/** What it does would tell an investigator what to look for. */
const unseen = flags({ track_activities: 'off', 'pg_stat_statements.track': 'none', log_min_messages: 'fatal', log_min_duration_statement: '-1', log_lock_waits: 'off' });
/** Faults set these for a database or a role; the hidden door must still open. */
const unmoved = flags({ default_transaction_read_only: 'off', statement_timeout: '0', lock_timeout: '0', idle_in_transaction_session_timeout: '0', idle_session_timeout: '0', search_path: 'public' });
const connectMilliseconds = 10_000;

export function openPostgres(place: DatabasePlace, endings: Pick<Endings, 'add'>): DatabaseDoor {
  const password = place.password('postgres');
  const pools: { at: string; pool: Pool }[] = [];
  const admin = (): Pool => {
    const { host, port } = place.address();
    const known = pools.find(({ at }) => at === `${host}:${port}`);
    if (known) return known.pool;
    const pool = new Pool({ host, port, user: 'postgres', password, database: place.database, max: 3, application_name: '', idleTimeoutMillis: 3_000, connectionTimeoutMillis: connectMilliseconds, options: `${unseen} ${unmoved}` });
    pool.on('error', () => undefined);
    pools.push({ at: `${host}:${port}`, pool });
    endings.add(() => pool.end());
    return pool;
  };
  return {
    query: async <Row extends Record<string, unknown>>(sql: string, values?: readonly unknown[]) => {
      const result: unknown = await admin().query(sql, values === undefined ? undefined : [...values]);
      return rowsOf(result) as Row[];
    },
    session: async (role, applicationName, options = {}) => {
      const client = new Client({ ...place.address(), user: role, password: options.password ?? place.password(role), database: place.database, application_name: applicationName, connectionTimeoutMillis: connectMilliseconds });
      const session = sessionOf(client);
      await client.connect();
      endings.add(session.end);
      return session;
    },
  };
}

/** Of several statements, the last one's. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  const last = (Array.isArray(result) ? result.at(-1) : result) as { rows?: Record<string, unknown>[] } | undefined;
  return last?.rows ?? [];
}

function sessionOf(client: Client): DatabaseSession {
  let ended = false;
  client.on('error', () => (ended = true));
  client.on('end', () => (ended = true));
  return {
    query: async (sql) => rowsOf(await client.query(sql)),
    send: (sql) => void client.query(sql).catch(() => undefined),
    ended: () => ended,
    end: async () => {
      if (ended) return;
      ended = true;
      // A statement that hangs would keep an orderly goodbye waiting.
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      await client.end().catch(() => undefined);
    },
  };
}
