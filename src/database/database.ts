/** The pool: short transactions that wait out a restart of PostgreSQL, and never crash the process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient, QueryResultRow } from 'pg';
import { Pool } from 'pg';
import type { Logger } from '../telemetry/log.ts';
import { isConflict, isConnectionError } from './connection-errors.ts';

/** Runs one statement and returns its rows. NUL, which PostgreSQL can't store, becomes U+FFFD. */
export type Query = <Row extends QueryResultRow>(statement: string, parameters?: readonly unknown[]) => Promise<Row[]>;

export interface Database {
  /** For statements that may run twice: a lost connection is tried again. */
  query: Query;
  /** Commits what `work` did, or nothing. `work` may run again when PostgreSQL was away or rolled it back. */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** How long a call waits for a PostgreSQL that is away before it fails. */
const patienceMilliseconds = 30_000;

export function createDatabase({ url, log, connections = 10 }: { url: string; log: Logger; connections?: number }): Database {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'sre-agent',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
  });
  pool.on('error', (error) => log.warn({ error }, 'PostgreSQL closed an idle connection'));
  // A client in use has no listener of the pool's, and an error without a listener ends the process.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ error }, 'A PostgreSQL connection broke')));
  let closed: Promise<void> | undefined;

  async function withClient<Result>(begin: string, work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await openClient(pool, begin, log);
    try {
      const result = await work(queryOn(client));
      client.release();
      return result;
    } catch (error) {
      client.release(!(await rollBack(client)));
      throw error;
    }
  }

  return {
    async query(statement, parameters) {
      return untilConnected(log, () => withClient('', (query) => query(statement, parameters)));
    },
    async transaction(work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await withClient('BEGIN', async (query) => {
            const result = await work(query);
            await query('COMMIT');
            return result;
          });
        } catch (error) {
          if (!isConflict(error) || attempt === 5) throw error;
        }
      }
    },
    close: () => (closed ??= pool.end()),
  };
}

/** False when the connection is of no more use. */
async function rollBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

async function openClient(pool: Pool, begin: string, log: Logger): Promise<PoolClient> {
  return untilConnected(log, async () => {
    const client = await pool.connect();
    try {
      if (begin !== '') await client.query(begin);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  });
}

function queryOn(client: PoolClient): Query {
  return async <Row extends QueryResultRow>(statement: string, parameters: readonly unknown[] = []) => {
    const storable = parameters.map((value) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value));
    return (await client.query<Row>(statement, storable)).rows;
  };
}

/** Tries again while PostgreSQL is away. `work` must be safe to run twice. */
export async function untilConnected<Result>(log: Logger, work: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + patienceMilliseconds;
  for (let pause = 50; ; pause = Math.min(pause * 2, 1_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionError(error) || Date.now() + pause > end) throw error;
      log.debug({ error, pause }, 'PostgreSQL is away; trying again');
      await sleep(pause);
    }
  }
}
