/** The shop's own PostgreSQL: started, given its tables and rows once, its roles new passwords each time. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Client, Pool } from 'pg';
import type { EmbeddedOptions, EmbeddedPostgres } from '../../src/database/embedded.ts';
import { createRoles, grantTables, roleNames, secureDatabase, setPasswords, type RoleName } from './roles.ts';
import { keysAndIndexes, tables } from './schema.ts';
import { rows, sequences } from './seed.ts';

export type StartPostgres = (options: EmbeddedOptions) => Promise<EmbeddedPostgres>;

export interface ShopDatabase {
  /** Of the database `shop`, for one role or the superuser. */
  url(role: RoleName | 'admin'): string;
  pid: number;
  /** Few connections as the superuser, under an unremarkable name. */
  admin: Pool;
  stop(): Promise<void>;
}

const settings: Record<string, string> = {
  shared_preload_libraries: 'pg_stat_statements',
  max_connections: '68',
  superuser_reserved_connections: '3',
  reserved_connections: '13',
  shared_buffers: '128MB',
  // One scan should not take both cores of a small machine.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  maintenance_work_mem: '128MB',
  jit: 'off',
  track_activity_query_size: '4096',
  // A client that gave up must not leave its statement waiting.
  client_connection_check_interval: '1s',
  // It is a playground: fast beats durable.
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
};

export async function startShopDatabase(settingsOf: {
  directory: string;
  port: number | undefined;
  startPostgres: StartPostgres;
  log: EmbeddedOptions['log'];
  progress: (line: string) => void;
}): Promise<ShopDatabase> {
  const { progress } = settingsOf;
  progress('shop: starting its PostgreSQL');
  const postgres = await settingsOf.startPostgres({
    directory: path.join(settingsOf.directory, 'postgres'),
    ...(settingsOf.port === undefined ? {} : { port: settingsOf.port }),
    flags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    log: settingsOf.log,
  });
  try {
    const passwords = Object.fromEntries(roleNames.map((role) => [role, randomBytes(18).toString('hex')])) as Record<RoleName, string>;
    await withClient(postgres.url('postgres'), async (client) => {
      const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'shop'");
      if (!rowCount) await seedDatabase(client, postgres, progress);
      for (const statement of setPasswords(passwords)) await client.query(statement);
    });
    const adminUrl = postgres.url('shop');
    // What it looks at would tell an investigator what to look for.
    const options = '-c track_activities=off -c pg_stat_statements.track=none';
    const admin = new Pool({ connectionString: adminUrl, max: 2, application_name: '', idleTimeoutMillis: 0, options });
    admin.on('error', () => undefined);
    await admin.query('SELECT pg_stat_statements_reset()');
    return {
      url: (role) => (role === 'admin' ? adminUrl : roleUrl(adminUrl, role, passwords[role])),
      pid: postgres.pid,
      admin,
      stop: async () => {
        await admin.end();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Works under another name and renames at the end: an interrupted seeding starts over, never leaves half a shop. */
async function seedDatabase(client: Client, postgres: EmbeddedPostgres, progress: (line: string) => void): Promise<void> {
  progress('shop: creating roles and tables');
  await client.query('DROP DATABASE IF EXISTS shop_new');
  for (const role of ['sre_read', 'sre_write', ...roleNames, 'shop_owner']) await client.query(`DROP ROLE IF EXISTS ${role}`);
  await client.query(createRoles);
  await client.query('CREATE DATABASE shop_new');
  await withClient(postgres.url('shop_new'), async (shop) => {
    await shop.query(secureDatabase.replaceAll('DATABASE shop ', 'DATABASE shop_new '));
    await shop.query('CREATE EXTENSION pg_stat_statements');
    await shop.query('SET ROLE shop_owner');
    await shop.query('BEGIN');
    await shop.query(tables);
    progress('shop: filling tables with 400,000 orders');
    for (const statement of [...rows, ...sequences]) await shop.query(statement);
    progress('shop: building indexes');
    for (const statement of keysAndIndexes) await shop.query(statement);
    await shop.query('COMMIT');
    await shop.query(grantTables);
    await shop.query('RESET ROLE');
    await shop.query('VACUUM (ANALYZE)');
    await shop.query('CHECKPOINT');
  });
  await client.query('ALTER DATABASE shop_new RENAME TO shop');
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function roleUrl(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  return url.toString();
}
