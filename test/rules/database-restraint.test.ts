/** Where a rule tells what it sees and proposes nothing: what may be meant, what nobody suffers from, what is a symptom. */
import { describe, expect, test } from 'vitest';
import type { LackingRight, RelationReading, RoleReading } from '../../src/rules/database-readings.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { DatabaseReading, Readings, Session, SettingOverride, StatementPlan } from '../../src/rules/readings.ts';
import { toBeHeard } from '../../src/rules/database/to-be-heard.ts';
import { stayedBlocking } from '../../src/rules/two-looks.ts';
import { deployment, read, well } from './kubernetes/objects.ts';
import { broken, database, evidence, ok, readings, service, session, table, targets, times } from './readings-support.ts';

const observed = <T>(value: T[]) => ({ value, evidence: evidence(value.map((one) => Object.values(one as object).join(' | ')).join('\n')) });
const appSession = session({ pid: 1, user: 'app', application: 'api' });
const says = (text: string, name = 'api') => service(name, { databases: ['shop'], samples: times(6, broken(text, 503)) });
const found = (one: DatabaseReading, services: Readings['services'] = [], more: Partial<Readings> = {}) =>
  detectAll(readings({ databases: [one], services, ...more }), targets()).filter(({ specialist }) => specialist === 'database').map(({ finding }) => finding);
const proposes = (all: ReturnType<typeof found>) => all.flatMap(({ remedy }) => (remedy === undefined ? [] : [remedy.kind]));
const override = (fields: Partial<SettingOverride>): SettingOverride => ({ setting: 'statement_timeout', scope: 'role', role: 'app', value: '500ms', defaultValue: '0 ms', ...fields });
const cancelled = '{"code":"57014","message":"canceling statement due to statement timeout"}';

describe('read-only by default', () => {
  const readOnly = override({ setting: 'default_transaction_read_only', scope: 'database', role: null, value: 'on', defaultValue: 'off' });
  const refused = '{"code":"25006","message":"cannot execute INSERT in a read-only transaction"}';
  const one = (standby?: boolean): DatabaseReading => ({ ...database('shop', { overrides: [readOnly], sessions: [appSession] }), ...(standby === undefined ? {} : { standby }) });

  test('on a primary, with who fails of it, it is taken back, and the approver is told of cutovers', () => {
    const [finding] = found(one(false), [says(refused)]);
    expect(finding?.remedy).toMatchObject({ kind: 'postgres.alter_setting', setting: 'default_transaction_read_only', value: null });
    expect(finding?.explanation).toContain('old primary after a cutover');
  });

  test('never on a standby, nor where it is not known which it is', () => {
    expect(proposes(found(one(true), [says(refused)]))).toEqual([]);
    expect(found(one(true), [says(refused)])[0]?.explanation).toContain('standby');
    expect(proposes(found(one(), [says(refused)]))).toEqual([]);
  });
});

