import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../src/config/configuration-error.ts';
import { sqlSelect } from '../../../src/tools/sql/sql-select.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';
import { createTestDatabase } from '../../support/postgres.ts';

let database: { url: string; close(): Promise<void> };
let admin: Client;
let tool: Tool;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`CREATE TABLE public.orders (id int PRIMARY KEY, note text);
    INSERT INTO public.orders SELECT g, 'n' || g FROM generate_series(1, 500) g;
    CREATE TABLE public.users (name text, api_key text); INSERT INTO public.users VALUES ('ann', 'planted')`);
  tool = sqlSelect([
    { name: 'shop', kind: 'postgres', read: { variable: 'SHOP', reveal: () => database.url } },
    { name: 'unset', kind: 'postgres', read: { variable: 'UNSET', reveal: () => { throw new ConfigurationError(['UNSET is not set; target unset needs it.']); } } },
    { name: 'down', kind: 'postgres', read: { variable: 'DOWN', reveal: () => 'postgres://a:planted@127.0.0.1:1/x' } },
  ], undefined);
});
afterAll(async () => {
  await admin.end();
  await database.close();
});

function run(statement: string, name = 'shop'): Promise<ToolResult> {
  return tool.run(tool.input.parse({ database: name, statement }), { signal: new AbortController().signal });
}

