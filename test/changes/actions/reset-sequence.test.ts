import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { resetSequenceKind as kind } from '../../../src/changes/actions/reset-sequence/reset-sequence.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.reset_sequence'>;
const action: Action = { kind: 'postgres.reset_sequence', target: 'shop', schema: 'public', table: 'items', column: 'id' };

async function open(column = 'bigserial'): Promise<DatabaseWorld> {
  const world = await openDatabaseWorld();
  await world.admin.query(`CREATE TABLE items (id ${column} PRIMARY KEY, name text); INSERT INTO items (id, name) OVERRIDING SYSTEM VALUE SELECT n, 'copied' FROM generate_series(1, 40) AS n`);
  return world;
}

describeActionKind(kind as ActionKind, async () => {
  const world = await open();
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, column: 'name' },
    snapshot: async () => (await world.admin.query('SELECT last_value, is_called FROM items_id_seq')).rows,
    sent: world.tap.sent,
    move: async () => void (await world.admin.query("SELECT setval('items_id_seq', 40)")),
    moveAfter: () => Promise.resolve(),
    close: world.close,
  };
});

describe('postgres.reset_sequence', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await open('int GENERATED ALWAYS AS IDENTITY'); });
  afterEach(() => world.close());

  const prepare = async (): Promise<ChangeOf<Action>> => changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;

  test('inserts work again, with the highest value of the moment it runs', async () => {
    await expect(world.admin.query("INSERT INTO items (name) VALUES ('x')")).rejects.toThrow(/duplicate key/);
    const change = await prepare();
    expect(change.preview).toMatch(/^public\.items_id_seq gives out 2 next; the highest id in public\.items is 40\./);
    await world.admin.query("INSERT INTO items (id, name) OVERRIDING SYSTEM VALUE VALUES (57, 'late')");
    await kind.execute(change, world.context);
    expect((await world.admin.query("INSERT INTO items (name) VALUES ('x') RETURNING id")).rows).toEqual([{ id: 58 }]);
  });

  test('inserts that fail meanwhile move the sequence, and the change runs all the same', async () => {
    const change = await prepare();
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(world.admin.query("INSERT INTO items (name) VALUES ('x')")).rejects.toThrow(/duplicate key/);
    expect(kind.drift(change, await kind.prepare(action, world.context))).toBeUndefined();
    await kind.execute(change, world.context);
    expect((await world.admin.query("INSERT INTO items (name) VALUES ('x') RETURNING id")).rows).toEqual([{ id: 41 }]);
  });

  test('one that is not behind is left alone', async () => {
    await world.admin.query("SELECT setval('items_id_seq', 40)");
    await expect(kind.prepare(action, world.context)).rejects.toThrow(/not behind: it gives out 41 next, and the highest value is 40/);
    await world.admin.query("SELECT setval('items_id_seq', 40, false)");
    await expect(prepare()).resolves.toMatchObject({ undo: { kind: 'not_needed' } });
    await world.admin.query('DELETE FROM items');
    await expect(kind.prepare(action, world.context)).rejects.toThrow(/highest value is none/);
  });

  test('writers that hold the table are not waited for long', async () => {
    const change = await prepare();
    const writer = await world.client();
    await writer.query("BEGIN; INSERT INTO items (id, name) OVERRIDING SYSTEM VALUE VALUES (99, 'open')");
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('lock timeout') });
    await writer.query('COMMIT');
  });

  test.each<[string, string, Partial<Action>, RegExp]>([
    ['a column without a sequence', 'SELECT 1', { table: 'orders', column: 'id' }, /no sequence of its own/],
    ['no column', 'SELECT 1', { column: 'ident' }, /no column ident/],
    ['one that counts down', 'ALTER SEQUENCE items_id_seq INCREMENT -1 MINVALUE -5', {}, /counts down/],
    ['one that begins again', 'ALTER SEQUENCE items_id_seq CYCLE', {}, /begins again/],
    ['one that is used up', 'ALTER SEQUENCE items_id_seq MAXVALUE 40', {}, /nothing to give out/],
    ['a column without an index', 'ALTER TABLE items DROP CONSTRAINT items_pkey', {}, /leads no index/],
  ])('refuses %s', async (_what, setUp, part, words) => {
    await world.admin.query(setUp);
    await expect(kind.prepare({ ...action, ...part }, world.context)).rejects.toThrow(words);
  });
});