describe('tight timeouts', () => {
  const tight = (parts: Parameters<typeof database>[1] = {}) => database('shop', { overrides: [override({})], sessions: [appSession], ...parts });

  test('what was cancelled by somebody, or for another role, is no reason to lift one', () => {
    expect(proposes(found(tight(), [says('{"code":"57014","message":"canceling statement due to user request"}')]))).toEqual([]);
    expect(found(tight({ sessions: [session({ pid: 1, user: 'other', application: 'api' })] }), [says(cancelled)])).toEqual([]);
    expect(proposes(found(tight({ sessions: [session({ pid: 1, user: 'other', application: 'job' }), session({ pid: 2, user: 'app', application: 'worker' })] }), [says(cancelled)]))).toEqual([]);
    expect(proposes(found(tight(), [says(cancelled)]))).toEqual(['postgres.alter_setting']);
  });

  test('a setting of the database does not count for a role that has its own', () => {
    const both = tight({ overrides: [override({ scope: 'database', role: null }), override({ value: '30s' })] });
    expect(found(both, [says(cancelled)])).toEqual([]);
  });

  test.each<[string, Parameters<typeof database>[1], string]>([
    ['an index that is missing', { tables: [table('orders', 200_000)], plans: [{ query: 'select', calls: 9, meanMilliseconds: 480, filteredScans: [{ schema: 'public', table: 'orders', columns: ['a'], estimatedRows: 5 }] }] }, 'table/shop/public.orders'],
    ['statistics that are stale', { tables: [table('orders', 90_000, { modifiedSinceAnalyze: 60_000, plannedRows: 10, analyzedSecondsAgo: 9_000 })], plans: [{ query: 'select from orders', calls: 9, meanMilliseconds: 480, filteredScans: [], tables: ['public.orders'] }] }, 'table/shop/public.orders'],
    ['a session that blocks', { sessions: [appSession, session({ pid: 10, application: 'report', state: 'idle in transaction', stateSeconds: 90, transactionSeconds: 90 }), session({ pid: 11, state: 'active', waitEventType: 'Lock', waitEvent: 'transactionid', blockedBy: [10], stateSeconds: 0.4 })] }, 'session/shop/10'],
  ])('%s is what the timeout shows: it stays', (_case, parts, root) => {
    const all = found(tight(parts), [says(cancelled)]);
    const [finding] = all.filter(({ mechanism }) => mechanism === 'setting-too-tight');
    expect(finding).toMatchObject({ blames: root, severity: 'warning' });
    expect(finding?.remedy).toBeUndefined();
    expect(all.some(({ resource }) => resource === root)).toBe(true);
  });

  test('a few milliseconds are a slip, whatever else is slow', () => {
    const plans: StatementPlan[] = [{ query: 'select', calls: 9, meanMilliseconds: 480, filteredScans: [{ schema: 'public', table: 'orders', columns: ['a'], estimatedRows: 5 }] }];
    expect(proposes(found(tight({ overrides: [override({ value: '2ms' })], tables: [table('orders', 200_000)], plans }), [says(cancelled)]))).toContain('postgres.alter_setting');
  });

  test('who calls the one that fails may be the one who tells it', () => {
    const relayed = (name: string) => found(tight({ sessions: [appSession, session({ pid: 2, user: 'front', application: 'front' })] }), [says(`upstream ${name} answered 500: ${cancelled.slice(1, -1)}`, 'front'), service('api', { databases: ['shop'] })]);
    expect(proposes(relayed('api'))).toEqual(['postgres.alter_setting']);
    expect(relayed('other')).toEqual([]);
  });

  test('of MySQL: one that its error names is lifted, a closed connection has other reasons, and behind a blocker it is a symptom', () => {
    const mysql = (setting: string, value: string, sessions: Session[] = []): DatabaseReading => ({ ...database('shop', { sessions, overrides: [override({ setting, value, scope: 'system', role: null, defaultValue: null })] }), engine: 'mysql' });
    expect(proposes(found(mysql('innodb_lock_wait_timeout', '1'), [says('Lock wait timeout exceeded; try restarting transaction')]))).toEqual(['mysql.set_global']);
    const blocked = [session({ pid: 10, state: 'idle in transaction', stateSeconds: 90, transactionSeconds: 90 }), session({ pid: 11, state: 'active', blockedBy: [10], stateSeconds: 1 })];
    expect(found(mysql('innodb_lock_wait_timeout', '1', blocked), [says('Lock wait timeout exceeded; try restarting transaction')]).find(({ mechanism }) => mechanism === 'setting-too-tight')).toMatchObject({ blames: 'session/shop/10' });
    const [closed] = found(mysql('wait_timeout', '10'), [says('MySQL server has gone away')]);
    expect(closed).toMatchObject({ mechanism: 'setting-too-tight', severity: 'warning' });
    expect(closed?.remedy).toBeUndefined();
  });
});

