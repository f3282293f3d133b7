import { describe, expect, test } from 'vitest';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { DatabaseReading, SettingOverride, StatementPlan } from '../../src/rules/readings.ts';
import { broken, database, readings, service, session, table, targets, times } from './readings-support.ts';

const detect = (one: DatabaseReading) => detectAll(readings({ databases: [one] }), targets()).map(({ finding }) => finding);

describe('missing index', () => {
  const plan = (fields: Partial<StatementPlan> = {}): StatementPlan => ({
    query: 'select * from orders where customer_id = $1', calls: 40, meanMilliseconds: 60,
    filteredScans: [{ schema: 'public', table: 'orders', columns: ['customer_id', 'created_at'], estimatedRows: 20 }], ...fields,
  });
  const index = { schema: 'public', table: 'orders', index: 'orders_customer', columns: ['customer_id'], valid: true, unique: false };

  test('names table and columns, equality first, and proposes the index', () => {
    const [finding] = detect(database('shop', { tables: [table('orders', 200_000)], plans: [plan()] }));
    expect(finding).toMatchObject({ mechanism: 'missing-index', severity: 'warning', resource: 'table/shop/public.orders', remedy: { columns: ['customer_id', 'created_at'] } });
    expect(finding?.quotes.length).toBe(2);
  });

  test.each([
    ['a small table', { tables: [table('orders', 5_000)], plans: [plan()] }],
    ['a filter that leaves many rows', { tables: [table('orders', 200_000)], plans: [plan({ filteredScans: [{ schema: 'public', table: 'orders', columns: ['status'], estimatedRows: 60_000 }] })] }],
    ['an index that leads with a filtered column', { tables: [table('orders', 200_000)], plans: [plan()], indexes: [index] }],
    ['a statement that is fast and rare', { tables: [table('orders', 200_000)], plans: [plan({ meanMilliseconds: 2, calls: 10 })] }],
    ['a plan without a filtered scan', { tables: [table('orders', 200_000)], plans: [plan({ filteredScans: [] })] }],
  ])('is not claimed for %s', (_case, parts) => {
    expect(detect(database('shop', parts))).toEqual([]);
  });

  test.each([
    ['invalid', { ...index, valid: false }],
    ['partial', { ...index, partial: true }],
    ['led by another column', { ...index, columns: ['created_by', 'customer_id'] }],
  ])('is claimed although an index is there that is %s', (_case, other) => {
    expect(detect(database('shop', { tables: [table('orders', 200_000)], plans: [plan()], indexes: [other] })).map((finding) => finding.mechanism)).toContain('missing-index');
  });

  test('of two statements on one table, the costly one is described', () => {
    const cheap = plan({ meanMilliseconds: 20, calls: 1, filteredScans: [{ schema: 'public', table: 'orders', columns: ['note'], estimatedRows: 1 }] });
    const found = detect(database('shop', { tables: [table('orders', 200_000)], plans: [cheap, plan()] }));
    expect(found).toHaveLength(1);
    expect(found[0]?.title).toContain('customer_id');
  });

  test('a name that is no plain identifier is shown but never put into a change', () => {
    const [finding] = detect(database('shop', { tables: [table('weird name', 200_000)], plans: [plan({ filteredScans: [{ schema: 'public', table: 'weird name', columns: ['x'], estimatedRows: 1 }] })] }));
    expect(finding?.mechanism).toBe('missing-index');
    expect(finding?.remedy).toBeUndefined();
  });
});

