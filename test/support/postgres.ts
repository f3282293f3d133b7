/** A fresh database of the run's PostgreSQL 18. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** A superuser's. */
  url: string;
  /** Drops the database and cuts the sessions that are still in it. */
  close(): Promise<void>;
}

/** Empty. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return create('');
}

/** With the product's schema, as `migrate` makes it. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  return create(` TEMPLATE ${process.env['TEST_MIGRATED_DATABASE'] ?? inject('migratedDatabase')}`);
}

async function create(from: string): Promise<TestDatabase> {
  // Outside of a test run whoever started the server says where it is.
  const server = process.env['TEST_POSTGRES_URL'] ?? inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(server, `CREATE DATABASE ${name}${from}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.toString(), close: () => run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
