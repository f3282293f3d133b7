import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReadOnly } from '../../../src/tools/sql/connection.ts';
import type { ReadOnlyConnection } from '../../../src/tools/sql/connection.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const options = { applicationName: 'sre-agent-test' };
const limits = { timeoutMilliseconds: 30_000 };

let database: { url: string; close(): Promise<void> };
let admin: Client;
let connection: ReadOnlyConnection;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query('CREATE TABLE public.orders (id int PRIMARY KEY, note text); INSERT INTO public.orders SELECT g, $$n$$ || g FROM generate_series(1, 50) g; CREATE SEQUENCE public.counter');
  connection = await openReadOnly(database.url, options);
});
afterAll(async () => {
  await connection.close();
  await admin.end();
  await database.close();
});

async function orders(): Promise<number> {
  return Number((await admin.query<{ count: string }>('SELECT count(*) FROM public.orders')).rows[0]?.count);
}

describe('reading', () => {
  test('gives rows, fields and a mark when there was more', async () => {
    expect(await connection.query('SELECT id, note FROM public.orders WHERE id > $1 ORDER BY id', [48], limits)).toEqual({ rows: [{ id: 49, note: 'n49' }, { id: 50, note: 'n50' }], fields: ['id', 'note'], truncated: false });
    expect(await connection.query('SELECT id FROM public.orders ORDER BY id', [], { ...limits, maxRows: 2 })).toEqual({ rows: [{ id: 1 }, { id: 2 }], fields: ['id'], truncated: true });
    expect((await connection.query('SELECT id FROM public.orders', [], { ...limits, maxRows: 50 })).truncated).toBe(false);
    expect((await connection.query("SELECT true, NULL, 1.50, '2026-01-01'::date, true", [], { ...limits, asText: true })).rows).toEqual([['t', null, '1.50', '2026-01-01', 't']]);
    expect((await connection.query('SELECT 1 WHERE false', [], limits)).rows).toEqual([]);
  });

  test('pins search_path and names the session', async () => {
    expect((await connection.query('SHOW search_path', [], limits)).rows).toEqual([{ search_path: 'pg_catalog, pg_temp' }]);
    expect((await connection.query<{ name: string }>("SELECT pg_catalog.current_setting('application_name') AS name", [], limits)).rows[0]?.name).toBe('sre-agent-test');
    expect((await connection.query<{ on: string }>("SELECT current_setting('transaction_read_only') AS on", [], limits)).rows[0]?.on).toBe('on');
  });

  test('serialises concurrent calls and goes on after an error', async () => {
    const results = await Promise.allSettled([connection.query('SELECT 1 AS one', [], limits), connection.query('SELECT 1/0', [], limits), connection.query('SELECT 2 AS two', [], limits)]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('the seat belt', () => {
  test.each([
    ['DELETE FROM public.orders', '25006'],
    ['WITH gone AS (DELETE FROM public.orders RETURNING 1) SELECT count(*) FROM gone', '25006'],
    ['EXPLAIN ANALYZE DELETE FROM public.orders', '25006'],
    ['TRUNCATE public.orders', '25006'],
    ["SELECT nextval('public.counter')", '25006'],
    ['SELECT * FROM public.orders FOR UPDATE', '25006'],
    ['SET TRANSACTION READ WRITE', '25001'],
    ['SELECT 1; DELETE FROM public.orders', '42601'],
    ['COMMIT; DELETE FROM public.orders', '42601'],
  ])('%s is refused with %s', async (statement, code) => {
    await expect(connection.query(statement, [], limits)).rejects.toMatchObject({ name: 'SqlReadError', code });
    expect(await orders()).toBe(50);
  });

  test('a setting changed by one statement is gone in the next', async () => {
    await connection.query("SELECT set_config('search_path', 'public', false), set_config('default_transaction_read_only', 'off', false)", [], limits);
    expect((await connection.query('SHOW search_path', [], limits)).rows).toEqual([{ search_path: 'pg_catalog, pg_temp' }]);
    await expect(connection.query('DELETE FROM public.orders', [], limits)).rejects.toMatchObject({ code: '25006' });
  });

  test('waits only a moment for a lock', async () => {
    await admin.query('BEGIN; LOCK TABLE public.orders IN ACCESS EXCLUSIVE MODE');
    try {
      await expect(connection.query('SELECT * FROM public.orders', [], limits)).rejects.toMatchObject({ code: '55P03' });
    } finally {
      await admin.query('ROLLBACK');
    }
  });
});

describe('limits', () => {
  test('cancels on the server at the timeout, even when the session raised its own; the session lives on', async () => {
    await expect(connection.query("SELECT set_config('statement_timeout', '0', false), pg_sleep(600)", [], { timeoutMilliseconds: 300 })).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('Narrow it') as string });
    expect((await connection.query('SELECT 1 AS one', [], limits)).rows).toEqual([{ one: 1 }]);
    const running = await admin.query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()");
    expect(running.rowCount).toBe(0);
  });

  test('stops when aborted', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    await expect(connection.query('SELECT pg_sleep(600)', [], { ...limits, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(connection.query('SELECT 1', [], { ...limits, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await connection.query('SELECT 1 AS one', [], limits)).rows).toEqual([{ one: 1 }]);
  });

  test('gives up a result that is too large', async () => {
    const other = await openReadOnly(database.url, options);
    await expect(other.query("SELECT repeat('x', 1000000) FROM generate_series(1, 400)", [], { ...limits, maxBytes: 4_000_000 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(other.query('SELECT 1', [], limits)).rejects.toMatchObject({ code: 'CLOSED' });
    await other.close();
  });

  test('destroys the socket when the server does not take the cancel', async () => {
    const frozen = await freezingProxy(database.url);
    const other = await openReadOnly(frozen.url, options);
    frozen.freeze();
    await expect(other.query('SELECT 1', [], { timeoutMilliseconds: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await other.close();
    await frozen.close();
  });
});

describe('trouble', () => {
  test('a session killed under a query, and between queries', async () => {
    const other = await openReadOnly(database.url, { applicationName: 'victim' });
    const dying = other.query('SELECT pg_sleep(600)', [], limits);
    dying.catch(() => undefined);
    const kill = async (): Promise<boolean> => ((await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim' AND query LIKE '%pg_sleep%'")).rowCount ?? 0) > 0;
    const deadline = Date.now() + 60_000;
    while (!(await kill()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(dying).rejects.toMatchObject({ name: 'SqlReadError', code: '57P01' });
    await expect(other.query('SELECT 1', [], limits)).rejects.toMatchObject({ name: 'SqlReadError' });
    await other.close();
  });

  test('names the remedy and never the password', async () => {
    const wrong = new URL(database.url);
    wrong.password = 'planted-secret';
    const nobody = new URL(database.url);
    nobody.pathname = '/nothing_here';
    const refused = new URL(database.url);
    refused.port = '1';
    await expect(openReadOnly(nobody.toString(), options)).rejects.toMatchObject({ code: '3D000' });
    await expect(openReadOnly(refused.toString(), options)).rejects.toMatchObject({ code: 'ECONNREFUSED', message: expect.stringContaining('check that the server runs') as string });
    await expect(openReadOnly('postgres://a:planted-secret@127.0.0.1:1/x', options)).rejects.not.toThrow(/planted-secret/);
    await expect(connection.query('SELECT * FROM orders', [], limits)).rejects.toThrow(/Write the schema too/);
  });

  test('a server that takes the connection and says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    await expect(openReadOnly(`postgres://a:b@127.0.0.1:${port}/x`, { ...options, connectTimeoutMilliseconds: 200 })).rejects.toMatchObject({ name: 'SqlReadError', code: 'TIMEOUT' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await expect(openReadOnly(`postgres://a:b@127.0.0.1:${port}/x`, { ...options, connectTimeoutMilliseconds: 60_000, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

/** Forwards to the real server until frozen; then it swallows everything, cancel requests too. */
async function freezingProxy(url: string): Promise<{ url: string; freeze(): void; close(): Promise<void> }> {
  const target = new URL(url);
  const real = { port: Number(target.port), host: target.hostname };
  let frozen = false;
  const sockets: Socket[] = [];
  const server = createServer((inner) => {
    sockets.push(inner);
    inner.on('error', () => undefined);
    if (frozen) return;
    const outer = connectSocket(real);
    sockets.push(outer);
    outer.on('error', () => undefined);
    inner.on('data', (chunk) => void (frozen || outer.write(chunk)));
    outer.on('data', (chunk) => void (frozen || inner.write(chunk)));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.toString(),
    freeze: () => void (frozen = true),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
