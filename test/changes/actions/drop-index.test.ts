import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { dropIndexKind } from '../../../src/changes/actions/drop-index/drop-index.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import type { ExecutionError } from '../../../src/changes/errors.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, riskOf, secret, until } from '../../support/changes.ts';
import { openDatabaseProxy } from '../../support/faults/database-proxy.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.drop_index'>;
const action: Action = { kind: 'postgres.drop_index', target: 'shop', schema: 'public', index: 'orders_note' };
const kind = dropIndexKind();
const indexes = "SELECT indexname, indexdef, indisvalid FROM pg_indexes JOIN pg_index ON indexrelid = format('%I.%I', schemaname, indexname)::regclass WHERE schemaname = 'public' ORDER BY 1";
const build = `CREATE INDEX orders_note ON orders USING btree (customer_id DESC NULLS LAST, ((note ->> 'kind'::text))) INCLUDE (id) WITH (fillfactor = 70) WHERE customer_id > 3`;

describeActionKind(kind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  await world.admin.query(build);
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, index: 'orders_notes' },
    snapshot: async () => (await world.admin.query(indexes)).rows,
    sent: world.tap.sent,
    async move() {
      await world.admin.query('DROP INDEX orders_note');
      await world.admin.query('CREATE INDEX orders_note ON orders (note)');
    },
    moveAfter: async () => void (await world.admin.query('CREATE INDEX orders_note ON orders (note)')),
    close: world.close,
  };
});

describe('postgres.drop_index', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => world.close());

  const prepare = async (part: Partial<Action> = {}): Promise<ChangeOf<Action>> => {
    const whole = { ...action, ...part };
    return changeFrom(whole, await kind.prepare(whole, world.context)) as ChangeOf<Action>;
  };

  test.each([
    ['a primary key', 'orders_pkey', 'SELECT 1', /serves the constraint orders_pkey/],
    ['a unique index', 'one', 'CREATE UNIQUE INDEX one ON orders (id, customer_id)', /is unique/],
    ['a constraint', 'one', 'ALTER TABLE orders ADD CONSTRAINT one UNIQUE (customer_id, id)', /serves the constraint one/],
    ['an exclusion', 'one', 'ALTER TABLE orders ADD CONSTRAINT one EXCLUDE USING gist (place WITH ~=)', /serves the constraint one/],
    ['the one the table is clustered on', 'one', 'CREATE INDEX one ON orders (customer_id); CLUSTER orders USING one', /clustered on it/],
    ['one with a comment', 'one', "CREATE INDEX one ON orders (customer_id); COMMENT ON INDEX one IS 'for Ana'", /its comment/],
    ['one of a partitioned table', 'one', 'CREATE TABLE parts (a int) PARTITION BY RANGE (a); CREATE INDEX one ON parts (a)', /partitioned table/],
    ['a partition\'s', 'parts_1_a_idx', 'CREATE TABLE parts (a int) PARTITION BY RANGE (a); CREATE TABLE parts_1 PARTITION OF parts DEFAULT; CREATE INDEX ON parts (a)', /partitioned table/],
    ['a table', 'orders', 'SELECT 1', /no index public\.orders /],
  ])('refuses %s', async (_what, index, setUp, words) => {
    await world.admin.query(setUp);
    await expect(prepare({ index })).rejects.toThrow(words);
  });

  test('one that queries use goes only when that is said, and is high risk then', async () => {
    await world.admin.query('CREATE INDEX orders_note ON orders (customer_id)');
    expect(riskOf(action, await prepare(), true).level).toBe('medium');
    await world.admin.query('SET enable_seqscan = off; SELECT count(*) FROM orders WHERE customer_id = 7; SELECT pg_stat_force_next_flush()');
    await expect(prepare()).rejects.toThrow(/is used: 1 scan since/);
    const change = await prepare({ in_use: true });
    expect(change.preview).toMatch(/1 scan since .*, the last at 20/);
    expect(riskOf(action, change, true)).toMatchObject({ level: 'high', reasons: [expect.stringContaining('1 scan')] });
  });

  test('a drop that waits for a reader in vain leaves the index as it was, or finishes what it began', async () => {
    await world.admin.query(build);
    const change = await prepare();
    const reader = await world.client();
    await reader.query('BEGIN; SELECT FROM orders');
    const hasty = dropIndexKind({ lockTimeoutMilliseconds: 300 });
    const running = hasty.execute(change, world.context);
    await until(async () => (await world.admin.query('SELECT FROM pg_index WHERE NOT indisvalid')).rowCount === 1 && world.tap.sent().split('DROP INDEX CONCURRENTLY').length > 2, 'it is tried again');
    await reader.query('COMMIT');
    expect((await running).output).toMatch(/DROP INDEX \(at the second try: .*lock timeout/);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    await kind.undo(change, world.context);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test('one that stays half dropped is named, and the undo builds it again', async () => {
    await world.admin.query(build);
    const before = (await world.admin.query(indexes)).rows;
    const change = await prepare();
    const reader = await world.client();
    await reader.query('BEGIN; SELECT FROM orders');
    const hasty = dropIndexKind({ lockTimeoutMilliseconds: 300, cleanupMilliseconds: 1 });
    const error: unknown = await hasty.execute(change, world.context).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ effect: 'partial' } satisfies Partial<ExecutionError>);
    await reader.query('COMMIT');
    await kind.undo(change, world.context);
    expect((await world.admin.query(indexes)).rows).toEqual(before);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test('one that was never dropped reads as it was', async () => {
    await world.admin.query(build);
    const change = await prepare();
    expect(await kind.check(change, world.context)).toMatchObject({ ok: false });
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test('a server that no longer answers is given up, in less time than its statements have', async () => {
    await world.admin.query(build);
    const proxy = await openDatabaseProxy(world.url, /DROP INDEX/);
    const [database] = world.targets.databases;
    const context = { ...world.context, targets: { ...world.targets, databases: [{ ...database, name: 'shop', kind: 'postgres' as const, read: secret(proxy.url), write: secret(proxy.url) }] } };
    const change = changeFrom(action, await kind.prepare(action, context)) as ChangeOf<Action>;
    proxy.loseAnswer();
    proxy.hang(/pg_terminate_backend/);
    const hasty = dropIndexKind({ cleanupMilliseconds: 300, lookMilliseconds: 300 });
    await expect(hasty.execute(change, context)).rejects.toMatchObject({ effect: 'unknown', message: expect.stringMatching(/may be left INVALID/) });
    await proxy.close();
  }, 12_000);

  test('an INVALID one goes without an undo, at low risk', async () => {
    const writer = await world.client();
    await writer.query('BEGIN; UPDATE orders SET note = NULL WHERE id = 1');
    await world.admin.query("SET lock_timeout = '200ms'");
    await expect(world.admin.query(build.replace('INDEX', 'INDEX CONCURRENTLY'))).rejects.toThrow(/lock timeout/);
    await writer.query('ROLLBACK');
    const change = await prepare();
    expect(change.undo.kind).toBe('not_needed');
    expect(riskOf(action, change, true).level).toBe('low');
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    await expect(kind.undo(change, world.context)).rejects.toThrow(/nobody misses it/);
  });

  test('refuses while anybody has long read the table', async () => {
    await world.admin.query(build);
    const reader = await world.client();
    await reader.query('BEGIN; SELECT FROM orders');
    await expect(dropIndexKind({ longHolderSeconds: 0 }).prepare(action, world.context)).rejects.toThrow(/end it first/);
  });
});
