import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkReadOnlySql } from '../../../src/tools/sql/check-statement.ts';
import type { View } from '../../../src/tools/sql/look-views.ts';
import { viewNames, views } from '../../../src/tools/sql/look-views.ts';
import { postgresExplain } from '../../../src/tools/sql/postgres-explain.ts';
import { postgresLook } from '../../../src/tools/sql/postgres-look.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const suffix = Math.random().toString(36).slice(2, 8);
const reader = `look_${suffix}`;
let database: { url: string; close(): Promise<void> };
let admin: Client;
let look: Tool;
let explain: Tool;
const open: Client[] = [];

async function client(application: string): Promise<Client> {
  const one = new Client({ connectionString: database.url, application_name: application });
  one.on('error', () => undefined);
  await one.connect();
  open.push(one);
  return one;
}

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await client('setup');
  const name = new URL(database.url).pathname.slice(1);
  await admin.query(`CREATE TABLE public.orders (id bigserial PRIMARY KEY, customer_id int NOT NULL CHECK (customer_id >= 0), note text);
    INSERT INTO public.orders (customer_id, note) SELECT g % 100, 'n' || g FROM generate_series(1, 20000) g;
    CREATE INDEX orders_customer ON public.orders (customer_id); CREATE INDEX orders_customer_too ON public.orders (customer_id, id);
    ALTER TABLE public.orders SET (autovacuum_enabled = false); ANALYZE public.orders;
    CREATE ROLE ${reader} LOGIN PASSWORD 'x'; GRANT pg_monitor TO ${reader}; GRANT SELECT ON public.orders TO ${reader};
    ALTER ROLE ${reader} IN DATABASE ${name} SET app.api_token TO 'planted-secret'; ALTER ROLE ${reader} CONNECTION LIMIT 7`);
  const url = Object.assign(new URL(database.url), { username: reader, password: 'x' }).toString();
  const targets = [{ name: 'shop', kind: 'postgres' as const, read: { variable: 'SHOP', reveal: () => url } }, { name: 'down', kind: 'postgres' as const, read: { variable: 'DOWN', reveal: () => 'postgres://a:planted@127.0.0.1:1/x' } }];
  look = postgresLook(targets, undefined);
  explain = postgresExplain(targets, undefined);
});
afterAll(async () => {
  await admin.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  await Promise.all(open.map((one) => one.end().catch(() => undefined)));
  await database.close();
});

const run = (tool: Tool, input: Record<string, unknown>): Promise<ToolResult> => tool.run(tool.input.parse({ database: 'shop', ...input }), { signal: new AbortController().signal });

describe('postgres_look', () => {
  test.each(viewNames)('%s: a role that can only read sees all of it', async (view) => {
    const { output, failed } = await run(look, { view, ...(view === 'object' && { object: 'public.orders' }) });
    expect(failed).toBeUndefined();
    expect(output).not.toMatch(/\[[0-9A-Z]{5},|does not exist|syntax error|permission denied/);
    const titles = (views[view] as View).sections.filter(({ optional }) => !optional).map(({ title }) => `# ${title}`);
    expect(titles.filter((title) => !output.includes(title))).toEqual([]);
    expect(output).not.toContain('planted-secret');
  });

  test('its statements pass the wall of sql_select, but for functions that only a listing needs', async () => {
    const refused: string[] = [];
    for (const [name, view] of Object.entries(views) as [string, View][]) for (const { sql, title } of view.sections) {
      const checked = await checkReadOnlySql(sql);
      if (!checked.ok) refused.push(`${name}, ${title}: ${checked.reason}`);
    }
    expect(refused).toEqual([expect.stringMatching(/^sizes, WAL: the function pg_ls_waldir/)]);
  });

  test('an object shows columns, indexes, constraints and rights', async () => {
    const { output } = await run(look, { view: 'object', object: 'public.orders' });
    for (const words of ['autovacuum_enabled=false', 'customer_id', 'orders_customer_too', 'CHECK ((customer_id >= 0))', reader]) expect(output).toContain(words);
    expect((await run(look, { view: 'object' })).output).toContain('Say which object');
    expect((await run(look, { view: 'object', object: 'public.nothing' })).output).toContain('(none)');
  });

  test('a name is a value, never a part of the statement', () => {
    for (const object of ["public.orders'; DROP TABLE x; --", 'orders', '-x.y', 'a.b.c', 'a b.c']) expect(look.input.safeParse({ database: 'shop', view: 'object', object }).success).toBe(false);
    expect(look.input.safeParse({ database: 'shop', view: 'anything' }).success).toBe(false);
  });

  test('blocking: who waits, who stands in the way, and no value of either statement', async () => {
    const [holder, waiter] = [await client('holder'), await client('waiter')];
    await holder.query("BEGIN; UPDATE public.orders SET note = 'planted-value' WHERE id = 1");
    const waiting = waiter.query("UPDATE public.orders SET note = 'planted-value-2' WHERE id = 1").catch(() => undefined);
    try {
      await expect.poll(async () => (await run(look, { view: 'blocking' })).output, { timeout: 20_000 }).toMatch(/holder.*idle in transaction/);
      const { output } = await run(look, { view: 'blocking' });
      expect(output).toContain('waiter');
      expect(output).not.toContain('planted-value');
      expect((await run(look, { view: 'locks' })).output).toMatch(/waiter.*WAITS/);
      expect((await run(look, { view: 'transactions' })).output).toContain('holder');
    } finally {
      await holder.query('ROLLBACK');
      await waiting;
    }
  });

  test('an index that another one covers, and a limit of a role', async () => {
    expect((await run(look, { view: 'indexes' })).output).toMatch(/orders_customer .*covered by .*orders_customer_too/);
    expect((await run(look, { view: 'connections' })).output).toMatch(new RegExp(`${reader}.*\\b7\\b`));
    expect((await run(look, { view: 'settings' })).output).toMatch(/app\.api_token *\| \(hidden\)/);
  });

  test('a database that is down is a failed look without a password', async () => {
    const result = await run(look, { database: 'down', view: 'activity' });
    expect(result).toMatchObject({ failed: true });
    expect(result.output).toContain('ECONNREFUSED');
    expect(result.output).not.toContain('planted');
  });
});

describe('postgres_explain', () => {
  test('shows the plan and what the planner goes by, and runs nothing', async () => {
    await admin.query('INSERT INTO public.orders (customer_id) SELECT 5 FROM generate_series(1, 5000)');
    await admin.query('SELECT pg_stat_force_next_flush()');
    const { output } = await run(explain, { statement: 'SELECT max(note) FROM public.orders WHERE customer_id = 5;' });
    expect(output).toMatch(/^Aggregate/);
    expect(output).toMatch(/public\.orders *\| 20000/);
    expect(output).toContain('autovacuum_enabled=false');
    expect(output).toContain('orders_customer (customer_id)');
    expect((await run(explain, { statement: 'SELECT * FROM public.orders WHERE id = $1' })).output).toContain('orders_pkey');
  });

  test.each([
    ['UPDATE public.orders SET note = NULL', /Refused/], ['EXPLAIN ANALYZE SELECT 1', /Refused/], ['SELECT 1; DELETE FROM public.orders', /Refused/], ['SELECT pg_sleep(5)', /Refused/], ["SELECT * FROM public.orders WHERE id = (SELECT nextval('public.orders_id_seq'))", /Refused/], ['SELECT * FROM nowhere.at_all', /42P01/],
  ])('%s is refused', async (statement, words) => {
    const result = await run(explain, { statement });
    expect(result.failed).toBe(true);
    expect(result.output).toMatch(words);
  });
});
