/** A seeded data directory, made once per checkout: 400,000 orders take a while, a copy of them does not. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/database/embedded.ts';
import type { Logger } from '../../../src/telemetry/log.ts';
import { createRoles, grantTables, secureDatabase } from './roles.ts';
import { keysAndIndexes, tables } from './schema.ts';
import { rows, sequences } from './seed.ts';
import { hostRules, serverFlags } from './server-settings.ts';

const recipe = [createRoles, secureDatabase, tables, ...rows, ...sequences, ...keysAndIndexes, grantTables, hostRules];

/** Below the folder of package.json; another recipe is another folder. */
export function templateDirectory(): string {
  const version = createHash('sha256').update(recipe.join('\n')).digest('hex').slice(0, 12);
  return path.join(checkout(), 'node_modules', '.cache', 'sre-agent', `orders-db-${version}`);
}

/** This file is two folders deeper when compiled. */
function checkout(): string {
  const here = fileURLToPath(new URL('../../../', import.meta.url));
  return existsSync(path.join(here, 'package.json')) ? here : path.resolve(here, '..');
}

/** Returns the folder: `cluster` is the data directory, `password` the superuser's. */
export async function ensureTemplate(log: Logger, progress: (line: string) => void = () => undefined): Promise<string> {
  const directory = templateDirectory();
  if (existsSync(directory)) return directory;
  progress('shop: making the database with 400,000 orders (once)');
  const partial = `${directory}.${randomBytes(6).toString('hex')}`;
  await mkdir(path.dirname(directory), { recursive: true });
  try {
    const postgres = await startEmbeddedPostgres({ directory: partial, flags: serverFlags(), log });
    try {
      await fill(postgres, progress);
    } finally {
      await postgres.stop();
    }
    await appendFile(path.join(partial, 'cluster', 'pg_hba.conf'), hostRules);
    await rm(path.join(partial, 'owner.json'), { force: true });
    await rename(partial, directory).catch((error: unknown) => {
      // Somebody else made it meanwhile.
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return directory;
}

async function fill(postgres: EmbeddedPostgres, progress: (line: string) => void): Promise<void> {
  await withClient(postgres.url(), async (client) => {
    await client.query(createRoles);
    await client.query('CREATE DATABASE shop');
  });
  await withClient(postgres.url('shop'), async (shop) => {
    await shop.query(secureDatabase);
    await shop.query('CREATE EXTENSION pg_stat_statements');
    await shop.query('SET ROLE shop_owner');
    await shop.query('BEGIN');
    await shop.query(tables);
    for (const statement of [...rows, ...sequences]) await shop.query(statement);
    progress('shop: building its indexes');
    for (const statement of keysAndIndexes) await shop.query(statement);
    await shop.query('COMMIT');
    await shop.query(grantTables);
    await shop.query('RESET ROLE');
    await shop.query('VACUUM (ANALYZE)');
    await shop.query('CHECKPOINT');
  });
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
