/** The one PostgreSQL of a vitest run: data in a temporary folder, gone at the end. It holds a migrated database to copy. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/database/embedded.ts';
import { migrate } from '../../src/database/migrate.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    /** Name of a database with the product's schema, for CREATE DATABASE ... TEMPLATE. Nobody connects to it. */
    migratedDatabase: string;
  }
}

export async function setup(project: Pick<TestProject, 'provide'>): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sre-agent-test-'));
  const server = await startEmbeddedPostgres({
    directory,
    flags: ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off', '-c', 'max_connections=300'],
    log: silentLogger,
  });
  await makeLoginsCheap(server.url());
  await server.createDatabase('migrated');
  await migrate(server.url('migrated'));
  project.provide('postgresUrl', server.url());
  project.provide('migratedDatabase', 'migrated');
  return async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

/** Tests connect thousands of times, and each login of the usual strength costs milliseconds of both sides. */
async function makeLoginsCheap(url: string): Promise<void> {
  const { username, password } = new URL(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SET scram_iterations = 1');
    await client.query(`ALTER ROLE ${client.escapeIdentifier(username)} PASSWORD ${client.escapeLiteral(decodeURIComponent(password))}`);
  } finally {
    await client.end();
  }
}
