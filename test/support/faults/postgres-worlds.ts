/** The changes of PostgreSQL on a real database, through a proxy that can lose its answers. */
import type { Client } from 'pg';
import type { Action } from '../../../src/changes/action.ts';
import type { DatabaseWorld } from '../../changes/actions/database-world.ts';
import { makeRole, openDatabaseWorld, sessionOf } from '../../changes/actions/database-world.ts';
import { secret, targetsWith } from '../changes.ts';
import { statementsOf } from '../deploy.ts';
import { openDatabaseProxy } from './database-proxy.ts';
import type { FaultWorld, OpenWorld } from './world.ts';

interface Setting {
  action: Action | ((world: DatabaseWorld) => Promise<Action>);
  /** What is there before. */
  before?: (world: DatabaseWorld) => Promise<unknown>;
  move: (world: DatabaseWorld) => Promise<unknown>;
  /** A lock that stands in the way of the command. */
  lock?: string;
  /** What would outlive the database. */
  after?: (world: DatabaseWorld) => Promise<unknown>;
}

const place = { target: 'shop', schema: 'public' } as const;
const index = 'CREATE INDEX orders_customer ON orders (customer_id)';
const another = async ({ admin }: DatabaseWorld) => {
  await admin.query('DROP INDEX orders_customer');
  await admin.query('CREATE INDEX orders_customer ON orders (note)');
};
const alter = ({ admin }: DatabaseWorld, what: string) => admin.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${what}', current_database()); END $$`);
const locked = 'LOCK TABLE orders IN ACCESS EXCLUSIVE MODE';

async function begin(world: DatabaseWorld): Promise<Client> {
  const client = await world.client();
  await client.query('BEGIN; SELECT 1 FROM orders');
  return client;
}

/** Of worlds whose object is a session. */
const moves = new WeakMap<DatabaseWorld, () => Promise<void>>();

const settings: Record<string, Setting> = {
  'postgres.create_index': { action: { kind: 'postgres.create_index', ...place, table: 'orders', columns: ['customer_id'] }, move: ({ admin }) => admin.query('CREATE INDEX orders_customer_id_idx ON orders (customer_id)'), lock: locked },
  'postgres.drop_index': { action: { kind: 'postgres.drop_index', ...place, index: 'orders_customer' }, before: ({ admin }) => admin.query(index), move: another, lock: locked },
  'postgres.reindex': { action: { kind: 'postgres.reindex', ...place, index: 'orders_customer' }, before: ({ admin }) => admin.query(index), move: another, lock: locked },
  'postgres.alter_setting': {
    action: { kind: 'postgres.alter_setting', target: 'shop', scope: 'database', setting: 'statement_timeout', value: '30s' },
    before: (world) => alter(world, 'SET statement_timeout TO 5000'), move: (world) => alter(world, 'SET statement_timeout TO 7000'),
  },
  'postgres.terminate_backend': {
    action: async (world) => {
      const client = await begin(world);
      moves.set(world, async () => void (await client.query('COMMIT; BEGIN; SELECT 1 FROM orders')));
      return { kind: 'postgres.terminate_backend', target: 'shop', sessions: [await sessionOf(client)] };
    },
    move: (world) => moves.get(world)?.() ?? Promise.resolve(),
  },
  'postgres.cancel_backend': {
    action: async (world) => {
      const client = await world.client();
      const bound = await sessionOf(client);
      const start = () => void client.query('SELECT pg_sleep(300)').catch(() => undefined);
      const running = async (): Promise<void> => { while ((await world.admin.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [bound.pid])).rowCount === 0) await new Promise((resolve) => { setTimeout(resolve, 20); }); };
      start();
      await running();
      moves.set(world, async () => {
        await world.admin.query('SELECT pg_cancel_backend($1)', [bound.pid]);
        await new Promise((resolve) => { setTimeout(resolve, 100); });
        start();
        await running();
      });
      return { kind: 'postgres.cancel_backend', target: 'shop', sessions: [bound] };
    },
    move: (world) => moves.get(world)?.() ?? Promise.resolve(),
  },
  'postgres.analyze': maintenance('postgres.analyze'),
  'postgres.vacuum': maintenance('postgres.vacuum'),
  'postgres.reset_sequence': {
    action: { kind: 'postgres.reset_sequence', ...place, table: 'items', column: 'id' },
    before: ({ admin }) => admin.query("CREATE TABLE items (id bigserial PRIMARY KEY, name text); INSERT INTO items (id, name) SELECT n, 'copied' FROM generate_series(1, 40) AS n"),
    move: ({ admin }) => admin.query("SELECT setval('items_id_seq', 40)"),
    lock: 'LOCK TABLE items IN ROW EXCLUSIVE MODE',
  },
  'postgres.validate_constraint': {
    action: { kind: 'postgres.validate_constraint', ...place, table: 'orders', constraint: 'sane' },
    before: ({ admin }) => admin.query('ALTER TABLE orders ADD CONSTRAINT sane CHECK (customer_id >= 0) NOT VALID'),
    move: ({ admin }) => admin.query('ALTER TABLE orders DROP CONSTRAINT sane, ADD CONSTRAINT sane CHECK (customer_id >= 1) NOT VALID'),
    lock: 'LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE',
  },
  'postgres.rows': {
    action: { kind: 'postgres.rows', ...place, table: 'orders', operation: 'update', where: [{ column: 'customer_id', operator: '=', value: 7 }, { column: 'id', operator: '<=', value: 400 }], set: { note: '{"held": true}' }, expected_rows: 4 },
    before: ({ admin }) => admin.query(statementsOf('postgres/write-rows.sql', { role: 'postgres' })),
    move: ({ admin }) => admin.query(`UPDATE orders SET note = '{"by": "another"}' WHERE id = 7`),
    lock: 'SELECT FROM orders WHERE id = 107 FOR UPDATE',
  },
  'postgres.role_connection_limit': attribute((role) => ({ kind: 'postgres.role_connection_limit', target: 'shop', role, limit: -1 }), 'CONNECTION LIMIT 1', 'CONNECTION LIMIT 4'),
  'postgres.role_valid_until': attribute((role) => ({ kind: 'postgres.role_valid_until', target: 'shop', role, until: 'infinity' }), "VALID UNTIL '2024-01-01'", "VALID UNTIL '2031-01-01'"),
  'postgres.table_option': {
    action: { kind: 'postgres.table_option', ...place, table: 'orders', option: 'autovacuum_enabled', value: null },
    before: ({ admin }) => admin.query('ALTER TABLE orders SET (autovacuum_enabled = false)'), move: ({ admin }) => admin.query('ALTER TABLE orders SET (autovacuum_enabled = true)'),
    lock: 'LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE',
  },
  'postgres.grant': privileges('postgres.grant'),
  'postgres.revoke': privileges('postgres.revoke'),
};

