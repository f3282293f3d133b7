/** A PostgreSQL for one run of the product: a copy of a data directory that was made and migrated once per checkout. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyDataDirectory } from '../../../../playground/copy-data-directory.ts';
import { guardProcess } from '../../../../playground/shop/server-images/guardian.ts';
import { startEmbeddedPostgres } from '../../../../src/database/embedded.ts';
import type { EmbeddedPostgres } from '../../../../src/database/embedded.ts';
import { migrate } from '../../../../src/database/migrate.ts';
import { migrations } from '../../../../src/database/migrations/all.ts';
import { silentLogger } from '../../../../src/telemetry/log.ts';

const database = 'sre_agent';
/** What is measured ends with the run: nothing of it must survive a crash of the machine. */
const flags = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'shared_buffers=16MB', '-c', 'autovacuum=off', '-c', 'max_connections=60'];

/** `directory` is replaced; it holds the server's files afterwards. The server ends with this process, however that ends. */
export async function startProductDatabase(directory: string): Promise<{ url: string; stop(): Promise<void> }> {
  await copyDataDirectory(await ensureProductTemplate(), directory);
  const postgres = await startEmbeddedPostgres({ directory, flags, log: silentLogger });
  const dismiss = guardProcess(postgres.pid);
  return { url: postgres.url(database), stop: () => postgres.stop().finally(dismiss) };
}

let making: Promise<string> | undefined;

/** One at a time in this process; another process that makes it meanwhile does no harm. */
export const ensureProductTemplate = (): Promise<string> => (making ??= makeTemplate().finally(() => (making = undefined)));

async function makeTemplate(): Promise<string> {
  const version = createHash('sha256').update(JSON.stringify(migrations.map((migration) => migration.sql))).digest('hex').slice(0, 12);
  const directory = path.join(checkout(), 'node_modules', '.cache', 'sre-agent', `product-db-${version}`);
  if (existsSync(directory)) return directory;
  const partial = `${directory}.${randomBytes(6).toString('hex')}`;
  await mkdir(path.dirname(directory), { recursive: true });
  try {
    const postgres = await startEmbeddedPostgres({ directory: partial, flags, log: silentLogger });
    try {
      await fill(postgres);
    } finally {
      await postgres.stop();
    }
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

async function fill(postgres: EmbeddedPostgres): Promise<void> {
  await postgres.createDatabase(database);
  await migrate(postgres.url(database));
}

/** This file lies deeper when compiled. */
function checkout(): string {
  const here = fileURLToPath(new URL('../../../../', import.meta.url));
  return existsSync(path.join(here, 'package.json')) ? here : path.resolve(here, '..');
}
