/** The changes of MySQL on a real MariaDB, through a proxy that can lose its answers. */
import type { Connection } from 'mysql2/promise';
import type { Action } from '../../../src/changes/action.ts';
import type { MysqlWorld } from '../../changes/actions/mysql-world.ts';
import { accountStatements, openMysqlWorld, processOf } from '../../changes/actions/mysql-world.ts';
import { secret, targetsWith } from '../changes.ts';
import type { TestMariadb } from '../mariadb.ts';
import { startMariadb } from '../mariadb.ts';
import { openDatabaseProxy } from './database-proxy.ts';
import type { FaultWorld, OpenWorld } from './world.ts';

interface Setting {
  action: Action | ((world: MysqlWorld) => Promise<Action>);
  before?: (world: MysqlWorld) => Promise<unknown>;
  move: (world: MysqlWorld) => Promise<unknown>;
  /** In a transaction: a lock that stands in the way of the command. */
  lock?: string;
  after?: (world: MysqlWorld) => Promise<unknown>;
}

const read = 'SELECT * FROM orders WHERE id = 1';
const orders = ({ database }: MysqlWorld): string => `${database}.orders`;
const another = (world: MysqlWorld) => world.admin.query(`ALTER TABLE ${orders(world)} MODIFY customer_id bigint NOT NULL`);
const kept = new WeakMap<MysqlWorld, string>();
const holders = new WeakMap<MysqlWorld, Connection>();

async function write(connection: Connection): Promise<void> {
  await connection.query('BEGIN');
  await connection.query('UPDATE orders SET customer_id = customer_id + 1 WHERE id = 1');
}

const settings: Record<string, Setting> = {
  'mysql.create_index': { action: { kind: 'mysql.create_index', target: 'shop', table: 'orders', columns: ['customer_id'] }, move: another, lock: read },
  'mysql.drop_index': { action: { kind: 'mysql.drop_index', target: 'shop', table: 'orders', index: 'by_state' }, move: another, lock: read },
  'mysql.set_global': {
    action: { kind: 'mysql.set_global', target: 'shop', variable: 'max_connections', value: '80' },
    before: async (world) => void kept.set(world, String((await world.rows('SELECT @@GLOBAL.max_connections AS n'))[0]?.['n'])),
    move: ({ admin }) => admin.query('SET GLOBAL max_connections = 70'),
    after: (world) => world.admin.query(`SET GLOBAL max_connections = ${kept.get(world)}`),
  },
  'mysql.analyze': {
    action: { kind: 'mysql.analyze', target: 'shop', table: 'orders' },
    before: ({ admin, database }) => admin.query(`UPDATE mysql.innodb_table_stats SET n_rows = 7, last_update = '2020-01-01 00:00:00' WHERE database_name = '${database}'`),
    move: (world) => world.admin.query(`ALTER TABLE ${orders(world)} ADD extra int`),
  },
  'mysql.kill': {
    async action(world) {
      const holder = await world.connect();
      holders.set(world, holder);
      await write(holder);
      return { kind: 'mysql.kill', target: 'shop', what: 'connection', sessions: [await processOf(holder, world)] };
    },
    async move(world) {
      const holder = holders.get(world);
      await holder?.query('COMMIT');
      if (holder) await write(holder);
    },
  },
  'mysql.rows': {
    action: { kind: 'mysql.rows', target: 'shop', table: 'orders', operation: 'update', where: [{ column: 'customer_id', operator: '=', value: 7 }, { column: 'id', operator: '<=', value: 400 }], set: { note: 'held' }, expected_rows: 4 },
    before: ({ admin, account, database }) => admin.query(accountStatements('write-rows', account, database)),
    move: (world) => world.admin.query(`UPDATE ${orders(world)} SET note = 'another' WHERE id = 7`),
    lock: 'SELECT * FROM orders WHERE id = 107 FOR UPDATE',
  },
};

/** One MariaDB for all of them. */
export async function openMysqlWorlds(): Promise<{ worlds: Record<string, OpenWorld>; close(): Promise<void> }> {
  const server = await startMariadb();
  return { worlds: Object.fromEntries(Object.entries(settings).map(([kind, setting]) => [kind, () => open(server, setting)])), close: server.stop };
}

const writes = /ALTER TABLE|SET GLOBAL|ANALYZE TABLE|\bKILL\b|\bCOMMIT\b/;

async function open(server: TestMariadb, { action, before, move, lock, after }: Setting): Promise<FaultWorld> {
  const world = await openMysqlWorld(server);
  const proxy = await openDatabaseProxy(world.tap.url, writes);
  const reached = secret(proxy.url, 'SHOP_WRITE_URL');
  await before?.(world);
  return {
    action: typeof action === 'function' ? await action(world) : action,
    targets: targetsWith({ databases: [{ name: 'shop', kind: 'mysql', read: reached, write: reached }] }),
    runs: proxy.runs,
    move: async () => void (await move(world)),
    loseAnswers: proxy.loseAnswer,
    ...(lock !== undefined && {
      async hold() {
        const holder = await world.connect();
        await holder.query('BEGIN');
        await holder.query(lock);
        return async () => void (await holder.query('ROLLBACK'));
      },
    }),
    seconds: 5,
    async close() {
      await proxy.close();
      await after?.(world);
      await world.close();
    },
  };
}