describe('blocked sessions', () => {
  const idle = session({ pid: 10, application: 'migration', state: 'idle in transaction', stateSeconds: 90, transactionSeconds: 95 });
  const waiter = (pid: number, by: number[], seconds = 20) => session({ pid, state: 'active', waitEventType: 'Lock', waitEvent: 'transactionid', blockedBy: by, stateSeconds: seconds, transactionSeconds: seconds });

  test('a chain of three leads to its idle root, bound by backend start', () => {
    const found = detect(database('shop', { sessions: [waiter(12, [11]), waiter(11, [10]), idle] }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ mechanism: 'blocked-by-idle-transaction', resource: 'session/shop/10', remedy: { sessions: [{ pid: 10, backend_start: idle.backendStart }] } });
  });

  test('an aborted transaction that sits idle blocks in the same way', () => {
    expect(detect(database('shop', { sessions: [{ ...idle, state: 'idle in transaction (aborted)' }, waiter(11, [10])] }))).toHaveLength(1);
  });

  test('ordinary lock waits are no finding: short ones, and behind somebody who works', () => {
    const working = session({ pid: 10, state: 'active', stateSeconds: 3, transactionSeconds: 3 });
    expect(detect(database('shop', { sessions: [{ ...idle, stateSeconds: 0.01, transactionSeconds: 0.5 }, waiter(11, [10], 0.3)] }))).toEqual([]);
    expect(detect(database('shop', { sessions: [working, waiter(11, [10], 3)] }))).toEqual([]);
  });

  test('a long worker is named without a change, and only a clearly too long one may be ended', () => {
    const worker = (seconds: number) => session({ pid: 10, state: 'active', stateSeconds: seconds, transactionSeconds: seconds });
    const [long] = detect(database('shop', { sessions: [worker(60), waiter(11, [10], 30)] }));
    expect(long).toMatchObject({ mechanism: 'blocked-by-long-statement', severity: 'warning' });
    expect(long?.remedy).toBeUndefined();
    expect(detect(database('shop', { sessions: [worker(900), waiter(11, [10], 30)] }))[0]?.remedy).toBeDefined();
  });

  test('what happens in another database of the server is not this one\'s', () => {
    expect(detect(database('shop', { sessions: [{ ...idle, elsewhere: true }, { ...waiter(11, [10]), elsewhere: true }] }))).toEqual([]);
  });

  test('a prepared transaction has no session to end', () => {
    const [finding] = detect(database('shop', { sessions: [waiter(11, [0], 30)] }));
    expect(finding?.mechanism).toBe('blocked-by-prepared-transaction');
    expect(finding?.remedy).toBeUndefined();
  });

  test('a deadlock in progress does not hang the rules', () => {
    expect(detect(database('shop', { sessions: [waiter(11, [12]), waiter(12, [11])] }))).toEqual([]);
  });

  test('an old idle transaction without victims is a warning without a change', () => {
    const [finding] = detect(database('shop', { sessions: [{ ...idle, stateSeconds: 2_000, transactionSeconds: 2_000 }] }));
    expect(finding).toMatchObject({ mechanism: 'long-idle-transaction', severity: 'warning' });
    expect(finding?.remedy).toBeUndefined();
  });
});

describe('connections', () => {
  const use = (used: number, byClient: { user: string; application: string; count: number; idle: number }[]) => ({ limit: 100, reserved: 3, used, byClient });
  const hoard = Array.from({ length: 60 }, (_, index) => session({ pid: 1000 + index, user: 'reporting', application: 'export', stateSeconds: 30 }));

  test('the hoarder\'s idle sessions are proposed, nobody else\'s', () => {
    const pool = Array.from({ length: 36 }, (_, index) => session({ pid: 10 + index, stateSeconds: 400 }));
    const [finding] = detect(database('shop', { sessions: [...pool, ...hoard], connections: use(96, [{ user: 'reporting', application: 'export', count: 60, idle: 60 }, { user: 'app', application: 'api', count: 36, idle: 36 }]) }));
    expect(finding).toMatchObject({ mechanism: 'connections-exhausted', severity: 'critical' });
    const remedy = finding?.remedy;
    expect(remedy?.kind === 'postgres.terminate_backend' && remedy.sessions.every((one) => one.pid >= 1000) && remedy.sessions.length === 60).toBe(true);
  });

  test('many pools of equal size have no hoarder, so no session is proposed', () => {
    const clients = Array.from({ length: 12 }, (_, index) => ({ user: `app${index}`, application: 'api', count: 8, idle: 8 }));
    const [finding] = detect(database('shop', { connections: use(96, clients) }));
    expect(finding?.mechanism).toBe('connections-exhausted');
    expect(finding?.remedy).toBeUndefined();
  });

  test('a client that works with its many sessions is not cut', () => {
    const busy = hoard.map((one) => ({ ...one, state: 'active' }));
    const [finding] = detect(database('shop', { sessions: busy, connections: use(96, [{ user: 'reporting', application: 'export', count: 60, idle: 0 }]) }));
    expect(finding?.remedy).toBeUndefined();
  });

  test('eight of ten slots used is no finding', () => {
    expect(detect(database('shop', { sessions: hoard, connections: use(78, [{ user: 'reporting', application: 'export', count: 60, idle: 60 }]) }))).toEqual([]);
  });
});