function maintenance(kind: 'postgres.analyze' | 'postgres.vacuum'): Setting {
  return {
    action: { kind, ...place, table: 'orders' },
    move: ({ admin }) => admin.query('ALTER TABLE orders RENAME TO old_orders; CREATE TABLE orders (id int)'),
    lock: 'LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE',
  };
}

function privileges(kind: 'postgres.grant' | 'postgres.revoke'): Setting {
  const roles = new WeakMap<DatabaseWorld, Awaited<ReturnType<typeof makeRole>>>();
  return {
    async action(world) {
      const role = await makeRole(world, 'app');
      roles.set(world, role);
      await world.admin.query(`GRANT SELECT${kind === 'postgres.revoke' ? ', INSERT, UPDATE' : ''} ON orders TO ${role.name}`);
      return { kind, ...place, object: 'table', name: 'orders', privileges: ['insert', 'update'], role: role.name };
    },
    move: (world) => world.admin.query(`GRANT DELETE ON orders TO ${roles.get(world)?.name}`),
    lock: locked,
    after: (world) => roles.get(world)?.drop() ?? Promise.resolve(),
  };
}

function attribute(action: (role: string) => Action, before: string, moved: string): Setting {
  const roles = new WeakMap<DatabaseWorld, Awaited<ReturnType<typeof makeRole>>>();
  return {
    async action(world) {
      const role = await makeRole(world, 'app');
      roles.set(world, role);
      await world.admin.query(`ALTER ROLE ${role.name} ${before}`);
      return action(role.name);
    },
    move: (world) => world.admin.query(`ALTER ROLE ${roles.get(world)?.name} ${moved}`),
    after: (world) => roles.get(world)?.drop() ?? Promise.resolve(),
  };
}

export const postgresWorlds: Record<string, OpenWorld> = Object.fromEntries(Object.entries(settings).map(([kind, setting]) => [kind, () => open(setting)]));

async function open({ action, before, move, lock, after }: Setting): Promise<FaultWorld> {
  const world = await openDatabaseWorld();
  const proxy = await openDatabaseProxy(world.tap.url, writes);
  const reached = secret(proxy.url, 'SHOP_WRITE_URL');
  await before?.(world);
  const bound = typeof action === 'function' ? await action(world) : action;
  return {
    action: bound,
    targets: targetsWith({ databases: [{ name: 'shop', kind: 'postgres', read: reached, write: reached }] }),
    runs: proxy.runs,
    move: async () => void (await move(world)),
    loseAnswers: proxy.loseAnswer,
    ...(lock !== undefined && {
      async hold() {
        const holder = await world.client();
        await holder.query(`BEGIN; ${lock}`);
        return async () => void (await holder.query('ROLLBACK'));
      },
    }),
    // The undo of an index waits for its lock as long as the command does.
    seconds: 5,
    async close() {
      await proxy.close();
      await world.admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
      await after?.(world);
      await world.close();
    },
  };
}

const writes = /CREATE INDEX|DROP INDEX|REINDEX|ALTER (?:DATABASE|ROLE|SYSTEM)|pg_terminate_backend|pg_cancel_backend|ANALYZE "|VACUUM \(|\bCOMMIT\b/;