describe('who blocks', () => {
  const root = (fields: Partial<Session>) => session({ pid: 10, application: 'report', state: 'idle in transaction', stateSeconds: 90, transactionSeconds: 90, ...fields });
  const waiter = (pid: number, by: number[], fields: Partial<Session> = {}) => session({ pid, state: 'active', waitEventType: 'Lock', waitEvent: 'relation', blockedBy: by, stateSeconds: 20, transactionSeconds: 20, ...fields });
  const blocked = (...sessions: Session[]) => found(database('shop', { sessions }));

  test('an index that is built while all goes on waits and hurts nobody', () => {
    expect(blocked(root({}), waiter(11, [10], { waitEvent: 'virtualxid', query: 'CREATE INDEX CONCURRENTLY a ON orders (b)' }))).toEqual([]);
    expect(proposes(blocked(root({}), waiter(11, [10], { waitEvent: 'virtualxid' }), waiter(12, [10])))).toEqual(['postgres.terminate_backend']);
  });

  test('a change of a table that queues everybody behind a reader is cancelled, not the reader', () => {
    const reader = root({ state: 'active', stateSeconds: 900, transactionSeconds: 900, query: 'select * from orders' });
    const [finding, ...rest] = blocked(reader, waiter(11, [10], { query: 'ALTER TABLE orders ADD COLUMN a int', application: 'migrate', stateSeconds: 60 }), waiter(12, [11]), waiter(13, [11, 12]));
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ mechanism: 'blocked-by-waiting-change', severity: 'critical', resource: 'session/shop/11', remedy: { kind: 'postgres.cancel_backend', sessions: [{ pid: 11 }] } });
    expect(finding?.quotes).toHaveLength(3);
    // Where others wait for the one at work as well, the change is not what keeps them.
    expect(blocked(reader, waiter(11, [10], { query: 'ALTER TABLE orders ADD COLUMN a int' }), waiter(12, [10]))[0]?.mechanism).toBe('blocked-by-long-statement');
  });

  test.each<[string, Partial<Session>]>([
    ['a change of a table at work', { state: 'active', query: 'ALTER TABLE orders ALTER COLUMN a TYPE bigint' }],
    ['a vacuum', { state: 'active', query: 'VACUUM FULL orders' }],
    ['a dump at work', { state: 'active', application: 'pg_dump', query: 'COPY public.orders TO stdout' }],
    ['a dump between two tables', { application: 'pg_dump' }],
  ])('%s is not ended', (_case, fields) => {
    const all = blocked(root({ stateSeconds: 900, transactionSeconds: 900, ...fields }), waiter(12, [10]));
    expect(all[0]?.resource).toBe('session/shop/10');
    expect(proposes(all)).toEqual([]);
  });

  test('a long writer of MySQL is left: taking its work back takes as long', () => {
    const writer = root({ state: 'active', stateSeconds: 900, transactionSeconds: 900, client: '10.0.0.1:4000', query: 'UPDATE orders SET a = ?' });
    const [finding] = found({ ...database('shop', { sessions: [writer, waiter(12, [10])] }), engine: 'mysql' });
    expect(finding).toMatchObject({ mechanism: 'blocked-by-long-statement', explanation: expect.stringContaining('as long as the work took') });
    expect(finding?.remedy).toBeUndefined();
  });

  test('for a change of a table alone, a program that thinks is left for a minute', () => {
    const change = waiter(11, [10], { query: 'ALTER TABLE orders ADD COLUMN a int' });
    const [young] = blocked(root({ stateSeconds: 30 }), change);
    expect(young).toMatchObject({ mechanism: 'blocked-by-idle-transaction', severity: 'warning' });
    expect(young?.remedy).toBeUndefined();
    expect(proposes(blocked(root({ stateSeconds: 30 }), change, waiter(12, [11])))).toEqual(['postgres.terminate_backend']);
    expect(proposes(blocked(root({ stateSeconds: 90 }), change))).toEqual(['postgres.terminate_backend']);
  });

  test('idle for seconds counts once it was met twice', () => {
    const [before, later] = [4, 8].map((stateSeconds) => [root({ stateSeconds }), waiter(12, [10])]);
    expect(blocked(...(later ?? []))).toEqual([]);
    expect(proposes(blocked(...stayedBlocking(before ?? [], later ?? [])))).toEqual(['postgres.terminate_backend']);
    const another = [root({ stateSeconds: 4, backendStart: 'another' }), waiter(12, [10])];
    expect(blocked(...stayedBlocking(another, later ?? []))).toEqual([]);
  });

  test('a leader that others of its program wait for is no fault; nor is a lock whose program is at work beside', () => {
    const leader = session({ pid: 10, application: 'worker-7f9c-1', state: 'idle', stateSeconds: 4_000 });
    const next = (application: string) => waiter(12, [10], { application, waitEvent: 'advisory', stateSeconds: 3_000 });
    expect(blocked(leader, next('worker-81ab-2'))).toMatchObject([{ severity: 'info', mechanism: 'blocked-by-advisory-lock' }]);
    expect(proposes(blocked(leader, next('worker-81ab-2')))).toEqual([]);
    expect(proposes(blocked(leader, next('deploy')))).toEqual(['postgres.terminate_backend']);
    expect(proposes(blocked(leader, next('deploy'), session({ pid: 14, application: 'worker-7f9c-1', state: 'active', transactionSeconds: 50 })))).toEqual([]);
  });
});