describe('sql_select', () => {
  test('shows an aligned table and the statement as typed', async () => {
    const result = await run('SELECT id, note FROM public.orders WHERE id IN (7, 10) ORDER BY id');
    expect(result).toEqual({ command: 'shop=> SELECT id, note FROM public.orders WHERE id IN (7, 10) ORDER BY id', output: 'id | note\n---+-----\n7  | n7\n10 | n10\n(2 rows)' });
  });

  test('caps rows and says so', async () => {
    const { output } = await run('SELECT id FROM public.orders ORDER BY id');
    expect(output).toContain('(first 200 rows; there are more');
    expect(output).not.toContain('\n201');
  });

  test('keeps the shape of a plan', async () => {
    expect((await run("EXPLAIN SELECT * FROM public.orders WHERE note = 'n7'")).output).toMatch(/^Seq Scan on orders.*\n  Filter: \(note = 'n7'::text\)/);
  });

  test('shows nulls, newlines and equal column names', async () => {
    expect((await run("SELECT NULL AS a, E'x\\ny' AS a, 3 AS a")).output).toBe('a      | a   | a\n-------+-----+--\n(null) | x y | 3\n(1 row)');
    expect((await run('SELECT 1 AS a WHERE false')).output).toContain('(0 rows)');
  });

  test('takes literals out of the statements of other sessions', async () => {
    const other = new Client({ connectionString: database.url, application_name: 'talker' });
    await other.connect();
    await other.query("SELECT 'planted literal'");
    const { output } = await run("SELECT query FROM pg_stat_activity WHERE application_name = 'talker'");
    await other.end();
    expect(output).toContain('SELECT $1');
    expect(output).not.toContain('planted');
  });

  test.each(['query', 'query AS said'])('and out of one that the server cut off inside a literal: %s', async (column) => {
    const other = new Client({ connectionString: database.url, application_name: 'long talker' });
    await other.connect();
    await other.query(`SELECT 'planted literal ${'x'.repeat(5_000)}'`);
    const { output } = await run(`SELECT ${column} FROM pg_stat_activity WHERE application_name = 'long talker'`);
    await other.end();
    expect(output).toContain('SELECT');
    expect(output).not.toContain('planted');
  });

  test.each([
    'SELECT u FROM public.users u', 'SELECT users::text FROM public.users', 'SELECT row(u.*)::text AS x FROM public.users u', "SELECT concat_ws(',', u.*) AS x FROM public.users u",
    'SELECT * FROM public.users AS u(a, b)', 'SELECT b FROM (SELECT * FROM public.users) AS u(a, b)', 'WITH u(a, b) AS (TABLE public.users) SELECT b FROM u',
    "SELECT 'x' AS a, 'y' AS b UNION ALL SELECT * FROM public.users", 'SELECT e.value FROM public.users u, jsonb_each_text(to_jsonb(u)) e', 'SELECT e.value FROM public.users u, jsonb_each_text(u.to_jsonb) e',
    'SELECT array(SELECT u FROM public.users u)::text AS x', "SELECT most_common_vals::text AS v FROM pg_stats WHERE tablename = 'users'", 'SELECT * FROM pg_stats AS s(a, b, c, d, e, f, g, h, i, j)',
    'SELECT x FROM public.users CROSS JOIN LATERAL (SELECT users AS x) s', 'SELECT b FROM (public.users a CROSS JOIN pg_catalog.pg_am) AS j(a, b)',
  ])('no way round the name of a column: %s', async (statement) => {
    const result = await run(statement);
    expect(result.output).not.toContain('planted');
    expect(result.failed).toBe(true);
  });

  test.each(['SELECT * FROM public.orders o WHERE o.id = 7', 'SELECT o.* FROM public.orders o LIMIT 1', 'SELECT count(*) FROM public.orders', 'TABLE public.orders', 'SELECT s.* FROM pg_catalog.pg_am AS s(a, b, c, d)', 'SELECT n FROM generate_series(1, 3) AS g(n)', 'SELECT row_to_json(a) FROM pg_catalog.pg_am a', 'SELECT attname, n_distinct FROM pg_stats', 'SELECT o.id FROM public.orders o JOIN public.users u ON u.name = o.note'])('still reads: %s', async (statement) => {
    expect((await run(statement)).failed).toBeUndefined();
  });

  test('literals of other sessions stay hidden in a part of a statement and under another name', async () => {
    await admin.query("SELECT 'planted' AS secret_of_somebody");
    const { output } = await run("SELECT left(query, 30) AS begins, query AS q FROM pg_stat_activity WHERE query LIKE '%secret_of_somebody%' AND pid <> pg_backend_pid()");
    expect(output).toContain('secret_of_somebody');
    expect(output).not.toContain('planted');
  });

  test('hides a column that is named like a secret, and refuses to rename it', async () => {
    const { output } = await run('SELECT * FROM public.users');
    expect(output).toContain('ann');
    expect(output).not.toContain('planted');
    expect(await run('SELECT api_key AS note FROM public.users')).toMatchObject({ failed: true, output: expect.stringContaining('looks like a secret') as string });
  });

  test('refuses, saying what to do instead', async () => {
    expect(await run('DELETE FROM public.orders')).toMatchObject({ failed: true, output: expect.stringMatching(/^Refused: .*propose a change/) as string });
    expect(Number((await admin.query<{ count: string }>('SELECT count(*) FROM public.orders')).rows[0]?.count)).toBe(500);
  });

  test('passes the server\'s words on with what to try', async () => {
    expect(await run('SELECT * FROM orders')).toMatchObject({ failed: true, output: expect.stringMatching(/relation "orders" does not exist.*Write the schema too/) as string });
    expect(await run('SELECT 1/0')).toMatchObject({ failed: true, output: expect.stringContaining('division by zero') as string });
    expect(await run('SELECT 1', 'unset')).toMatchObject({ failed: true, output: expect.stringContaining('UNSET is not set') as string });
    const down = await run('SELECT 1', 'down');
    expect(down).toMatchObject({ failed: true, output: expect.stringContaining('ECONNREFUSED') as string });
    expect(down.output).not.toContain('planted');
  });

  test('knows configured databases only', () => {
    expect(tool.input.safeParse({ database: 'other', statement: 'SELECT 1' }).success).toBe(false);
    expect(tool.input.safeParse({ database: 'shop', statement: 'SELECT 1', host: 'evil' }).success).toBe(false);
    expect(tool.input.safeParse({ database: 'toString', statement: 'SELECT 1' }).success).toBe(false);
  });

  test('stops with the investigation', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const result = await tool.run({ database: 'shop', statement: 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b' }, { signal: stop.signal });
    expect(result).toMatchObject({ failed: true, output: expect.stringContaining('stopped') as string });
  });
});
