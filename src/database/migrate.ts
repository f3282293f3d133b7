/** Brings the schema `sre_agent` to this release, forward only. Many processes may start at once: one migrates. */
import { Client } from 'pg';
import type { Logger } from '../telemetry/log.ts';
import { silentLogger } from '../telemetry/log.ts';
import { untilConnected } from './database.ts';
import { migrations } from './migrations/all.ts';

/** Two integers of an advisory lock: ours, and what it is for. */
const lock = '8301, 1';

export class DatabaseNewerError extends Error {
  readonly code = 'database_newer';
  override readonly name = 'DatabaseNewerError';
  constructor(found: number, known: number) {
    super(`The database is at schema version ${found} and this release knows ${known}. Start the newer release, or restore the backup made before it.`);
  }
}

/**
 * Waits a while for a PostgreSQL that is starting.
 * @throws DatabaseNewerError when a later release migrated it already
 */
export async function migrate(url: string, log: Logger = silentLogger): Promise<void> {
  const client = await untilConnected(log, () => open(url));
  try {
    await client.query(`SELECT pg_advisory_lock(${lock})`);
    await prepare(client);
    const { rows } = await client.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM sre_agent.migrations');
    const found = rows[0]?.version ?? 0;
    const known = migrations.at(-1)?.version ?? 0;
    if (found > known) throw new DatabaseNewerError(found, known);
    for (const migration of migrations) if (migration.version > found) await apply(client, migration, log);
  } finally {
    await client.end();
  }
}

async function open(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'sre-agent migration', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Asks before it creates, so that a role without CREATE on the database can start once the schema is there. */
async function prepare(client: Client): Promise<void> {
  const { rows } = await client.query<{ present: boolean }>("SELECT to_regclass('sre_agent.migrations') IS NOT NULL AS present");
  if (rows[0]?.present) return;
  await client.query('CREATE SCHEMA IF NOT EXISTS sre_agent');
  await client.query(
    'CREATE TABLE IF NOT EXISTS sre_agent.migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
  );
}

async function apply(client: Client, migration: (typeof migrations)[number], log: Logger): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query('INSERT INTO sre_agent.migrations (version, name) VALUES ($1, $2)', [migration.version, migration.name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  log.info({ version: migration.version, name: migration.name }, 'Migrated the database');
}
