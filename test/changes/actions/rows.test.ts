import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { rowsKind as kind } from '../../../src/changes/actions/rows/rows.ts';
import { StoppedError } from '../../../src/incident/stopped-error.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import { statementsOf } from '../../support/deploy.ts';
import type { DatabaseWorld } from './database-world.ts';
import { makeRole, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.rows'>;
const update: Action = {
  kind: 'postgres.rows', target: 'shop', schema: 'public', table: 'orders', operation: 'update',
  where: [{ column: 'customer_id', operator: '=', value: 7 }, { column: 'id', operator: '<=', value: 400 }], set: { note: '{"held": true}' }, expected_rows: 4,
};
const { set: _set, ...withoutSet } = update;
const remove: Action = { ...withoutSet, operation: 'delete', where: [{ column: 'id', operator: 'in', value: [3, 4, 5] }], expected_rows: 3 };

async function open(): Promise<DatabaseWorld> {
  const world = await openDatabaseWorld();
  await world.admin.query(statementsOf('postgres/write-rows.sql', { role: 'postgres' }));
  return world;
}

for (const action of [update, remove]) {
  describeActionKind(kind as ActionKind, async () => {
    const world = await open();
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, where: [{ column: 'nobody', operator: '=', value: 1 }] },
      snapshot: async () => (await world.admin.query('SELECT * FROM orders WHERE id <= 400 ORDER BY id')).rows,
      sent: world.tap.sent,
      move: async () => void (await world.admin.query(`UPDATE orders SET note = '{"by": "another"}' WHERE id IN (7, 3)`)),
      async moveAfter() {
        await world.admin.query(`UPDATE orders SET note = '{"by": "another"}' WHERE id = 7`);
        await world.admin.query('INSERT INTO orders VALUES (3, 3) ON CONFLICT DO NOTHING');
      },
      close: world.close,
    };
  });
}

