import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { mysqlRowsKind as kind } from '../../../src/changes/actions/mysql-rows/mysql-rows.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, riskOf, secret } from '../../support/changes.ts';
import type { TestMariadb } from '../../support/mariadb.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { requirement } from '../../support/requirements.ts';
import type { MysqlWorld } from './mysql-world.ts';
import { accountStatements, openMysqlWorld } from './mysql-world.ts';

type Action = ActionOf<'mysql.rows'>;
const update: Action = { kind: 'mysql.rows', target: 'shop', table: 'orders', operation: 'update', where: [{ column: 'customer_id', operator: '=', value: 7 }, { column: 'id', operator: '<=', value: 400 }], set: { note: "it's held; -- \\", state: 'Held' }, expected_rows: 4 };
const { set: _set, ...withoutSet } = update;
const remove: Action = { ...withoutSet, operation: 'delete', where: [{ column: 'id', operator: 'in', value: [3, 4, 5] }], expected_rows: 3 };

let server: TestMariadb;

async function open(): Promise<MysqlWorld> {
  const world = await openMysqlWorld(server);
  await world.admin.query(accountStatements('write-rows', world.account, world.database));
  await world.admin.query(`ALTER TABLE ${world.database}.orders ADD changed timestamp NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP`);
  return world;
}

