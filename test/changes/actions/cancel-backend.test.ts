import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { cancelBackendKind as kind } from '../../../src/changes/actions/cancel-backend/cancel-backend.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, until } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sessionOf, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.cancel_backend'>;
interface Running { pid: number; query_start: string }

/** Returns once the server runs it. */
async function runQuery({ admin }: DatabaseWorld, client: Client, pid: number, query = 'SELECT pg_sleep(300)'): Promise<{ start: string; outcome: Promise<string> }> {
  const outcome = client.query(query).then(() => 'finished', (error: Error) => error.message);
  const start = await until(async () => (await admin.query<Running>("SELECT query_start::text FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND wait_event = 'PgSleep'", [pid])).rows[0]?.query_start, 'it runs');
  return { start, outcome };
}

async function stopAll({ admin, close }: DatabaseWorld): Promise<void> {
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
  await close();
}

describeActionKind(kind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  const client = await world.client();
  const bound = await sessionOf(client);
  await runQuery(world, client, bound.pid);
  const action: Action = { kind: 'postgres.cancel_backend', target: 'shop', sessions: [bound] };
  const running = async () => (await world.admin.query<Running>("SELECT query_start::text FROM pg_stat_activity WHERE pid = $1 AND state = 'active'", [bound.pid])).rows;
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, sessions: [{ ...bound, backend_start: '2020-01-01 00:00:00.000001+00' }] },
    snapshot: running,
    sent: world.tap.sent,
    async move() {
      await world.admin.query('SELECT pg_cancel_backend($1)', [bound.pid]);
      await until(async () => (await running()).length === 0, 'it ends');
      await runQuery(world, client, bound.pid);
    },
    settle: async () => void (await until(async () => (await running()).length === 0, 'the query ends')),
    moveAfter: () => Promise.resolve(),
    close: () => stopAll(world),
  };
});

describe('postgres.cancel_backend', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => stopAll(world));

  const prepare = async (...sessions: Action['sessions']): Promise<ChangeOf<Action>> => {
    const action: Action = { kind: 'postgres.cancel_backend', target: 'shop', sessions };
    return changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;
  };

  test('a query that only reads: nothing is lost, its session stays and works on', async () => {
    const client = await world.client();
    const session = await sessionOf(client);
    const { outcome, start } = await runQuery(world, client, session.pid);
    const change = await prepare({ ...session, query_start: start });
    expect(change.preview).toMatch(/active, transaction open for \d+ s without a write, blocks nobody; last query: SELECT pg_sleep\(\$1\)/);
    expect(change.undo).toMatchObject({ kind: 'not_needed' });
    expect(kind.risk(change.action, change.facts).level).toBe('low');
    await kind.execute(change, world.context);
    expect(await outcome).toMatch(/canceling statement/);
    await expect(client.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
  });

  test('what a transaction has written is said to be lost', async () => {
    const client = await world.client();
    const session = await sessionOf(client);
    await client.query('BEGIN; UPDATE orders SET customer_id = 0 WHERE id = 1');
    await runQuery(world, client, session.pid);
    const change = await prepare(session);
    expect(change.undo).toMatchObject({ kind: 'impossible', command: [] });
    expect(change.facts).toMatchObject({ openTransactions: 1, reversible: false });
    expect(change.blastRadius).toContain('1 in a transaction that has written and is rolled back');
  });

  test('an UPDATE that has not come to its first row loses nothing, and the statement holds it to that', async () => {
    const client = await world.client();
    const session = await sessionOf(client);
    await client.query('BEGIN');
    const { outcome } = await runQuery(world, client, session.pid, 'WITH slow AS MATERIALIZED (SELECT pg_sleep(2)) UPDATE orders SET customer_id = 0 FROM slow WHERE id = 1');
    // An UPDATE takes its transaction id with the first row that it changes: after the sleep.
    const change = await prepare(session);
    expect(change.undo.kind).toBe('not_needed');
    expect(change.command[0]).toContain('backend_xid IS NULL');
    await kind.execute(change, world.context);
    expect(await outcome).toMatch(/canceling statement/);
  });

  test('another query than the one that was seen, an idle session and its own are refused', async () => {
    const client = await world.client();
    const session = await sessionOf(client);
    await expect(prepare(session)).rejects.toThrow(/ended already/);
    await runQuery(world, client, session.pid);
    await expect(prepare({ ...session, query_start: '2026-01-01 00:00:00.123456+00' })).rejects.toThrow(/ended already/);
    const own = await world.client('sre-agent C7');
    const ownSession = await sessionOf(own);
    await runQuery(world, own, ownSession.pid);
    await expect(prepare(ownSession)).rejects.toThrow(/sre-agent's own/);
  });

  test.each(["now()' OR true --", '2026-01-01 00:00:00', ''])('the schema takes no %j for a time', (start) => {
    expect(kind.schema.safeParse({ kind: 'postgres.cancel_backend', target: 'shop', sessions: [{ pid: 1, backend_start: start }] }).success).toBe(false);
  });
});
