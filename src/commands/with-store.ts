/** A command's way to the product's database: DATABASE_URL, or the embedded one while the service is stopped. */
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../database/embedded.ts';
import { createStore } from '../database/store.ts';
import type { Store } from '../incident/store.ts';
import { databaseError } from '../start-error.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { Surroundings } from './command.ts';

/** Migrates nothing: whoever looks changes nothing. */
export async function withStore<Result>(variables: Surroundings['variables'], work: (store: Store) => Promise<Result>): Promise<Result> {
  if (variables['DATABASE_URL']) return withUrl(variables['DATABASE_URL'], work);
  const embedded = await startEmbeddedPostgres({ directory: variables['DATA_DIR'] ?? 'data', log: silentLogger });
  try {
    return await withUrl(embedded.url('sre_agent'), work);
  } finally {
    await embedded.stop();
  }
}

async function withUrl<Result>(url: string, work: (store: Store) => Promise<Result>): Promise<Result> {
  await knock(url).catch((error: unknown) => {
    throw databaseError(error);
  });
  const store = await createStore({ url });
  try {
    return await work(store);
  } catch (error) {
    // 42P01: undefined_table, 3F000: invalid_schema_name
    if (['42P01', '3F000'].includes(String((error as { code?: unknown }).code))) throw new OlderDatabaseError(error);
    throw error;
  } finally {
    await store.close();
  }
}

/** The store waits for a database that starts; a person at a prompt wants to know at once. */
async function knock(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'sre-agent', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

class OlderDatabaseError extends Error {
  readonly code = 'database_older';
  constructor(cause: unknown) {
    super('This database has no audit yet: it is of an older release, or not of sre-agent. Start this release once against it, or correct DATABASE_URL.', { cause });
    this.name = 'OlderDatabaseError';
  }
}