describe('settings', () => {
  const override = (fields: Partial<SettingOverride> = {}): SettingOverride => ({ setting: 'statement_timeout', scope: 'role', role: 'app', value: '100ms', defaultValue: '0 ms', ...fields });
  const found = (one: SettingOverride, body: string) =>
    detectAll(readings({ databases: [database('shop', { overrides: [one], sessions: [session({ pid: 1, user: 'app', application: 'api' })] })], services: [service('api', { databases: ['shop'], samples: times(6, broken(body)) })] }), targets()).filter(({ rule }) => rule === 'setting-override').map(({ finding }) => finding);
  const cancelled = '{"code":"57014","message":"canceling statement due to statement timeout"}';

  test('a tight timeout with the errors it causes is reset', () => {
    expect(found(override(), cancelled)[0]).toMatchObject({ mechanism: 'setting-too-tight', resource: 'setting/shop/statement_timeout@app', remedy: { scope: 'role', role: 'app', value: null } });
    expect(found(override({ scope: 'database', role: null, value: '1s' }), cancelled)[0]?.remedy).toEqual({ kind: 'postgres.alter_setting', target: 'shop', scope: 'database', setting: 'statement_timeout', value: null });
    expect(found(override({ setting: 'default_transaction_read_only', scope: 'database', role: null, value: 'on', defaultValue: 'off' }), 'cannot execute INSERT in a read-only transaction')).toHaveLength(1);
  });

  test.each([
    ['a generous timeout', override({ value: '30s' }), cancelled],
    ['a timeout that is off', override({ value: '0' }), cancelled],
    ['other errors', override(), '{"error":"out of stock"}'],
    ['another setting\'s errors', override({ setting: 'lock_timeout' }), cancelled],
    ['a setting nobody is limited by', override({ setting: 'work_mem', value: '64MB' }), cancelled],
  ])('%s is no finding', (_case, one, body) => {
    expect(found(one, body)).toEqual([]);
  });

  test('a role\'s setting in one database is reset there, and nowhere else', () => {
    const [finding] = found(override({ inDatabase: true }), cancelled);
    expect(finding?.mechanism).toBe('setting-too-tight');
    expect(finding?.remedy).toMatchObject({ kind: 'postgres.alter_setting', scope: 'role in database', value: null });
  });
});

describe('housekeeping', () => {
  test('an invalid index is named, unless one is being built', () => {
    const index = { schema: 'public', table: 'orders', index: 'orders_new', columns: ['a'], valid: false, unique: false };
    expect(detect(database('shop', { indexes: [index] }))[0]).toMatchObject({ mechanism: 'invalid-index', resource: 'index/shop/public.orders_new' });
    expect(detect(database('shop', { indexes: [index], sessions: [session({ pid: 1, state: 'active', query: 'CREATE INDEX CONCURRENTLY orders_new ON orders (a)' })] }))).toEqual([]);
  });

  test('dead rows count when they outnumber the live ones of a table that is not small', () => {
    expect(detect(database('shop', { tables: [table('orders', 200_000, { deadRows: 500_000 })] }))[0]?.mechanism).toBe('vacuum-behind');
    expect(detect(database('shop', { tables: [table('orders', 200_000, { deadRows: 40_000 }), table('carts', 50, { deadRows: 5_000 })] }))).toEqual([]);
  });
});