describe('postgres.rows', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await open(); });
  afterEach(() => world.close());

  const prepare = async (action: Action): Promise<ChangeOf<Action>> => changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;

  test('says which rows, what becomes of them and how they are found', async () => {
    const change = await prepare(update);
    expect(change.equivalent).toBe(`UPDATE ONLY "public"."orders" AS t SET "note" = '{"held": true}' WHERE t."customer_id" = '7' AND t."id" <= '400'`);
    expect(change.preview).toContain(`id '7': note null -> '{"held": true}'`);
    expect(change.preview).toMatch(/^4 rows of public\.orders, which holds about 1,000 rows\./);
    expect(change.preview).toMatch(/How it finds them: .*Scan.* orders t/);
    expect(riskOf(update, change, true).level).toBe('medium');
    const many: Action = { ...withoutSet, operation: 'delete', where: [{ column: 'id', operator: '<=', value: 11 }], expected_rows: 11 };
    expect(riskOf(many, await prepare(many), true).level).toBe('high');
  });

  test.each<[string, string, Partial<Action>, RegExp]>([
    ['another number of rows', '', { expected_rows: 3 }, /That is 4 rows, not 3/],
    ['more rows than any change may have', 'INSERT INTO orders VALUES (1001, 1)', { where: [{ column: 'id', operator: '>', value: 0 }], expected_rows: 1000 }, /more than 1000 rows/],
    ['a column that is not there', '', { set: { state: 'x' } }, /has no column state; it has id, customer_id, note, place/],
    ['a secret-looking column', 'ALTER TABLE orders ADD api_key text', { set: { api_key: 'x' } }, /looks like a secret/],
    ['a secret-looking condition', 'ALTER TABLE orders ADD password text', { where: [{ column: 'password', operator: 'is null' }] }, /looks like a secret/],
    ['the primary key', '', { set: { id: 5 } }, /belongs to the primary key/],
    ['a generated column', 'ALTER TABLE orders ADD double int GENERATED ALWAYS AS (customer_id * 2) STORED', { set: { double: 5 } }, /computed by PostgreSQL/],
    ['a value that does not fit', '', { set: { customer_id: 'many' } }, /PostgreSQL would not do this: invalid input syntax for type integer/],
    ['a condition that does not fit', '', { where: [{ column: 'place', operator: '=', value: 'x' }] }, /PostgreSQL would not do this/],
    ['a trigger', "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER audit AFTER UPDATE ON orders EXECUTE FUNCTION f()", {}, /has the trigger audit/],
    ['a rule', 'CREATE RULE quiet AS ON UPDATE TO orders DO ALSO NOTHING', {}, /has the rule quiet/],
    ['no primary key', 'ALTER TABLE orders DROP CONSTRAINT orders_pkey', {}, /no primary key/],
    ['children', 'CREATE TABLE more () INHERITS (orders)', {}, /inherit from/],
    ['a view', "ALTER TABLE orders RENAME TO old_orders; CREATE VIEW orders AS SELECT * FROM old_orders", {}, /not an ordinary, logged table/],
    ['a foreign key that cascades', 'ALTER TABLE orders ADD UNIQUE (id, customer_id); CREATE TABLE lines (a int, b int, CONSTRAINT theirs FOREIGN KEY (a, b) REFERENCES orders (id, customer_id) ON UPDATE CASCADE)', { set: { customer_id: 5 } }, /foreign key theirs of (public\.)?lines/],
    ['PostgreSQL\'s own', '', { schema: 'pg_catalog', table: 'pg_class' }, /no rows in schema pg_catalog/],
    ['what it keeps itself', '', { schema: 'sre_agent', table: 'rows_before' }, /no rows in schema sre_agent/],
    ['nowhere to keep them', 'DROP SCHEMA sre_agent CASCADE', {}, /run deploy\/postgres\/write-rows\.sql/],
    ['a place that everybody reads', 'GRANT SELECT ON sre_agent.rows_before TO PUBLIC', {}, /Everybody may use/],
  ])('refuses %s', async (_what, setUp, part, words) => {
    await world.admin.query(setUp);
    await expect(prepare({ ...update, ...part })).rejects.toThrow(words);
  });

  test('refuses row security, and a role without rights', async () => {
    const role = await makeRole(world, 'limited');
    await expect(kind.prepare(update, role.context)).rejects.toThrow(/may not change rows of public\.orders/);
    await world.admin.query(`ALTER TABLE orders OWNER TO ${role.name}; ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`);
    await expect(kind.prepare(update, role.context)).rejects.toThrow(/row security/);
    await role.drop();
  });

  test('a delete that would reach other tables is refused, or fails whole', async () => {
    await world.admin.query('CREATE TABLE lines (orders_id int CONSTRAINT theirs REFERENCES orders ON DELETE SET NULL)');
    await expect(prepare(remove)).rejects.toThrow(/foreign key theirs of (public\.)?lines would change rows there/);
    await world.admin.query('ALTER TABLE lines DROP CONSTRAINT theirs, ADD CONSTRAINT theirs FOREIGN KEY (orders_id) REFERENCES orders; INSERT INTO lines VALUES (4)');
    const change = await prepare(remove);
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('23503') });
    expect((await world.admin.query('SELECT FROM sre_agent.rows_before')).rowCount).toBe(0);
  });

  test('every type comes back exactly, with what PostgreSQL computes', async () => {
    await world.admin.query(`
      CREATE TYPE mood AS ENUM ('so so', 'fine'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN short AS varchar(3) CHECK (value <> '');
      CREATE TABLE kinds (id bigint GENERATED ALWAYS AS IDENTITY, part text, PRIMARY KEY (part, id), n numeric, f float8, s real, t timestamptz, d date, i interval, b bytea, a int[], nested text[], j json, jb jsonb, m mood, p pair, sh short,
        c char(5), "Odd ""name" text, net inet, u uuid, r int4range, bits varbit, v tsvector, place point, flag boolean, price money, letter "char", twice numeric GENERATED ALWAYS AS (n * 2) STORED);
      INSERT INTO kinds (part, n, f, s, t, d, i, b, a, nested, j, jb, m, p, sh, c, "Odd ""name", net, u, r, bits, v, place, flag, price, letter) VALUES
        ('x', 1.10, 'NaN', 1e-30, 'infinity', '4713-01-01 BC', '-1 mon +2 days -03:04:05.6', '\\x00ff', '[0:1]={1,NULL}', ARRAY['a,"b', NULL, ''], '{"a":1, "a":  2}', '{"z": 1.0}', 'so so', (NULL, 'it''s "so"'), 'abc',
         'ab', E'tab\tline\n', '::1/64', '00000000-0000-0000-0000-000000000001', '[1,)', '101', 'fat:2 cat', '(1.5,-0)', true, 12.34, 'q'),
        ('y', NULL, '-0', NULL, '2026-11-22 03:04:05.678901+02', NULL, NULL, '', '{}', '{}', NULL, 'null', NULL, NULL, NULL, NULL, '', NULL, NULL, 'empty', NULL, NULL, NULL, NULL, NULL, NULL)`);
    const rows = async () => (await world.admin.query('SELECT kinds::text AS row, j::text FROM kinds ORDER BY id')).rows;
    const before = await rows();
    const deleting: Action = { ...remove, table: 'kinds', where: [{ column: 'part', operator: 'in', value: ['x', 'y'] }], expected_rows: 2 };
    const change = await prepare(deleting);
    await kind.execute(change, world.context);
    expect(await rows()).toEqual([]);
    await kind.undo(change, world.context);
    expect(await rows()).toEqual(before);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
    const updating: Action = { ...update, table: 'kinds', where: [{ column: 'part', operator: 'is not null' }], expected_rows: 2, set: { n: 5, a: null, j: '[ ]', m: 'fine', p: '(1,)', t: '2026-01-01', c: 'z', flag: false } };
    const second = await prepare(updating);
    await kind.execute(second, world.context);
    expect((await world.admin.query('SELECT twice, m, flag FROM kinds')).rows).toEqual([{ twice: '10', m: 'fine', flag: false }, { twice: '10', m: 'fine', flag: false }]);
    await kind.undo(second, world.context);
    expect(await rows()).toEqual(before);
  });

  test('what the application does with the rows afterwards does not make it a failure, but ends the undo', async () => {
    const change = await prepare(update);
    const { written } = await kind.execute(change, world.context);
    const done = { ...change, ...(written && { written }) };
    await world.admin.query(`UPDATE orders SET note = '"done"' WHERE id = 107`);
    expect(await kind.check(done, world.context)).toEqual({ ok: true, details: ['4 rows written in one transaction; 3 of them are as it left them'] });
    await expect(kind.undo(done, world.context)).rejects.toThrow(/Only 3 of 4 rows still hold/);
    expect((await world.admin.query('SELECT FROM orders WHERE note IS NULL')).rowCount).toBe(996);
  });

  test('other columns may change meanwhile; what was kept may not', async () => {
    const change = await prepare(update);
    await kind.execute(change, world.context);
    await world.admin.query("UPDATE orders SET place = '(1,1)' WHERE id = 107");
    await world.admin.query(`UPDATE sre_agent.rows_before SET before = before || '{"note": "1"}' WHERE position = 2`);
    await expect(kind.undo(change, world.context)).rejects.toThrow(/gone or was altered/);
    await world.admin.query(`UPDATE sre_agent.rows_before SET before = before || '{"note": null}' WHERE position = 2`);
    await kind.undo(change, world.context);
    expect((await world.admin.query('SELECT place::text, note FROM orders WHERE id = 107')).rows).toEqual([{ place: '(1,1)', note: null }]);
  });

  test('the same again after an undo can be undone again', async () => {
    for (let time = 0; time < 2; time += 1) {
      const change = await prepare(update);
      const { written } = await kind.execute(change, world.context);
      expect(await kind.check({ ...change, ...(written && { written }) }, world.context)).toMatchObject({ ok: true });
      await kind.undo(change, world.context);
    }
    expect((await world.admin.query('SELECT FROM sre_agent.rows_before')).rowCount).toBe(4);
  });

  test('a row that joins them after the approval, and one that is locked, stop it', async () => {
    const change = await prepare(update);
    await world.admin.query('UPDATE orders SET customer_id = 7 WHERE id = 8');
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('not what they were') });
    await world.admin.query('UPDATE orders SET customer_id = 8 WHERE id = 8');
    const other = await world.client();
    await other.query('BEGIN; SELECT FROM orders WHERE id = 107 FOR UPDATE');
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('lock timeout') });
    await other.query('ROLLBACK');
    await kind.execute(change, world.context);
  });

  test('before it ran, and after another moved a row, it says so', async () => {
    const change = await prepare(update);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: false });
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
    await world.admin.query(`UPDATE orders SET note = '{"by": "another"}' WHERE id = 7`);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: false });
    expect(kind.drift(change, await kind.prepare(update, world.context))).toBe('the rows are not what they were when this was approved');
  });

  test('a stop, or a connection that breaks, before the commit leaves nothing', async () => {
    const change = await prepare(update);
    const stopped = { ...world.context, checkpoint: () => Promise.reject(new StoppedError('INC-1')) };
    await expect(kind.execute(change, stopped)).rejects.toThrow(StoppedError);
    const broken = { ...world.context, checkpoint: () => { world.tap.cut(); return Promise.resolve(); } };
    await expect(kind.execute(change, broken)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('before the commit') });
    expect((await world.admin.query('SELECT FROM orders WHERE note IS NOT NULL')).rowCount).toBe(0);
    await expect(kind.execute(change, world.context)).resolves.toMatchObject({ output: 'UPDATE 4' });
  });

  test.each([
    ['a list for =', { where: [{ column: 'id', operator: '=', value: [1] }] }],
    ['one value for in', { where: [{ column: 'id', operator: 'in', value: 1 }] }],
    ['a value for is null', { where: [{ column: 'id', operator: 'is null', value: 1 }] }],
    ['nothing for =', { where: [{ column: 'id', operator: '=' }] }],
    ['no condition', { where: [] }],
    ['another operator', { where: [{ column: 'id', operator: 'OR 1=1 --', value: 1 }] }],
    ['a column that is none', { where: [{ column: 'id" = 1 OR "id', operator: '=', value: 1 }] }],
    ['a set column that is none', { set: { 'note" = NULL, "id': 1 } }],
    ['an update of nothing', { set: {} }],
    ['a delete that sets', { operation: 'delete' }],
    ['more rows than the cap', { expected_rows: 1001 }],
  ])('the schema refuses %s', (_what, part) => {
    expect(kind.schema.safeParse({ ...update, ...part }).success).toBe(false);
  });

  test('a value stays a value, whatever it says', async () => {
    await world.admin.query('ALTER TABLE orders ADD remark text');
    const remark = "x', customer_id = 0 WHERE true; --\\' $1 \\";
    const change = await prepare({ ...update, set: { remark } });
    await kind.execute(change, world.context);
    expect((await world.admin.query('SELECT DISTINCT remark FROM orders WHERE remark IS NOT NULL')).rows).toEqual([{ remark }]);
    expect((await world.admin.query('SELECT FROM orders WHERE customer_id = 0')).rowCount).toBe(10);
    await kind.undo(change, world.context);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });
});
