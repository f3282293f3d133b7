/** BullMQ on PostgreSQL, through a pool of ours: a connection that breaks while in use must not end the process. */
import type { BackendFactory, IQueueBackend } from 'bullmq';
import { createPostgresBackend, DEFAULT_SCHEMA, runMigrations } from 'bullmq';
import { Pool } from 'pg';
import { untilConnected } from '../database/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { BullConnection } from './connection.ts';
import { settleWithin } from './settle-within.ts';

/** Each worker keeps one connection to listen on; the rest serve short statements. */
const connections = 12;

export async function openPostgres(url: string, log: Logger): Promise<BullConnection> {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'sre-agent queue',
    options: `-c search_path=${DEFAULT_SCHEMA}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  pool.on('error', (error) => log.warn({ error }, "PostgreSQL closed an idle connection of the queue's"));
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ error }, "A connection of the queue's broke")));
  await untilConnected(log, () => migrateQueue(pool));
  return {
    connection: pool,
    factory: createPostgresBackend as unknown as BackendFactory<IQueueBackend, unknown>,
    patiently: (work) => untilConnected(log, work),
    close: () => settleWithin(pool.end(), 5_000),
  };
}

async function migrateQueue(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, DEFAULT_SCHEMA);
  } finally {
    client.release();
  }
}