describe('connections', () => {
  const pool = (idleSeconds: number, state = 'idle') => Array.from({ length: 60 }, (_, index) => session({ pid: 100 + index, user: 'app', application: 'api', state, stateSeconds: idleSeconds }));
  const used = (count: number, sessions: Session[]) => database('shop', { sessions, connections: { limit: 100, reserved: 3, used: count, byClient: [{ user: 'app', application: 'api', count: 60, idle: 60 }] } });

  test('a pool of a fixed size that rests is well; refused sessions are what hurts', () => {
    expect(proposes(found(used(90, pool(600))))).toEqual([]);
    expect(proposes(found(used(90, pool(600)), [says('{"code":"53300","message":"sorry, too many clients already"}')]))).toEqual(['postgres.terminate_backend']);
    expect(proposes(found(used(90, pool(30)), [says('{"code":"53300","message":"sorry, too many clients already"}')]))).toEqual([]);
    expect(proposes(found(used(96, pool(30))))).toEqual(['postgres.terminate_backend']);
  });

  test('one role\'s own limit does not speak of the server\'s slots', () => {
    expect(proposes(found(used(90, pool(600)), [says('{"code":"53300","message":"too many connections for role \\"x\\""}')]))).toEqual([]);
  });

  test('sessions in a transaction for seconds may be at work', () => {
    expect(proposes(found(used(96, pool(30, 'idle in transaction'))))).toEqual([]);
    expect(proposes(found(used(96, pool(300, 'idle in transaction'))))).toEqual(['postgres.terminate_backend']);
  });
});

describe('names and rights', () => {
  const relation = (fields: Partial<RelationReading> = {}): RelationReading => ({ schema: 'public', name: 'orders', kind: 'table', columns: ['id'], constraints: [], ...fields });
  const gone = '{"code":"42P01","message":"relation \\"orders\\" does not exist"}';
  const path = override({ setting: 'search_path', value: 'archive', defaultValue: '"$user", public' });

  test('a search_path is of the role that fails, or it stays', () => {
    const one = (user: string): DatabaseReading => ({ ...database('shop', { overrides: [path], sessions: [session({ pid: 1, user, application: 'api' })] }), relations: observed([relation()]) });
    expect(proposes(found(one('app'), [says(gone)]))).toEqual(['postgres.alter_setting']);
    expect(found(one('reports'), [says(gone)])).toEqual([]);
    // Where relations could not be read, statistics of tables tell where it is.
    expect(proposes(found(database('shop', { overrides: [path], sessions: [appSession], tables: [table('orders', 5)] }), [says(gone)]))).toEqual(['postgres.alter_setting']);
    expect(found(database('shop', { overrides: [path], sessions: [appSession] }), [says(gone)])).toEqual([]);
  });

  test('what is not in a list that was cut may be there', () => {
    const full: DatabaseReading = { ...database('shop', { overrides: [path], sessions: [appSession] }), relations: observed(Array.from({ length: 400 }, (_, index) => relation({ name: `a${index}` }))) };
    expect(found(full, [says(gone)])).toEqual([]);
    expect(found(full, [says('{"code":"42703","message":"column \\"discount\\" does not exist"}')])).toEqual([]);
    const indexes = Array.from({ length: 500 }, (_, index) => ({ schema: 'public', table: 'large', index: `i${index}`, columns: ['x'], valid: true, unique: false }));
    const plans: StatementPlan[] = [{ query: 'select', calls: 9, meanMilliseconds: 480, filteredScans: [{ schema: 'public', table: 'orders', columns: ['a'], estimatedRows: 5 }] }];
    expect(found(database('shop', { tables: [table('orders', 200_000)], plans, indexes }))).toEqual([]);
  });

  test('a right is given to who complains, not to another who lacks it as well', () => {
    const lacking: LackingRight = { role: 'reports', object: 'table', schema: 'public', name: 'orders', privileges: ['select'], because: 'used before', calls: 90 };
    const one: DatabaseReading = { ...database('shop', { sessions: [appSession] }), relations: observed([relation()]), lackingRights: { value: [lacking], evidence: evidence('reports | select | table public.orders') } };
    expect(proposes(found(one, [says('{"code":"42501","message":"permission denied for table orders"}')]))).toEqual([]);
  });

  test('no limit, no end and nobody who uses it', () => {
    const role = (fields: Partial<RoleReading>): RoleReading => ({ name: 'app', mayLogIn: true, superuser: false, connectionLimit: -1, sessions: 40, validUntil: null, expired: false, calls: null, ...fields });
    const one = (...roles: RoleReading[]): DatabaseReading => ({ ...database('shop'), roles: observed(roles) });
    expect(found(one(role({ validUntil: 'infinity' })), [says('{"code":"53300","message":"too many connections for role \\"app\\""}')])).toEqual([]);
    const retired = found(one(role({ sessions: 0, calls: 0, expired: true, validUntil: '2020-01-01 00:00:00+00' })), [says('password authentication failed for user "app"')]);
    expect(retired.filter(({ mechanism }) => mechanism === 'password-expired').every(({ remedy }) => remedy === undefined)).toBe(true);
  });
});

