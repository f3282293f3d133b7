/** The changes of PostgreSQL on a real database, through a proxy that can lose its answers. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Client } from 'pg';
import type { Action } from '../../../src/changes/action.ts';
import type { DatabaseWorld } from '../../changes/actions/database-world.ts';
import { openDatabaseWorld, sessionOf } from '../../changes/actions/database-world.ts';
import { secret, targetsWith } from '../changes.ts';
import type { FaultWorld, OpenWorld } from './world.ts';

interface Setting {
  action: Action | ((world: DatabaseWorld) => Promise<Action>);
  /** What is there before. */
  before?: (world: DatabaseWorld) => Promise<unknown>;
  move: (world: DatabaseWorld) => Promise<unknown>;
  /** A lock that stands in the way of the command. */
  lock?: string;
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
};

export const postgresWorlds: Record<string, OpenWorld> = Object.fromEntries(Object.entries(settings).map(([kind, setting]) => [kind, () => open(setting)]));

async function open({ action, before, move, lock }: Setting): Promise<FaultWorld> {
  const world = await openDatabaseWorld();
  const proxy = await openProxy(world.tap.url);
  const reached = secret(proxy.url, 'SHOP_WRITE_URL');
  await before?.(world);
  const bound = typeof action === 'function' ? await action(world) : action;
  return {
    action: bound,
    targets: targetsWith({ databases: [{ name: 'shop', kind: 'postgres', read: reached, write: reached }] }),
    runs: proxy.runs,
    move: async () => void (await move(world)),
    loseAnswers: proxy.loseAnswers,
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
      await world.close();
    },
  };
}

const writes = /CREATE INDEX|DROP INDEX|REINDEX|ALTER (?:DATABASE|ROLE|SYSTEM)|pg_terminate_backend|pg_cancel_backend/;

/** The connection breaks a moment after a write was sent, so that its answer never comes. */
async function openProxy(url: string): Promise<{ url: string; runs(command: readonly string[]): number; loseAnswers(): void; close(): Promise<void> }> {
  const upstream = new URL(url);
  const sockets = new Set<Socket>();
  let losing = false;
  const connections: string[] = [];
  const server = createServer((client) => {
    const number = connections.push('') - 1;
    const database = connect(Number(upstream.port), upstream.hostname);
    let lost = false;
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      connections[number] += chunk.toString('utf8');
      if (losing && writes.test(chunk.toString('utf8'))) {
        lost = true;
        losing = false;
        setTimeout(() => client.destroy(), 1_000);
      }
      database.write(chunk);
    });
    database.on('data', (chunk) => { if (!lost) client.write(chunk); });
    client.on('close', () => setTimeout(() => database.destroy(), lost ? 1_000 : 0));
    database.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.toString(),
    // What a preview tries in a transaction and rolls back is no run.
    runs: (command) => Math.max(...command.map((statement) => connections.join('\n').replaceAll(/\bBEGIN\b[\s\S]*?\bROLLBACK\b/g, '').split(statement).length - 1)),
    loseAnswers: () => { losing = true; },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    },
  };
}
