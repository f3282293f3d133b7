/** The service's pool, with its errors turned into answers that name SQLSTATE and cause. */
import { Pool } from 'pg';
import { RequestFailure, errorCode } from './failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Database {
  /** Rows of one statement. Throws RequestFailure 503 with the SQLSTATE as its code. */
  query(requestId: string, statement: string, values: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs the statements of `work` in one transaction. */
  transaction<T>(requestId: string, work: (query: (statement: string, values: unknown[]) => Promise<Record<string, unknown>[]>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseSettings {
  service: string;
  url: string;
  poolSize: number;
  acquireTimeoutMilliseconds: number;
  lockTimeoutMilliseconds: number;
  log: Log;
  metrics: Metrics;
}

export function createDatabase(settings: DatabaseSettings): Database {
  const { log, metrics } = settings;
  const pool = new Pool({
    connectionString: settings.url,
    application_name: settings.service,
    max: settings.poolSize,
    connectionTimeoutMillis: settings.acquireTimeoutMilliseconds,
    idleTimeoutMillis: 10_000,
    maxLifetimeSeconds: 10,
    lock_timeout: settings.lockTimeoutMilliseconds,
  });
  pool.on('error', (error) => log('warn', `idle database connection lost: ${error.message}`, { upstream: 'database', code: errorCode(error) }));

  const measured = async <T>(requestId: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      const result = await work();
      metrics.upstream('database', 'ok', (performance.now() - started) / 1000);
      return result;
    } catch (error) {
      if (error instanceof RequestFailure) throw error;
      const waitedForPool = error instanceof Error && /timeout exceeded when trying to connect/.test(error.message);
      const code = waitedForPool ? 'POOL_TIMEOUT' : errorCode(error);
      const message = waitedForPool
        ? `no database connection free within ${settings.acquireTimeoutMilliseconds} ms`
        : error instanceof Error ? error.message : String(error);
      metrics.upstream('database', code, (performance.now() - started) / 1000);
      log('error', `database: ${message}`, {
        request_id: requestId, upstream: 'database', code, milliseconds: Math.round(performance.now() - started),
        pool: { size: settings.poolSize, open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
      });
      throw new RequestFailure(503, code, `database: ${message}`, 'database');
    }
  };

  return {
    query: (requestId, statement, values) => measured(requestId, async () => (await pool.query<Record<string, unknown>>(statement, values)).rows),
    transaction: (requestId, work) => measured(requestId, async () => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(async (statement, values) => (await client.query<Record<string, unknown>>(statement, values)).rows);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        await client.query('ROLLBACK').then(() => client.release(), () => client.release(true));
        throw error;
      }
    }),
    close: () => pool.end(),
  };
}
