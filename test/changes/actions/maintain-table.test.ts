import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { analyzeKind, vacuumKind } from '../../../src/changes/actions/maintain-table/maintain-table.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { makeRole, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Vacuum = ActionOf<'postgres.vacuum'>;

for (const kind of [analyzeKind, vacuumKind] as ActionKind[]) {
  describeActionKind(kind, async () => {
    const world = await openDatabaseWorld();
    const action = { kind: kind.kind, target: 'shop', schema: 'public', table: 'orders' } as Vacuum;
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, table: 'order' },
      snapshot: async () => (await world.admin.query("SELECT relid, last_analyze::text, last_vacuum::text FROM pg_stat_user_tables WHERE relname = 'orders'")).rows,
      sent: world.tap.sent,
      async move() {
        await world.admin.query('ALTER TABLE orders RENAME TO old_orders; CREATE TABLE orders (id int)');
      },
      moveAfter: () => Promise.resolve(),
      close: world.close,
    };
  });
}

describe('postgres.vacuum and postgres.analyze', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => world.close());

  const vacuum: Vacuum = { kind: 'postgres.vacuum', target: 'shop', schema: 'public', table: 'orders', analyze: true };

  test('dead rows go, statistics are new, and nobody is locked out', async () => {
    await world.admin.query('DELETE FROM orders WHERE id > 500; SELECT pg_stat_force_next_flush()');
    const reader = await world.client();
    await reader.query('BEGIN; SELECT FROM orders');
    const change = changeFrom(vacuum, await vacuumKind.prepare(vacuum, world.context)) as ChangeOf<Vacuum>;
    expect(change.command).toEqual(['VACUUM (TRUNCATE FALSE, ANALYZE) "public"."orders"']);
    expect(change.preview).toMatch(/about 1,000 rows, \d+ kB; 500 dead rows, [\d,]+ rows changed/);
    await vacuumKind.execute(change, world.context);
    expect((await world.admin.query("SELECT reltuples FROM pg_class WHERE relname = 'orders'")).rows).toEqual([{ reltuples: 500 }]);
  });

  test('a lock that is held is not waited for', async () => {
    const change = changeFrom(vacuum, await vacuumKind.prepare(vacuum, world.context)) as ChangeOf<Vacuum>;
    const holder = await world.client();
    await holder.query('BEGIN; LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE');
    await expect(vacuumKind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('lock timeout') });
  });

  test.each([
    ['a partitioned table', 'CREATE TABLE parts (a int) PARTITION BY RANGE (a)', 'parts', /name the partition/],
    ['a view', 'CREATE VIEW seen AS SELECT 1', 'seen', /not a table/],
  ])('refuses %s', async (_what, setUp, table, words) => {
    await world.admin.query(setUp);
    await expect(vacuumKind.prepare({ ...vacuum, table }, world.context)).rejects.toThrow(words);
  });

  test('the owner may, one who maintains it may, others are told what they lack', async () => {
    const role = await makeRole(world, 'keeper');
    await expect(vacuumKind.prepare(vacuum, role.context)).rejects.toThrow(/membership in the table's owner/);
    await world.admin.query(`GRANT MAINTAIN ON orders TO ${role.name}`);
    const change = changeFrom(vacuum, await vacuumKind.prepare(vacuum, role.context)) as ChangeOf<Vacuum>;
    const { written } = await vacuumKind.execute(change, role.context);
    expect(await vacuumKind.check({ ...change, ...(written && { written }) }, role.context)).toMatchObject({ ok: true });
    await role.drop();
  });

  test('PostgreSQL\'s own are left alone', async () => {
    await expect(analyzeKind.prepare({ kind: 'postgres.analyze', target: 'shop', schema: 'pg_catalog', table: 'pg_class' }, world.context)).rejects.toThrow(/PostgreSQL's own/);
  });
});
