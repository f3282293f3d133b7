import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { terminateBackendKind as kind } from '../../../src/changes/actions/terminate-backend/terminate-backend.ts';
import { RefusedError } from '../../../src/changes/errors.ts';
import { StoppedError } from '../../../src/incident/stopped-error.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, until } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sessionOf, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.terminate_backend'>;

async function holdLock(client: Client): Promise<void> {
  await client.query('BEGIN');
  await client.query("UPDATE orders SET note = '\"secret-value\"' WHERE id = 1");
}

describeActionKind(kind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  const holder = await world.client();
  await holdLock(holder);
  const bound = await sessionOf(holder);
  const action: Action = { kind: 'postgres.terminate_backend', target: 'shop', sessions: [bound] };
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, sessions: [{ ...bound, backend_start: '2020-01-01 00:00:00.000001+00' }] },
    async snapshot() {
      const gone = async () => (await world.admin.query('SELECT pid, xact_start::text FROM pg_stat_activity WHERE pid = $1', [bound.pid])).rows;
      return gone();
    },
    sent: world.tap.sent,
    async move() {
      await holder.query('COMMIT');
      await holdLock(holder);
    },
    settle: async () => void (await until(async () => (await world.admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [bound.pid])).rowCount === 0, 'the session ends')),
    moveAfter: () => Promise.resolve(),
    close: world.close,
  };
});

