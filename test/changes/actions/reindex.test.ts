import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { reindexKind } from '../../../src/changes/actions/reindex/reindex.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, until } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.reindex'>;
const action: Action = { kind: 'postgres.reindex', target: 'shop', schema: 'public', index: 'orders_customer' };
const kind = reindexKind();
const indexes = 'SELECT c.oid, c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass ORDER BY c.relname';

async function open(): Promise<DatabaseWorld> {
  const world = await openDatabaseWorld();
  await world.admin.query('CREATE INDEX orders_customer ON orders (customer_id)');
  return world;
}

describeActionKind(kind as ActionKind, async () => {
  const world = await open();
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, index: 'orders_customers' },
    snapshot: async () => (await world.admin.query(indexes, ['orders'])).rows,
    sent: world.tap.sent,
    async move() {
      await world.admin.query('DROP INDEX orders_customer');
      await world.admin.query('CREATE INDEX orders_customer ON orders (customer_id)');
    },
    moveAfter: () => Promise.resolve(),
    close: world.close,
  };
});

describe('postgres.reindex', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await open(); });
  afterEach(() => world.close());

  const prepare = async (part: Partial<Action> = {}): Promise<ChangeOf<Action>> => changeFrom({ ...action, ...part }, await kind.prepare({ ...action, ...part }, world.context)) as ChangeOf<Action>;
  const names = async (): Promise<string[]> => (await world.admin.query<{ relname: string }>(indexes, ['orders'])).rows.map(({ relname }) => relname);

  test('makes an INVALID index valid, and a primary key anew', async () => {
    const writer = await world.client();
    await world.admin.query('DROP INDEX orders_customer');
    await writer.query('BEGIN; UPDATE orders SET note = NULL WHERE id = 1');
    await world.admin.query("SET lock_timeout = '200ms'");
    await expect(world.admin.query('CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id)')).rejects.toThrow(/lock timeout/);
    await writer.query('ROLLBACK');
    for (const index of ['orders_customer', 'orders_pkey']) {
      const change = await prepare({ index });
      expect(await kind.check(change, world.context)).toMatchObject({ ok: false, details: [expect.stringMatching(index === 'orders_pkey' ? /still the one from before/ : /INVALID/)] });
      const { written } = await kind.execute(change, world.context);
      // As after a death of the executor.
      expect(await kind.check(change, world.context)).toMatchObject({ ok: false, details: [expect.stringMatching(/valid, but nobody noted whether this change built it/)] });
      expect(await kind.check({ ...change, ...(written && { written }) }, world.context)).toMatchObject({ ok: true });
    }
    expect(await names()).toEqual(['orders_customer', 'orders_pkey']);
  });

  test('one that runs into its lock timeout drops what it left, and nothing of others', async () => {
    const writer = await world.client();
    await writer.query('BEGIN; UPDATE orders SET note = NULL WHERE id = 1');
    await world.admin.query("SET lock_timeout = '200ms'");
    await expect(world.admin.query('REINDEX INDEX CONCURRENTLY orders_customer')).rejects.toThrow(/lock timeout/);
    const theirs = await names();
    expect(theirs).toEqual(['orders_customer', 'orders_customer_ccnew', 'orders_pkey']);
    const change = await prepare();
    expect(change.preview).toContain('Left by an earlier attempt, and not touched: orders_customer_ccnew');
    const running = reindexKind({ lockTimeoutMilliseconds: 300 }).execute(change, world.context).catch((error: unknown) => error);
    await until(async () => world.tap.sent().includes('DROP INDEX CONCURRENTLY "public"."orders_customer_ccnew1"'), 'it cleans up');
    await writer.query('COMMIT');
    expect(await running).toMatchObject({ effect: 'none', message: expect.stringMatching(/lock timeout.*What it left was dropped: orders_customer_ccnew1/) });
    expect(await names()).toEqual(theirs);
  });

  test('what can not be cleaned up in time is named', async () => {
    const change = await prepare();
    const writer = await world.client();
    await writer.query('BEGIN; UPDATE orders SET note = NULL WHERE id = 1');
    const hasty = reindexKind({ lockTimeoutMilliseconds: 300, cleanupMilliseconds: 1 });
    await expect(hasty.execute(change, world.context)).rejects.toMatchObject({ effect: 'partial', message: expect.stringContaining('DROP INDEX CONCURRENTLY "public"."orders_customer_ccnew"') });
    await writer.query('COMMIT');
  });

  test.each([
    ['an exclusion constraint', 'one', 'ALTER TABLE orders ADD CONSTRAINT one EXCLUDE USING gist (place WITH ~=)', /exclusion constraint/],
    ['a partitioned table', 'one', 'CREATE TABLE parts (a int) PARTITION BY RANGE (a); CREATE INDEX one ON parts (a)', /partitioned table/],
  ])('refuses %s', async (_what, index, setUp, words) => {
    await world.admin.query(setUp);
    await expect(prepare({ index })).rejects.toThrow(words);
  });

  test('refuses PostgreSQL\'s own', async () => {
    await expect(prepare({ schema: 'pg_catalog', index: 'pg_class_oid_index' })).rejects.toThrow(/PostgreSQL's own/);
  });
});