describe.skipIf(!requirement('mariadbd'))('rows of MySQL', () => {
  beforeAll(async () => { server = await startMariadb(); }, 120_000);
  afterAll(() => server?.stop());

  for (const action of [update, remove]) {
    describeActionKind(kind as ActionKind, async () => {
      const world = await open();
      return {
        context: world.context,
        action,
        impossibleAction: { ...action, where: [{ column: 'nobody', operator: '=', value: 1 }] },
        snapshot: () => world.rows(`SELECT * FROM ${world.database}.orders WHERE id <= 400 ORDER BY id`),
        sent: world.tap.sent,
        move: async () => void (await world.admin.query(`UPDATE ${world.database}.orders SET note = 'another' WHERE id IN (7, 3)`)),
        moveAfter: async () => void (await world.admin.query(`UPDATE ${world.database}.orders SET state = 'held' WHERE id = 7; INSERT IGNORE INTO ${world.database}.orders (id, customer_id) VALUES (3, 3)`)),
        close: world.close,
      };
    });
  }

  describe('in detail', () => {
    let world: MysqlWorld;
    beforeEach(async () => { world = await open(); });
    afterEach(() => world.close());
    const prepare = async (action: Action): Promise<ChangeOf<Action>> => changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;

    test('says which rows and what becomes of them', async () => {
      const change = await prepare(update);
      expect(change.preview).toContain("id '7': note null -> 'it's held; -- \\', state 'new' -> 'Held'");
      expect(change.blastRadius).toContain('(note, state, changed)');
      expect(riskOf(update, change, true).level).toBe('medium');
    });

    test.each<[string, string, Partial<Action>, RegExp]>([
      ['another number of rows', '', { expected_rows: 3 }, /That is 4 rows, not 3/],
      ['a column that is not there', '', { set: { nobody: 'x' } }, /has no column nobody/],
      ['the primary key', '', { set: { id: 5 } }, /belongs to the primary key/],
      ['a secret-looking column', 'ALTER TABLE orders ADD api_key varchar(9)', { set: { api_key: 'x' } }, /looks like a secret/],
      ['a computed column', 'ALTER TABLE orders ADD twice int AS (customer_id * 2) STORED', { set: { twice: 5 } }, /computed by the server/],
      ['text for a number', '', { where: [{ column: 'customer_id', operator: '=', value: '7 OR 1=1' }] }, /no plain number/],
      ['a float', 'ALTER TABLE orders ADD weight float', { set: { weight: 1.5 } }, /can't be compared exactly/],
      ['another engine', 'ALTER TABLE orders ENGINE=MyISAM', {}, /not an InnoDB table/],
      ['a trigger', 'CREATE TRIGGER audit AFTER UPDATE ON orders FOR EACH ROW SET @x = 1', {}, /has the trigger audit/],
      ['no primary key', 'ALTER TABLE orders MODIFY id int NOT NULL, DROP PRIMARY KEY', {}, /no primary key/],
      ['a cascade', 'CREATE TABLE items (a int, CONSTRAINT theirs FOREIGN KEY (a) REFERENCES orders (id) ON DELETE CASCADE)', { ...remove }, /foreign key .*theirs/],
    ])('refuses %s', async (_what, setUp, part, words) => {
      if (setUp) await (await world.connect()).query(setUp);
      const { set, ...rest } = { ...update, ...part };
      await expect(prepare(part.operation === 'delete' ? (rest as Action) : { ...rest, ...(set && { set }) })).rejects.toThrow(words);
    });

    test('a cascade is seen in a database with another sort of name, too', async () => {
      const name = `${world.database}-b`;
      await world.admin.query(`CREATE DATABASE \`${name}\`; USE \`${name}\`; CREATE TABLE orders (id int PRIMARY KEY, customer_id int); INSERT INTO orders VALUES (3, 1), (4, 1), (5, 1)`);
      await world.admin.query(accountStatements('write-rows', world.account, name));
      const [database] = world.targets.databases;
      const context = { ...world.context, targets: { ...world.targets, databases: [{ ...database, name: 'shop', kind: 'mysql' as const, read: secret(''), write: secret(world.tap.url.replace(world.database, name)) }] } };
      const change = changeFrom(remove, await kind.prepare(remove, context)) as ChangeOf<Action>;
      await kind.execute(change, context);
      await kind.undo(change, context);
      expect(await kind.checkUndone(change, context)).toMatchObject({ ok: true });
      await world.admin.query(`CREATE TABLE \`${world.database}\`.items (a int, CONSTRAINT theirs FOREIGN KEY (a) REFERENCES \`${name}\`.orders (id) ON DELETE SET NULL)`);
      await expect(kind.prepare(remove, context)).rejects.toThrow(/foreign key .*theirs/);
      await world.admin.query(`DROP TABLE \`${world.database}\`.items; DROP DATABASE \`${name}\``);
    });

    test('without the right to see triggers, or a place to keep rows, it says what to grant', async () => {
      await world.admin.query(`REVOKE TRIGGER ON ${world.database}.* FROM ${world.account}@'%'`);
      await expect(prepare(update)).rejects.toThrow(/grant the write account TRIGGER/);
      await world.admin.query(`GRANT TRIGGER ON ${world.database}.* TO ${world.account}@'%'; REVOKE ALL ON sre_agent.* FROM ${world.account}@'%'`);
      await expect(prepare(update)).rejects.toThrow(/write-rows\.sql/);
    });

    test('every type comes back as it was', async () => {
      await world.admin.query(`USE ${world.database}; CREATE TABLE kinds (id int, part varchar(9), PRIMARY KEY (part, id), f float, d double, n decimal(30,10), b blob, bits bit(9), j json, t timestamp(6) NULL, dt datetime(3), y year, e enum('a','b'), s set('x','y'), c char(5), u bigint unsigned, l text CHARACTER SET latin1, g int AS (id * 2) STORED);
        INSERT INTO kinds (id, part, f, d, n, b, bits, j, t, dt, y, e, s, c, u, l) VALUES (0, 'x', 1.1, 1e-300, 12345678901234567890.0123456789, x'00ff27', b'101', '{"a":  1}', '2026-01-02 03:04:05.123456', '1000-01-01 00:00:00.001', 2026, 'b', 'x,y', 'ab', 18446744073709551615, 'ä''\\\\'), (1, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
      const rows = () => world.rows(`SELECT *, HEX(b), HEX(f), bits + 0, HEX(l) FROM ${world.database}.kinds ORDER BY id`);
      const before = await rows();
      const deleting: Action = { ...remove, table: 'kinds', where: [{ column: 'part', operator: '=', value: 'x' }], expected_rows: 2 };
      const change = await prepare(deleting);
      await kind.execute(change, world.context);
      expect(await rows()).toEqual([]);
      await kind.undo(change, world.context);
      expect(await rows()).toEqual(before);
      expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
    });

    test('the same again after an undo can be undone again; what was kept may not be altered', async () => {
      for (let time = 0; time < 2; time += 1) {
        const change = await prepare({ ...update, set: { note: 'x' } });
        const { written } = await kind.execute(change, world.context);
        expect(await kind.check({ ...change, ...(written && { written }) }, world.context)).toMatchObject({ ok: true });
        await kind.undo(change, world.context);
        // `changed` is back, too, so the rows are those that were approved.
      }
      const change = await prepare(update);
      await kind.execute(change, world.context);
      await world.admin.query(`UPDATE sre_agent.rows_${String(change.resolved['kept'])} SET note = 'altered' WHERE id = 107`);
      await expect(kind.undo(change, world.context)).rejects.toThrow(/gone or was altered/);
    });

    test('a value that the server would store as another is not written', async () => {
      await world.admin.query(`ALTER TABLE ${world.database}.orders ADD due datetime`);
      const change = await prepare({ ...update, set: { due: '2026-01-01 00:00:00.7' } });
      await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('other values') });
      expect(await world.rows(`SELECT 1 FROM ${world.database}.orders WHERE due IS NOT NULL`)).toEqual([]);
    });

    test('before it ran, and after another moved a row, it says so', async () => {
      const change = await prepare(update);
      expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
      await world.admin.query(`UPDATE ${world.database}.orders SET note = 'another' WHERE id = 7`);
      expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: false });
      expect(kind.drift(change, await kind.prepare(update, world.context))).toBe('the rows are not what they were when this was approved');
    });

    test('a lock that another holds, or a connection that breaks, leaves nothing', async () => {
      const change = await prepare(update);
      const other = await world.connect();
      await other.query('BEGIN');
      await other.query('SELECT * FROM orders WHERE id = 107 FOR UPDATE');
      await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('Lock wait timeout') });
      await other.query('ROLLBACK');
      const broken = { ...world.context, checkpoint: () => { world.tap.cut(); return Promise.resolve(); } };
      await expect(kind.execute(change, broken)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('before the commit') });
      expect(await world.rows(`SELECT 1 FROM ${world.database}.orders WHERE note IS NOT NULL`)).toEqual([]);
    });
  });
});
