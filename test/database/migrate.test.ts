import { Client } from 'pg';
import { expect, test } from 'vitest';
import { migrate } from '../../src/database/migrate.ts';
import { migrations } from '../../src/database/migrations/all.ts';
import { createTestDatabase } from '../support/postgres.ts';

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

test('many processes may migrate at once, and again', async () => {
  const database = await createTestDatabase();
  await Promise.all(Array.from({ length: 8 }, () => migrate(database.url)));
  await migrate(database.url);
  const versions = await query(database.url, 'SELECT version FROM sre_agent.migrations ORDER BY version');
  expect(versions.map((row) => row['version'])).toEqual(migrations.map(({ version }) => version));
  await database.close();
});

test('nothing is made outside of its own schema', async () => {
  const database = await createTestDatabase();
  const count = "SELECT count(*)::integer AS count FROM pg_class WHERE relnamespace = 'public'::regnamespace";
  const before = await query(database.url, count);
  await migrate(database.url);
  expect(await query(database.url, count)).toEqual(before);
  await database.close();
});

test('a database of a later release is refused', async () => {
  const database = await createTestDatabase();
  await migrate(database.url);
  await query(database.url, "INSERT INTO sre_agent.migrations (version, name) VALUES (1000, 'future')");
  await expect(migrate(database.url)).rejects.toMatchObject({ code: 'database_newer' });
  await database.close();
});

test('a role without rights on the database may start once the schema is there', async () => {
  const database = await createTestDatabase();
  await migrate(database.url);
  const role = `limited_${Date.now()}`;
  await query(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA sre_agent TO ${role}; GRANT SELECT ON sre_agent.migrations TO ${role}`);
  const url = new URL(database.url);
  Object.assign(url, { username: role, password: 'x' });
  await expect(migrate(url.toString())).resolves.toBeUndefined();
  await query(database.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await database.close();
});
