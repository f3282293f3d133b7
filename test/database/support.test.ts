import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/postgres.ts';
import { startTestRedis } from '../support/redis.ts';
import { requirement } from '../support/requirements.ts';

test('a test database is PostgreSQL 18 and empty', async () => {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
  await client.end();
  await database.close();
  expect(rows[0]?.version).toMatch(/^18/);
});

test.skipIf(!requirement('redis'))('a test Redis starts and ends', async () => {
  const redis = await startTestRedis();
  expect(redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
  await redis.close();
});
