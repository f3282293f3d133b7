/** The program's pool of PostgreSQL, with its errors turned into answers that name SQLSTATE and cause. */
import { Client, Pool } from 'pg';
import type { Environment } from './environment.ts';
import { RequestFailure, errorCode, errorMessage } from './failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { logged, type Trace } from './trace.ts';

export type Row = Record<string, unknown>;
export type Query = (statement: string, values?: unknown[]) => Promise<Row[]>;

export interface Database {
  /** Rows of one statement. Throws RequestFailure 503 with the SQLSTATE as its code. */
  query(trace: Trace, statement: string, values?: unknown[]): Promise<Row[]>;
  /** Runs the statements of `work` in one transaction. */
  transaction<T>(trace: Trace, work: (query: Query) => Promise<T>): Promise<T>;
  /** Resolves when `statement` was answered; tries for ever. */
  reachable(statement?: string): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseSettings {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  poolSize: number;
  acquireTimeoutMilliseconds: number;
  lockTimeoutMilliseconds: number;
  /** Opens a session for each transaction beside the pool. */
  sessionPerTransaction: boolean;
}

export function readDatabaseSettings(environment: Environment): DatabaseSettings {
  const milliseconds = { minimum: 1, maximum: 60_000 };
  return {
    host: environment.text('DB_HOST'),
    port: environment.integer('DB_PORT', { minimum: 1, maximum: 65_535 }, 5432),
    database: environment.text('DB_NAME'),
    user: environment.text('DB_USER'),
    password: environment.secret('DB_PASSWORD'),
    poolSize: environment.integer('DB_POOL_SIZE', { minimum: 1, maximum: 50 }),
    acquireTimeoutMilliseconds: environment.integer('DB_POOL_TIMEOUT_MS', milliseconds, 1500),
    lockTimeoutMilliseconds: environment.integer('DB_LOCK_TIMEOUT_MS', milliseconds, 3000),
    sessionPerTransaction: environment.flag('DB_SESSION_PER_TRANSACTION'),
  };
}

export function createDatabase(name: string, settings: DatabaseSettings, log: Log, metrics: Metrics): Database {
  const { host, port, database, user, password } = settings;
  const connection = { host, port, database, user, password, application_name: name, lock_timeout: settings.lockTimeoutMilliseconds, connectionTimeoutMillis: settings.acquireTimeoutMilliseconds };
  const pool = new Pool({ ...connection, max: settings.poolSize, idleTimeoutMillis: 10_000, maxLifetimeSeconds: 30 });
  const opened = new Set<Client>();
  const durations = metrics.histogram('database_query_duration_seconds', 'Time the database took');
  metrics.gauge('database_pool_connections', 'Connections of the pool', () => [
    { labels: { state: 'open' }, value: pool.totalCount },
    { labels: { state: 'idle' }, value: pool.idleCount },
    { labels: { state: 'waiting' }, value: pool.waitingCount },
  ]);
  metrics.gauge('database_pool_size', 'Most connections of the pool', () => settings.poolSize);
  pool.on('error', (error) => log('warn', `idle database connection lost: ${error.message}`, { upstream: 'database', code: errorCode(error) }));

  const measured = async <T>(trace: Trace, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      const result = await work();
      durations({ outcome: 'ok' }, (performance.now() - started) / 1000);
      return result;
    } catch (error) {
      if (error instanceof RequestFailure) throw error;
      const waited = error instanceof Error && error.message.includes('timeout exceeded when trying to connect');
      const code = waited ? 'POOL_TIMEOUT' : errorCode(error);
      const message = waited ? `no database connection within ${settings.acquireTimeoutMilliseconds} ms` : errorMessage(error);
      durations({ outcome: code }, (performance.now() - started) / 1000);
      log('error', `database: ${message}`, {
        ...logged(trace), upstream: 'database', host, code, milliseconds: Math.round(performance.now() - started),
        pool: { size: settings.poolSize, open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
      });
      throw new RequestFailure(503, code, `database: ${message}`, 'database');
    }
  };

  const openSession = async (): Promise<{ client: Client; release: () => void }> => {
    const client = new Client(connection);
    client.on('error', () => opened.delete(client));
    await client.connect();
    opened.add(client);
    return { client, release: () => undefined };
  };
  const borrow = async (): Promise<{ client: Pick<Client, 'query'>; release: (destroy?: boolean) => void }> => {
    if (settings.sessionPerTransaction) return openSession();
    const client = await pool.connect();
    return { client, release: (destroy) => client.release(destroy) };
  };

  return {
    query: (trace, statement, values = []) => measured(trace, async () => (await pool.query<Row>(statement, values)).rows),
    transaction: (trace, work) => measured(trace, async () => {
      const { client, release } = await borrow();
      try {
        await client.query('BEGIN');
        const result = await work(async (statement, values = []) => (await client.query<Row>(statement, values)).rows);
        await client.query('COMMIT');
        release();
        return result;
      } catch (error) {
        await client.query('ROLLBACK').then(() => release(), () => release(true));
        throw error;
      }
    }),
    reachable: async (statement = 'SELECT 1') => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await pool.query(statement);
          return;
        } catch (error) {
          log('warn', `database not reachable yet: ${errorMessage(error)}`, { upstream: 'database', host, code: errorCode(error), attempt });
          await new Promise((resolve) => setTimeout(resolve, Math.min(1500, 150 * 2 ** Math.min(attempt, 5)) * (0.75 + Math.random() / 2)));
        }
      }
    },
    close: async () => {
      await Promise.all([...opened].map((client) => client.end().catch(() => undefined)));
      await pool.end();
    },
  };
}