describe('what is said in a cluster', () => {
  const expired: RoleReading = { name: 'app', mayLogIn: true, superuser: false, connectionLimit: -1, sessions: 3, validUntil: '2026-01-01 00:00:00+00', expired: true, calls: 90 };
  const one: DatabaseReading = { ...database('shop', { sessions: [appSession] }), roles: { value: [expired], evidence: evidence('app | 2026-01-01 EXPIRED') } };
  const line = '{"code":"28P01","message":"password authentication failed for user \\"app\\""}';
  const user = (name: string, databases: string[]) => service(name, { databases, samples: times(6, ok(20)) });
  const expiredOf = async (workload: string, services: Readings['services'], { text = line, environment = {} }: { text?: string; environment?: Record<string, string> } = {}) => {
    const { clusters } = await read([...deployment(workload, [{ environment }], { available: [1] }), well(workload, { parts: { environment } })], { logs: { [`${workload}-r1-abcde`]: [text] } });
    return proposes(found(one, services, clusters === undefined ? {} : { clusters }));
  };

  test('a log counts for the database that its workload uses or names, and for no other', async () => {
    expect(await expiredOf('api', [user('api', ['shop'])])).toEqual(['postgres.role_valid_until']);
    expect(await expiredOf('api', [user('api', ['ledger'])])).toEqual([]);
    expect(await expiredOf('stranger', [])).toEqual([]);
    expect(await expiredOf('stranger', [], { text: `connecting to shop: ${line}` })).toEqual(['postgres.role_valid_until']);
    expect(await expiredOf('stranger', [], { environment: { DATABASE_URL: 'postgres://app@shop:5432/x' } })).toEqual(['postgres.role_valid_until']);
  });

  test('a number is no SQLSTATE by itself', () => {
    const tight = database('shop', { overrides: [override({ setting: 'default_transaction_read_only', scope: 'database', role: null, value: 'on' })], sessions: [appSession] });
    expect(found({ ...tight, standby: false }, [says('order 25006 failed: no stock')])).toEqual([]);
    expect(proposes(found({ ...tight, standby: false }, [says('SQLSTATE[25006]: failed')]))).toEqual(['postgres.alter_setting']);
  });
});

test('whose words are wanted: who logs in with a role that lacks something or is limited', () => {
  const sessions = [appSession, session({ pid: 2, user: 'other', application: 'front' })];
  const services = ['api', 'front'].map((name) => service(name, { databases: ['shop'] }));
  const heard = (one: DatabaseReading) => toBeHeard({ services, databases: [one] });
  expect(heard(database('shop', { sessions }))).toEqual([]);
  expect(heard(database('shop', { sessions, overrides: [override({ setting: 'search_path', value: 'a' })] }))).toEqual(['api']);
  expect(heard({ ...database('shop', { sessions }), lackingRights: observed<LackingRight>([{ role: 'other', object: 'schema', schema: 'a', privileges: ['usage'], because: 'has rights inside' }]) })).toEqual(['front']);
});
