import type { Connection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Action, ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { kindOf } from '../../../src/changes/actions/kinds.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { StoppedError } from '../../../src/incident/stopped-error.ts';
import type { KindWorld } from '../../contracts/action-kind.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, riskOf, secret, until } from '../../support/changes.ts';
import type { TestMariadb } from '../../support/mariadb.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { requirement } from '../../support/requirements.ts';
import type { MysqlWorld } from './mysql-world.ts';
import { openMysqlWorld, processOf } from './mysql-world.ts';

let server: TestMariadb;

describe.skipIf(!requirement('mariadbd'))('MySQL', () => {
  beforeAll(async () => { server = await startMariadb(); }, 120_000);
  afterAll(() => server?.stop());

  describeActionKind(kindOf({ kind: 'mysql.create_index' } as Action), () => indexWorld({ kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'] }));
  describeActionKind(kindOf({ kind: 'mysql.drop_index' } as Action), () => indexWorld({ kind: 'mysql.drop_index', target: 'shop', table: 'orders', index: 'by_state' }));

  async function indexWorld(action: ActionOf<'mysql.create_index' | 'mysql.drop_index'>): Promise<KindWorld> {
    const world = await openMysqlWorld(server);
    const index = action.kind === 'mysql.drop_index' ? 'by_state' : 'orders_customer_id_idx';
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, table: 'nothing' },
      snapshot: () => world.rows(`SELECT INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, SUB_PART, NON_UNIQUE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = '${world.database}' ORDER BY 1, 2`),
      sent: world.tap.sent,
      move: async () => void (await world.admin.query(`ALTER TABLE ${world.database}.orders MODIFY customer_id bigint NOT NULL`)),
      moveAfter: async () => void (await world.admin.query(`ALTER TABLE ${world.database}.orders DROP INDEX IF EXISTS ${index}; ALTER TABLE ${world.database}.orders ADD INDEX ${index} (customer_id)`)),
      close: world.close,
    };
  }

  describeActionKind(kindOf({ kind: 'mysql.set_global' } as Action), async () => {
    const world = await openMysqlWorld(server);
    const before = (await world.rows('SELECT @@GLOBAL.max_connections AS n'))[0]?.['n'];
    const action: Action = { kind: 'mysql.set_global', target: 'shop', variable: 'max_connections', value: '80' };
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, variable: 'no_such_thing' },
      snapshot: () => world.rows('SELECT @@GLOBAL.max_connections AS n'),
      sent: world.tap.sent,
      move: async () => void (await world.admin.query('SET GLOBAL max_connections = 70')),
      moveAfter: async () => void (await world.admin.query('SET GLOBAL max_connections = 75')),
      async close() {
        await world.admin.query(`SET GLOBAL max_connections = ${String(before)}`);
        await world.close();
      },
    };
  });

  describeActionKind(kindOf({ kind: 'mysql.analyze' } as Action), async () => {
    const world = await openMysqlWorld(server);
    // The server counts by itself a while after rows came: between two looks, if it is slow.
    await world.admin.query(`ALTER TABLE ${world.database}.orders STATS_AUTO_RECALC = 0`);
    await world.admin.query(`UPDATE mysql.innodb_table_stats SET n_rows = 7, last_update = '2020-01-01 00:00:00' WHERE database_name = '${world.database}'`);
    const action: Action = { kind: 'mysql.analyze', target: 'shop', table: 'orders' };
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, table: 'nothing' },
      snapshot: () => world.rows(`SELECT n_rows, last_update > '2021-01-01' AS anew FROM mysql.innodb_table_stats WHERE database_name = '${world.database}'`),
      sent: world.tap.sent,
      move: async () => void (await world.admin.query(`ALTER TABLE ${world.database}.orders ADD extra int`)),
      moveAfter: () => Promise.resolve(),
      close: world.close,
    };
  });

  describeActionKind(kindOf({ kind: 'mysql.kill' } as Action), async () => {
    const world = await openMysqlWorld(server);
    const holder = await world.connect();
    await holdLock(holder);
    const bound = await processOf(holder, world);
    const action: Action = { kind: 'mysql.kill', target: 'shop', what: 'connection', sessions: [bound] };
    const look = () => world.rows(`SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${bound.id}`);
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, sessions: [{ ...bound, host: '127.0.0.1:1' }] },
      snapshot: look,
      sent: world.tap.sent,
      async move() {
        await holder.query('COMMIT');
        await holdLock(holder);
      },
      settle: async () => void (await until(async () => (await look()).length === 0, 'the connection ends')),
      moveAfter: () => Promise.resolve(),
      close: world.close,
    };
  });

  async function holdLock(connection: Connection): Promise<void> {
    await connection.query('BEGIN');
    await connection.query("UPDATE orders SET note = 'secret-value', customer_id = customer_id + 1 WHERE id = 1");
  }

  describe('in detail', () => {
    let world: MysqlWorld;
    beforeEach(async () => { world = await openMysqlWorld(server); });
    afterEach(() => world.close());

    const prepare = async <A extends Action>(action: A): Promise<ChangeOf<A>> => changeFrom(action, await kindOf(action).prepare(action, world.context)) as ChangeOf<A>;
    const kill = (what: 'connection' | 'query', ...sessions: { id: number; user: string; host: string }[]): ActionOf<'mysql.kill'> => ({ kind: 'mysql.kill', target: 'shop', what, sessions });
    const killKind = kindOf({ kind: 'mysql.kill' } as Action) as unknown as ActionKind<ActionOf<'mysql.kill'>>;

    test('a kill shows what is held and who waits, without values, and its undo is impossible', async () => {
      const holder = await world.connect();
      await holdLock(holder);
      const waiter = await world.connect();
      const blocked = waiter.query('UPDATE orders SET state = "other-secret" WHERE id = 1');
      const action = kill('connection', await processOf(holder, world), await processOf(waiter, world));
      const change = await until(async () => {
        const prepared = await prepare(action);
        return prepared.preview.includes(`blocks ${waiter.threadId}`) && prepared;
      }, 'somebody waits');
      expect(change.preview).toMatch(new RegExp(`^${holder.threadId} \\S+ on \\S+: Sleep for \\d+ s, transaction open for \\d+ s, 1 row changed, blocks ${waiter.threadId}\n`));
      expect(change.preview).toContain('query: UPDATE orders SET state = ? WHERE id = ?');
      expect(change.preview).not.toContain('secret');
      expect(change.undo).toMatchObject({ kind: 'impossible', command: [] });
      expect(change.facts).toMatchObject({ affectedSessions: 2, openTransactions: 1 });
      expect(riskOf(action, change, true).level).toBe('medium');
      const one = await prepare(kill('connection', await processOf(holder, world)));
      await killKind.execute(one, world.context);
      await blocked;
      expect(await world.rows(`SELECT customer_id, note FROM ${world.database}.orders WHERE id = 1`)).toEqual([{ customer_id: 1, note: null }]);
    });

    test('a query is stopped by its own number, its connection stays, and the next query is left alone', async () => {
      const busy = await world.connect();
      const running = busy.query('SELECT SLEEP(300)').catch(() => undefined);
      await until(async () => (await world.rows(`SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${busy.threadId} AND INFO LIKE '%SLEEP%'`)).length === 1, 'it runs');
      const change = await prepare(kill('query', await processOf(busy, world)));
      expect(change.command).toEqual([expect.stringMatching(/^KILL QUERY ID \d+$/)]);
      expect(change.undo.kind).toBe('not_needed');
      expect(riskOf(change.action, change, true).level).toBe('low');
      await killKind.execute(change, world.context);
      await running;
      expect(await killKind.check(change, world.context)).toMatchObject({ ok: true });
      await expect(killKind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none' });
      await expect(busy.query('SELECT 1')).resolves.toBeDefined();
      await expect(prepare(kill('query', await processOf(busy, world)))).rejects.toThrow(/ended already/);
    });

    test('who has begun to write since is not ended; a restart between makes all ids another', async () => {
      const reader = await world.connect();
      await reader.query('BEGIN');
      await reader.query('SELECT count(*) FROM orders');
      const change = await prepare(kill('connection', await processOf(reader, world)));
      expect(change.undo.kind).toBe('not_needed');
      const before = { ...change, resolved: { ...change.resolved, serverStarted: Number(change.resolved['serverStarted']) - 60 } };
      await expect(killKind.execute(before, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('started anew') });
      expect(killKind.drift(before, await killKind.prepare(change.action, world.context))).toMatch(/started anew/);
      await expect(prepare({ ...change.action, server_started: '2020-01-01T00:00:00Z' })).rejects.toThrow(/started anew/);
      await reader.query("UPDATE orders SET note = 'x' WHERE id = 2");
      await expect(killKind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('no longer what was approved') });
      await expect(reader.query('COMMIT')).resolves.toBeDefined();
    });

    test('its own account and a missing right are refused', async () => {
      const { openMysql } = await import('../../../src/tools/mysql/connection.ts');
      const another = await openMysql(world.tap.url, { applicationName: 'sre-agent C2', signal: new AbortController().signal });
      const [own] = await world.rows(`SELECT ID AS id, USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE ID = ${another.id}`);
      await expect(prepare(kill('connection', { id: another.id, user: String(own?.['user']), host: String(own?.['host']) }))).rejects.toThrow(/sre-agent's own account/);
      await another.close();
      const client = await processOf(await world.connect(), world);
      await world.admin.query(`REVOKE CONNECTION ADMIN ON *.* FROM ${world.account}@'%'`);
      await expect(prepare(kill('connection', client))).rejects.toThrow(/grant it CONNECTION ADMIN/);
      await expect(prepare({ kind: 'mysql.set_global', target: 'shop', variable: 'max_connections', value: '90' })).rejects.toThrow(/grant it CONNECTION ADMIN/);
      await world.admin.query(`REVOKE PROCESS ON *.* FROM ${world.account}@'%'`);
      await expect(prepare(kill('connection', client))).rejects.toThrow(/grant the write account PROCESS|ended already/);
      await expect(prepare({ kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'] })).rejects.toThrow(/PROCESS/);
    });

    test('InnoDB\'s copy of its transactions, kept while somebody looks all the time, is not taken for the present', async () => {
      const reader = await world.connect();
      await reader.query('BEGIN');
      await reader.query('SELECT count(*) FROM orders');
      const change = await prepare(kill('connection', await processOf(reader, world)));
      await world.rows('SELECT count(*) FROM information_schema.INNODB_TRX');
      await reader.query("UPDATE orders SET note = 'x' WHERE id = 2");
      await expect(killKind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none' });
    });

    test('a stop between two connections ends no more, and says which were', async () => {
      const [first, second] = [await world.connect(), await world.connect()];
      const change = await prepare(kill('connection', await processOf(first, world), await processOf(second, world)));
      let asked = 0;
      const checkpoint = () => ((asked += 1) > 1 ? Promise.reject(new StoppedError('INC-1')) : Promise.resolve());
      await expect(killKind.execute(change, { ...world.context, checkpoint })).rejects.toMatchObject({ effect: 'partial', message: expect.stringMatching(/Stopped on the way: \d+: ended$/) });
    });

    test.each<[string, string, Partial<ActionOf<'mysql.create_index'>>, RegExp]>([
      ['a column that is not there', '', { columns: ['nobody'] }, /has no column nobody; it has id, customer_id/],
      ['a column twice', '', { columns: ['state', 'STATE'] }, /named twice/],
      ['text', '', { columns: ['note'] }, /of type text/],
      ['what is indexed', 'ALTER TABLE orders ADD KEY there (customer_id, state)', {}, /begins with these columns already: there/],
      ['a taken name', 'ALTER TABLE orders ADD KEY orders_customer_id_idx (state)', {}, /name orders_customer_id_idx is taken/],
      ['another engine', 'ALTER TABLE orders ENGINE=MyISAM', {}, /not an InnoDB table \(MyISAM\)/],
      ['a view', 'CREATE VIEW v AS SELECT * FROM orders', { table: 'v' }, /not an InnoDB table/],
      ['partitions', 'ALTER TABLE orders PARTITION BY HASH (id) PARTITIONS 2', {}, /partitioned/],
    ])('no index on %s', async (_what, setUp, part, words) => {
      if (setUp) await (await world.connect()).query(setUp);
      await expect(prepare({ kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'], ...part })).rejects.toThrow(words);
    });

    test('an index that was never dropped reads as it was', async () => {
      const change = await prepare({ kind: 'mysql.drop_index', target: 'shop', table: 'orders', index: 'by_state' } as const);
      expect(await kindOf(change.action).check(change, world.context)).toMatchObject({ ok: false });
      expect(await kindOf(change.action).checkUndone(change, world.context)).toMatchObject({ ok: true });
    });

    test.each<[string, string, string, RegExp]>([
      ['the primary key', '', 'PRIMARY', /primary key/],
      ['a unique one', 'ALTER TABLE orders ADD UNIQUE KEY only_once (customer_id, id)', 'only_once', /unique/],
      ['one of a foreign key', 'CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers SELECT DISTINCT customer_id FROM orders; ALTER TABLE orders ADD CONSTRAINT theirs FOREIGN KEY by_customer (customer_id) REFERENCES customers (id)', 'theirs', /foreign key theirs/],
      ['full text', 'ALTER TABLE orders ADD FULLTEXT KEY words (note)', 'words', /by hand/],
      ['one with a comment', "ALTER TABLE orders ADD KEY said (customer_id) COMMENT 'x`, DROP TABLE orders'", 'said', /by hand/],
      ['one that is not there', '', 'nobody', /has no index nobody; it has/],
    ])('no drop of %s', async (_what, setUp, index, words) => {
      const client = await world.connect();
      for (const statement of setUp.split(/; (?=[A-Z])/).filter(Boolean)) await client.query(statement);
      await expect(prepare({ kind: 'mysql.drop_index', target: 'shop', table: 'orders', index })).rejects.toThrow(words);
    });

    test('a lock that others hold makes it fail soon and whole, not wait', async () => {
      const change = await prepare({ kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'] } as const);
      const holder = await world.connect();
      await holdLock(holder);
      await expect(kindOf(change.action).execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('Lock wait timeout') });
      await holder.query('COMMIT');
      await kindOf(change.action).execute(change, world.context);
      // As after a death of the executor.
      expect(await kindOf(change.action).check(change, world.context)).toMatchObject({ ok: false, details: ['index orders_customer_id_idx exists, but nobody noted whether this change built it'] });
    });

    test('a connection that breaks while it waits is looked up: nothing was built', async () => {
      const change = await prepare({ kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'] } as const);
      const holder = await world.connect();
      await holdLock(holder);
      const run = kindOf(change.action).execute(change, world.context).catch((error: unknown) => error);
      await until(async () => (await world.rows("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%'")).length === 1, 'it waits');
      world.tap.cut();
      expect(await run).toMatchObject({ effect: 'none', message: expect.stringContaining('is as it was') });
      await holder.query('COMMIT');
    });

    test('an abort ends the statement on the server', async () => {
      const change = await prepare({ kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'] } as const);
      const holder = await world.connect();
      await holdLock(holder);
      const stop = new AbortController();
      const run = kindOf(change.action).execute(change, { ...world.context, signal: stop.signal }).catch((error: unknown) => error);
      await until(async () => (await world.rows("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%'")).length === 1, 'it waits');
      stop.abort();
      expect(await run).toMatchObject({ effect: 'none' });
      expect(await world.rows("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%'")).toEqual([]);
    });

    test.each<[string, string, RegExp]>([
      ['secure_file_priv', '1', /not among the variables/],
      ['constructor', '1', /not among the variables/],
      ['sql_log_bin', 'OFF', /not among the variables/],
      ['max_connections', '5', /from 10 to 20000/],
      ['max_connections', '12.5', /whole number/],
      ['slow_query_log', '1', /ON or OFF/],
      ['max_execution_time', '10', /under a second/],
      ['max_connections', '60', /is 60 already/],
      ['wait_timeout', '600', /wants SUPER/],
    ])('set_global refuses %s = %s', async (variable, value, words) => {
      await expect(prepare({ kind: 'mysql.set_global', target: 'shop', variable, value })).rejects.toThrow(words);
    });

    test('a replica, a wrong password, no write account and another kind of database are said', async () => {
      const action: Action = { kind: 'mysql.analyze', target: 'shop', table: 'orders' };
      await world.admin.query('SET GLOBAL read_only = ON');
      await expect(prepare(action)).rejects.toThrow(/is a replica/);
      await world.admin.query('SET GLOBAL read_only = OFF');
      const [database] = world.targets.databases;
      const on = (part: object) => ({ ...world.context, targets: { ...world.targets, databases: [{ ...database, ...part } as (typeof world.targets.databases)[number]] } });
      const wrong: unknown = await kindOf(action).prepare(action, on({ write: secret(world.tap.url.replace(':x@', ':topsecret@'), 'SHOP_WRITE_URL') })).catch((error: unknown) => error);
      expect(wrong).toBeInstanceOf(RefusedError);
      expect(String(wrong)).toMatch(/Access denied.*Check SHOP_WRITE_URL/);
      expect(String(wrong)).not.toContain('topsecret');
      await expect(kindOf(action).prepare(action, on({ write: secret('postgres://a:b@c/d', 'SHOP_WRITE_URL') }))).rejects.toThrow(/must start with mysql:/);
      await expect(kindOf(action).prepare(action, on({ write: undefined }))).rejects.toThrow(/set write:/);
      await expect(kindOf(action).prepare(action, on({ kind: 'postgres' }))).rejects.toThrow(/not of kind mysql/);
    });

    test('its account can do what it is for, and neither files nor grants nor other databases', async () => {
      const { openMysql } = await import('../../../src/tools/mysql/connection.ts');
      const connection = await openMysql(world.tap.url, { applicationName: 'sre-agent C1', signal: new AbortController().signal });
      for (const statement of ["SELECT * FROM mysql.global_priv", "SELECT LOAD_FILE('/etc/hostname') IS NULL = 0 FROM mysql.db", `DELETE FROM ${world.database}.orders`, `DROP TABLE ${world.database}.orders`, 'CREATE USER other', `CREATE DATABASE other`, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE mysql.db", 'SELECT 1; SELECT 2']) {
        await expect(connection.query(statement), statement).rejects.toThrow(/denied|not allowed|disabled|syntax/);
      }
      await connection.close();
    });
  });
});