describe('postgres.terminate_backend', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => world.close());

  const prepare = async (...sessions: Action['sessions']): Promise<ChangeOf<Action>> => {
    const action: Action = { kind: 'postgres.terminate_backend', target: 'shop', sessions };
    return changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;
  };

  test('shows no value of a query that the server cut off in the middle of one', async () => {
    const client = await world.client();
    const session = await sessionOf(client);
    await client.query(`SELECT 'secret-value${'x'.repeat(5_000)}'`);
    const { preview } = await prepare(session);
    expect(preview).toContain('last query: ');
    expect(preview).not.toContain('secret-value');
  });

  test('shows who it is, what it holds and whom it blocks, without the values of its query', async () => {
    const holder = await world.client('batch import');
    await holdLock(holder);
    const waiter = await world.client();
    const { pid: waiting } = await sessionOf(waiter);
    const blocked = waiter.query('UPDATE orders SET customer_id = 1 WHERE id = 1').catch(() => undefined);
    await until(async () => (await world.admin.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'", [waiting])).rowCount === 1, 'somebody waits');
    const holding = await sessionOf(holder);
    const change = await prepare(holding);
    expect(change.preview).toMatch(new RegExp(`${holding.pid} \\w+ \\(batch import\\): idle in transaction, transaction open for \\d+ s, blocks ${waiting}; last query: SELECT`));
    expect(change.preview).not.toContain('secret-value');
    expect(change.facts).toMatchObject({ affectedSessions: 1, openTransactions: 1, reversible: false });
    expect(change.undo).toMatchObject({ kind: 'impossible', command: [] });
    await kind.execute(change, world.context);
    await blocked;
    expect((await world.admin.query('SELECT customer_id FROM orders WHERE id = 1')).rows).toEqual([{ customer_id: 1 }]);
  });

  test('a transaction that has written nothing loses nothing, and is not ended once it has written', async () => {
    const idle = await world.client();
    const reader = await world.client();
    await reader.query('BEGIN; SELECT count(*) FROM orders');
    const change = await prepare(await sessionOf(idle), await sessionOf(reader));
    expect(change.undo).toMatchObject({ kind: 'not_needed', command: [] });
    expect(change.facts).toMatchObject({ affectedSessions: 2, openTransactions: 0, reversible: true });
    expect(change.blastRadius).toMatch(/1 with an open transaction, 0 of which have written/);
    await reader.query('UPDATE orders SET customer_id = 0 WHERE id = 1');
    const { output } = await kind.execute(change, world.context);
    expect(output).toMatch(/: ended[^]*: not touched|: not touched[^]*: ended/);
    await expect(reader.query('COMMIT')).resolves.toMatchObject({ command: 'COMMIT' });
  });

  test('a pid that is another session now is not touched', async () => {
    const client = await world.client();
    const { pid } = await sessionOf(client);
    await expect(prepare({ pid, backend_start: '2026-01-01 00:00:00.123456+00' })).rejects.toThrow(/ended already/);
    const change = await prepare(await sessionOf(client));
    const command = change.command.map((line) => line.replace(/backend_start = '[^']+'/, "backend_start = '2026-01-01 00:00:00.123456+00'"));
    await expect(kind.execute({ ...change, command }, world.context)).rejects.toMatchObject({ effect: 'none' });
    await expect(client.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('a time without its zone, or no time at all, is refused', async () => {
    await expect(prepare({ pid: 1, backend_start: '2026-01-01 00:00:00' })).rejects.toThrow(/not a backend_start/);
    await expect(prepare({ pid: 1, backend_start: "now()' OR true --" })).rejects.toThrow(/not a backend_start/);
  });

  test('neither its own sessions nor PostgreSQL\'s are ended', async () => {
    await expect(prepare(await sessionOf(await world.client('sre-agent C7')))).rejects.toThrow(/sre-agent's own/);
    const { rows } = await world.admin.query<{ pid: number; backend_start: string }>("SELECT pid, backend_start::text FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
    await expect(prepare(...rows)).rejects.toThrow(/PostgreSQL's own \(checkpointer\)/);
  });

  test('a role without the right is told which grant it lacks', async () => {
    const name = `cutter_${Date.now()}`;
    await world.admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'x' IN ROLE pg_monitor`);
    const url = new URL(world.url);
    url.username = name;
    url.password = 'x';
    const [database] = world.targets.databases;
    if (!database) throw new Error('no target');
    const context = { ...world.context, targets: { ...world.targets, databases: [{ ...database, write: { variable: 'W', reveal: () => url.toString() } }] } };
    const action: Action = { kind: 'postgres.terminate_backend', target: 'shop', sessions: [await sessionOf(await world.client())] };
    await expect(kind.prepare(action, context)).rejects.toThrow(/grant it pg_signal_backend/);
    await world.admin.query(`DROP ROLE ${name}`);
  });

  test('one of several ends by itself: that is drift, and a fresh preview leaves it out', async () => {
    const [first, second] = [await world.client(), await world.client()];
    const change = await prepare(await sessionOf(first), await sessionOf(second));
    const { pid } = await sessionOf(first);
    await first.end();
    await until(async () => (await world.admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount === 0, 'it is gone');
    const fresh = await kind.prepare(change.action, world.context);
    expect(kind.drift(change, fresh)).toBe(`session ${pid} has ended by itself`);
    expect(fresh.command).toHaveLength(1);
    expect(fresh.preview).toContain('1 other session had ended already');
  });

  test('a stop between two sessions ends no more, and says which were ended', async () => {
    const [first, second] = [await world.client(), await world.client()];
    const change = await prepare(await sessionOf(first), await sessionOf(second));
    let asked = 0;
    const checkpoint = () => ((asked += 1) > 1 ? Promise.reject(new StoppedError('INC-1')) : Promise.resolve());
    const error: unknown = await kind.execute(change, { ...world.context, checkpoint }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ effect: 'partial', message: expect.stringMatching(/Stopped on the way: \d+: ended$/) });
    const left = await until(async () => {
      const { rows } = await world.admin.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'checkout'");
      return rows.length < 2 && rows;
    }, 'one session ends');
    expect(left).toHaveLength(1);
  });

  test('an unreachable server is refused in words', async () => {
    const [database] = world.targets.databases;
    if (!database) throw new Error('no target');
    const context = { ...world.context, targets: { ...world.targets, databases: [{ ...database, write: { variable: 'SHOP_WRITE_URL', reveal: () => 'postgres://a:topsecret@127.0.0.1:1/shop' } }] } };
    const error: unknown = await kind.check(await prepare(await sessionOf(await world.client())), context).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RefusedError);
    expect(String(error)).toMatch(/ECONNREFUSED.*Check SHOP_WRITE_URL/);
    expect(String(error)).not.toContain('topsecret');
  });
});
