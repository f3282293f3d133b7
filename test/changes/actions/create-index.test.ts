import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { createIndexKind } from '../../../src/changes/actions/create-index/create-index.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { ExecutionError, RefusedError } from '../../../src/changes/errors.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, until } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sessionOf, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.create_index'>;
const action: Action = { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id'] };
const kind = createIndexKind();
const indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";

describeActionKind(kind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, columns: ['customer'] },
    snapshot: async () => (await world.admin.query(indexes)).rows,
    sent: world.tap.sent,
    move: async () => void (await world.admin.query('CREATE INDEX orders_customer_id_idx ON orders (customer_id)')),
    async moveAfter() {
      await world.admin.query('DROP INDEX orders_customer_id_idx');
      await world.admin.query('CREATE INDEX orders_customer_id_idx ON orders (customer_id, id)');
    },
    close: world.close,
  };
});

describe('postgres.create_index', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => world.close());

  const prepared = async (): Promise<ChangeOf<Action>> => changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;

  test.each([
    ['a table that is not there', { table: 'order' }, /no table public\.order /],
    ['an unknown schema', { schema: 'sales' }, /no table sales\.orders/],
    ['a column twice', { columns: ['id', 'id'] }, /named twice/],
    ['a type without an order', { columns: ['place'] }, /PostgreSQL would not build it.*operator class/],
    ['an index that serves it already', { columns: ['id'] }, /orders_pkey serves/],
    ['an unknown target', { target: 'other' }, /no database other/],
    ['PostgreSQL\'s own tables', { schema: 'pg_catalog', table: 'pg_class', columns: ['relname'] }, /PostgreSQL's own/],
  ])('refuses %s', async (_name, part, words) => {
    await expect(kind.prepare({ ...action, ...part }, world.context)).rejects.toThrow(words);
  });

  test('names are quoted, whatever they hold', async () => {
    await world.admin.query('CREATE TABLE "Select" ("user" int, "A$b" int)');
    const { command } = await kind.prepare({ ...action, table: 'Select', columns: ['user', 'A$b'] }, world.context);
    expect(command).toEqual(['CREATE INDEX CONCURRENTLY "Select_user_A$b_idx" ON "public"."Select" USING btree ("user", "A$b")']);
  });

  test('long names stay within 63 bytes and apart', async () => {
    const column = 'c'.repeat(60);
    await world.admin.query(`CREATE TABLE long (${column}1 int, ${column}2 int)`);
    const names = await Promise.all(['1', '2'].map(async (end) => /"([^"]+)" ON/.exec((await kind.prepare({ ...action, table: 'long', columns: [column + end] }, world.context)).command[0] ?? '')?.[1]));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name?.length).toBeLessThanOrEqual(63);
  });

  test('a table that was never analysed is judged by its size, never as an empty one', async () => {
    await world.admin.query("CREATE TABLE heaped (customer_id int) WITH (autovacuum_enabled = off)");
    await world.admin.query("INSERT INTO heaped SELECT generate_series(1, 50000)");
    const { facts } = await kind.prepare({ ...action, table: 'heaped' }, world.context);
    expect(facts.tableRows).toBeGreaterThanOrEqual(50_000);
  });

  test('refuses while a transaction has long held a lock on the table', async () => {
    const holder = await world.client();
    await holder.query('BEGIN; UPDATE orders SET note = NULL WHERE id = 1');
    await expect(kind.prepare(action, world.context)).resolves.toBeDefined();
    const { pid } = await sessionOf(holder);
    await expect(createIndexKind({ longHolderSeconds: 0 }).prepare(action, world.context)).rejects.toThrow(new RegExp(`Session ${pid} \\(idle in transaction\\).*end it first`));
  });

  test('a role without rights is refused with the grant it lacks', async () => {
    const role = `reader_${Date.now()}`;
    await world.admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const url = new URL(world.url);
    url.username = role;
    url.password = 'x';
    const database = world.targets.databases[0];
    if (!database) throw new Error('no target');
    const write = { variable: 'W', reveal: () => url.toString() };
    const context = { ...world.context, targets: { ...world.targets, databases: [{ ...database, write }] } };
    await expect(kind.prepare(action, context)).rejects.toThrow(/grant it membership in the table's owner/);
    await world.admin.query(`DROP ROLE ${role}`);
  });

  test('a build that runs into its lock timeout leaves no invalid index', async () => {
    const hasty = createIndexKind({ lockTimeoutMilliseconds: 300 });
    const change = await prepared();
    const writer = await world.client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET note = NULL WHERE id = 1');
    const running = hasty.execute(change, world.context).catch((error: unknown) => error);
    const invalid = 'SELECT FROM pg_index WHERE NOT indisvalid';
    await until(async () => (await world.admin.query(invalid)).rowCount === 1 && world.tap.sent().includes('DROP INDEX CONCURRENTLY'), 'an invalid index that is being cleaned up');
    await writer.query('COMMIT');
    const error = await running;
    expect(error).toBeInstanceOf(ExecutionError);
    expect(error).toMatchObject({ effect: 'none', message: expect.stringMatching(/lock timeout.*was dropped/) });
    expect((await world.admin.query(invalid)).rowCount).toBe(0);
  });

  test('remains that can not be cleaned up in time are named and can be undone', async () => {
    const hasty = createIndexKind({ lockTimeoutMilliseconds: 300, cleanupMilliseconds: 1 });
    const change = await prepared();
    const writer = await world.client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET note = NULL WHERE id = 1');
    const error: unknown = await hasty.execute(change, world.context).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ effect: 'partial', message: expect.stringContaining('DROP INDEX CONCURRENTLY "public"."orders_customer_id_idx"') });
    await writer.query('COMMIT');
    await kind.undo({ ...change, written: (error as ExecutionError).written ?? {} }, world.context);
    expect((await world.admin.query(indexes)).rowCount).toBe(1);
  });

  test('an unfinished index from earlier is refused, not taken for done', async () => {
    const writer = await world.client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET note = NULL WHERE id = 1');
    await world.admin.query("SET lock_timeout = '200ms'");
    await expect(world.admin.query('CREATE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id)')).rejects.toThrow(/lock timeout/);
    await writer.query('ROLLBACK');
    await expect(kind.prepare(action, world.context)).rejects.toThrow(/unfinished index/);
  });

  test('a connection that breaks in the middle: nothing is left, or the index is whole', async () => {
    const change = await prepared();
    const writer = await world.client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET note = NULL WHERE id = 1');
    const running = kind.execute(change, world.context).catch((error: unknown) => error);
    await until(async () => (await world.admin.query('SELECT FROM pg_index WHERE NOT indisvalid')).rowCount === 1, 'the build waits');
    world.tap.cut();
    await writer.query('COMMIT');
    const outcome = await running;
    const after = await world.admin.query<{ valid: boolean }>("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('orders_customer_id_idx')");
    const said = outcome instanceof ExecutionError ? outcome.effect : 'built';
    expect([said, after.rows]).toBeOneOf([['none', []], ['built', [{ valid: true }]]]);
  });

  test('no write role, no change', async () => {
    const [database] = world.targets.databases;
    if (!database) throw new Error('no target');
    const { write: _write, ...readOnly } = database;
    await expect(kind.prepare(action, { ...world.context, targets: { ...world.targets, databases: [readOnly] } })).rejects.toThrow(RefusedError);
  });
});
