/** Faults of roles, rights, names, sequences, upkeep and replication, told by what the database says of itself. */
import { describe, expect, test } from 'vitest';
import type { LackingRight, RelationReading, RoleReading, SequenceReading, ServerReading } from '../../src/rules/database-readings.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import type { DatabaseReading, SettingOverride, StatementPlan, TableStatistics } from '../../src/rules/readings.ts';
import { broken, database, evidence, readings, service, session, table, targets, times } from './readings-support.ts';

type Parts = Parameters<typeof database>[1] & { roles?: Partial<RoleReading>[]; relations?: Partial<RelationReading>[]; lacking?: LackingRight[]; sequences?: Partial<SequenceReading>[]; server?: Partial<ServerReading> };

const observed = <T>(value: T[]) => ({ value, evidence: evidence(value.map((one) => Object.values(one as object).map((cell) => (Array.isArray(cell) ? cell.map((item) => (typeof item === 'object' ? Object.values(item as object).join(' ') : String(item))).join(', ') : String(cell))).join(' | ')).join('\n')) });
const role = (part: Partial<RoleReading>): RoleReading => ({ name: 'app', mayLogIn: true, superuser: false, connectionLimit: -1, sessions: 2, validUntil: null, expired: false, calls: 500, ...part });
const relation = (part: Partial<RelationReading>): RelationReading => ({ schema: 'public', name: 'orders', kind: 'table', columns: ['id', 'total'], constraints: [], ...part });
const sequence = (part: Partial<SequenceReading>): SequenceReading => ({ schema: 'public', name: 'orders_id_seq', table: 'public.orders', column: 'id', last: 100, maximum: 9e18, columnType: 'bigint', highest: 90, ...part });
const quiet: ServerReading = { standby: false, replayPaused: false, replayDelaySeconds: null, transactionAge: 50_000_000, freezeMaximumAge: 200_000_000, synchronousStandbyNames: '', pendingRestart: [], prepared: [], slots: [], standbys: [], temporaryBytes: 0, deadlocks: 0 };

function shop({ roles = [], relations = [{}], lacking = [], sequences = [], server = {}, ...parts }: Parts = {}): DatabaseReading {
  const lines = lacking.map((one) => `${one.role} | ${one.privileges.join(', ')} | ${one.object} ${one.schema}${one.name === undefined ? '' : `.${one.name}`} | ${one.because}`);
  return {
    // The role that api logs in with.
    ...database('shop', { sessions: [session({ pid: 1, user: 'app', application: 'api' })], ...parts }),
    roles: observed([role({ name: 'other', sessions: 4 }), ...roles.map(role)].map((one) => ({ ...one, mark: one.expired ? 'EXPIRED' : '' }))),
    relations: observed(relations.map((one) => ({ ...relation(one), full: `${one.schema ?? 'public'}.${one.name ?? 'orders'} ` }))),
    lackingRights: { value: lacking, evidence: evidence(lines.join('\n')) },
    sequences: observed(sequences.map((one) => ({ ...sequence(one), full: `${one.schema ?? 'public'}.${one.name ?? 'orders_id_seq'} ` }))),
    server: { value: { ...quiet, ...server }, evidence: evidence('oldest transaction id: 1\nsynchronous_standby_names: x\nprepared transaction batch\nreplication slot old: INACTIVE\nstandby east: streaming\nstandby; replay PAUSED\n3 deadlocks, 900 MB of temporary files\nsettings that wait for a restart: x') },
  };
}

const says = (text: string, name = 'api') => service(name, { databases: ['shop'], samples: times(6, broken(text, 503)) });
const found = (one: DatabaseReading, ...texts: string[]) =>
  detectAll(readings({ databases: [one], services: texts.map((text, index) => says(text, index === 0 ? 'api' : `api${index}`)) }), targets()).filter(({ specialist }) => specialist === 'database').map(({ finding }) => finding);
const error = (code: string, message: string): string => JSON.stringify({ error: { code, message: `database: ${message}`, upstream: 'database' } });

describe('roles', () => {
  const refused = error('53300', 'too many connections for role "app"');

  test('a limit that refuses sessions is lifted to what other roles have', () => {
    const [finding] = found(shop({ roles: [{ connectionLimit: 1, sessions: 1 }] }), refused);
    expect(finding).toMatchObject({ mechanism: 'role-connection-limit-reached', severity: 'critical', resource: 'setting/shop/connection_limit@app', remedy: { kind: 'postgres.role_connection_limit', role: 'app', limit: -1 } });
    expect(finding?.quotes.length).toBe(2);
    expect(found(shop({ roles: [{ connectionLimit: 0, sessions: 0 }] }), refused)[0]?.title).toContain('no connection at all');
    const limited = { ...shop({ roles: [{ connectionLimit: 1, sessions: 1 }] }) };
    limited.roles?.value.splice(0, 1, role({ name: 'other', connectionLimit: 40 }));
    expect(found(limited, refused)[0]?.remedy).toMatchObject({ limit: 40 });
  });

  test('a limit that is reached while nobody complains is told, and nothing proposed; one with room is nothing', () => {
    const [finding] = found(shop({ roles: [{ connectionLimit: 2, sessions: 2 }] }), 'out of stock');
    expect(finding).toMatchObject({ mechanism: 'role-connection-limit-reached', severity: 'warning' });
    expect(finding?.remedy).toBeUndefined();
    expect(found(shop({ roles: [{ connectionLimit: 5, sessions: 2 }] }), error('53300', 'too many connections for role "somebody"'))).toEqual([]);
  });

  test('a name in a log lets nobody in: not a role that does nothing here, and not past a limit with room', () => {
    const parked = found(shop({ roles: [{ connectionLimit: 0, sessions: 0, calls: 0 }] }), refused)[0];
    expect(parked?.title).toContain('no connection at all');
    expect(parked?.remedy).toBeUndefined();
    const room = found(shop({ roles: [{ connectionLimit: 20, sessions: 2 }] }), refused)[0];
    expect(room).toMatchObject({ severity: 'warning' });
    expect(room?.remedy).toBeUndefined();
    const retired = found(shop({ roles: [{ expired: true, validUntil: '2020-01-01 00:00:00+00', sessions: 0, calls: 0 }] }), error('28P01', 'password authentication failed for user "app"'))[0];
    expect(retired?.mechanism).toBe('password-expired');
    expect(retired?.remedy).toBeUndefined();
  });

  const wrong = error('28P01', 'password authentication failed for user "app"');
  test('an expired password is told from a wrong one', () => {
    const expired = found(shop({ roles: [{ expired: true, validUntil: '2026-01-01 00:00:00+00' }] }), wrong);
    expect(expired).toHaveLength(1);
    expect(expired[0]).toMatchObject({ mechanism: 'password-expired', severity: 'critical', resource: 'setting/shop/valid_until@app', remedy: { kind: 'postgres.role_valid_until', role: 'app', until: 'infinity' } });
    const rejected = found(shop({ roles: [{ validUntil: '2099-01-01 00:00:00+00' }] }), wrong)[0];
    expect(rejected).toMatchObject({ mechanism: 'password-rejected', severity: 'warning', resource: 'user/shop/app' });
    expect(rejected?.remedy).toBeUndefined();
  });

  test('where all others end some day, so does this one; one that nobody misses stays ended', () => {
    const one = shop({ roles: [{ expired: true, validUntil: '2026-01-01 00:00:00+00' }] });
    one.roles?.value.splice(0, 1, role({ name: 'other', validUntil: '2027-06-30 00:00:00+00' }));
    expect(found(one, wrong)[0]?.remedy).toMatchObject({ until: '2027-06-30 00:00:00+00' });
    const retired = found(shop({ roles: [{ name: 'retired', expired: true, validUntil: '2020-01-01 00:00:00+00' }] }), 'out of stock');
    expect(retired.every(({ remedy }) => remedy === undefined)).toBe(true);
  });

  test('a role that the database does not know, or may not log in, is no reason for a change', () => {
    const [finding] = found(shop(), error('28000', 'role "ghost" is not permitted to log in'));
    expect(finding).toMatchObject({ mechanism: 'role-login-taken', severity: 'critical' });
    expect(finding?.remedy).toBeUndefined();
  });
});

describe('rights', () => {
  const lost: LackingRight = { role: 'app', object: 'table', schema: 'public', name: 'orders', privileges: ['insert', 'update'], because: 'used before', calls: 900 };
  const number: LackingRight = { role: 'app', object: 'sequence', schema: 'public', name: 'orders_id_seq', privileges: ['usage'], because: 'inserts into its table' };

  test('exactly what a role used before and lost is granted', () => {
    const [finding] = found(shop({ lacking: [lost] }), error('42501', 'permission denied for table orders'));
    expect(finding).toMatchObject({ mechanism: 'privilege-missing', severity: 'critical', resource: 'table/shop/public.orders', remedy: { kind: 'postgres.grant', object: 'table', schema: 'public', name: 'orders', privileges: ['insert', 'update'], role: 'app' } });
    expect(finding?.title).toBe('Role app lacks INSERT and UPDATE on table public.orders');
    expect(finding?.quotes.length).toBe(2);
    const [unnoticed] = found(shop({ lacking: [lost] }));
    expect(unnoticed?.severity).toBe('info');
    expect(unnoticed?.remedy).toBeUndefined();
    expect(found(shop({ lacking: [lost] }), 'out of stock')[0]).toMatchObject({ severity: 'warning', remedy: { role: 'app' } });
    expect(found(shop({ lacking: [{ ...lost, calls: 2 }] }))).toEqual([]);
  });

  test('the sequence of a default, and the schema around a table', () => {
    expect(found(shop({ lacking: [number] }), error('42501', 'permission denied for sequence orders_id_seq'))[0]).toMatchObject({ severity: 'critical', resource: 'sequence/shop/public.orders_id_seq', remedy: { object: 'sequence', privileges: ['usage'] } });
    const around: LackingRight = { role: 'app', object: 'schema', schema: 'billing', privileges: ['usage'], because: 'has rights inside' };
    const [finding] = found(shop({ lacking: [around], relations: [{ schema: 'billing', name: 'invoices' }] }), error('42P01', 'relation "invoices" does not exist'));
    expect(finding).toMatchObject({ severity: 'critical', resource: 'schema/shop/billing', remedy: { kind: 'postgres.grant', object: 'schema', schema: 'billing', role: 'app' } });
  });

  test('a log alone gives nobody a right: the object is named, no role, no grant', () => {
    const [finding] = found(shop(), error('42501', 'permission denied for table orders'));
    expect(finding).toMatchObject({ mechanism: 'privilege-missing', severity: 'warning' });
    expect(finding?.remedy).toBeUndefined();
    expect(found(shop(), error('42501', 'permission denied for table secrets'))).toEqual([]);
  });
});

describe('read-only by default', () => {
  const override: SettingOverride = { setting: 'default_transaction_read_only', scope: 'database', role: null, value: 'on', defaultValue: 'off' };
  const writers = (calls: number, role = 'app') => ({ writers: { value: [{ role, calls }], evidence: evidence(`${role} | ${calls}`) } });

  test('is a fault where a service is unwell whose role changes rows; where nobody is seen to fail it is a question', () => {
    const [finding] = found({ ...shop({ overrides: [override] }), ...writers(900) }, 'order not taken');
    expect(finding).toMatchObject({ mechanism: 'setting-read-only', severity: 'warning', resource: 'setting/shop/default_transaction_read_only', remedy: { kind: 'postgres.alter_setting', scope: 'database', value: null } });
    expect(finding?.quotes).toHaveLength(2);
    const [quietly] = found({ ...shop({ overrides: [override] }), ...writers(900) });
    expect(quietly).toMatchObject({ severity: 'info', explanation: expect.stringContaining('cutover') });
    expect(quietly?.remedy).toBeUndefined();
    expect(found({ ...shop({ overrides: [{ ...override, scope: 'role', role: 'reports' }] }), ...writers(900) })).toEqual([]);
    expect(found({ ...shop({ overrides: [override] }), ...writers(2) })).toEqual([]);
    expect(found(shop({ overrides: [override] }))).toEqual([]);
  });
});

describe('names that are not found', () => {
  const gone = error('42P01', 'relation "orders" does not exist');
  const path: SettingOverride = { setting: 'search_path', scope: 'role', role: 'app', value: 'archive, "$user"', defaultValue: '"$user", public', inDatabase: true };

  test('a search_path without the schema of the table is reset', () => {
    const [finding] = found(shop({ overrides: [path] }), gone);
    expect(finding).toMatchObject({ mechanism: 'search-path-elsewhere', severity: 'critical', resource: 'setting/shop/search_path@app', remedy: { kind: 'postgres.alter_setting', scope: 'role in database', role: 'app', setting: 'search_path', value: null } });
    expect(finding?.explanation).toContain('public.orders is there, with all rows');
  });

  test.each([
    ['a path that holds it', shop({ overrides: [{ ...path, value: 'archive, public' }] }), gone],
    ['nobody who misses a table', shop({ overrides: [path] }), 'out of stock'],
    ['a table asked for with its schema', shop({ overrides: [path] }), error('42P01', 'relation "public.orders" does not exist')],
  ])('%s is no finding', (_case, one, text) => {
    expect(found(one, text)).toEqual([]);
  });

  test('a relation that is nowhere is a program ahead of its schema, whatever the path says', () => {
    const all = found(shop({ overrides: [path] }), error('42P01', 'relation "coupons" does not exist'));
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ mechanism: 'schema-mismatch-relation', severity: 'critical' });
    expect(all[0]?.remedy).toBeUndefined();
  });

  test('a column that is nowhere, or not in the table named; one that is there again is nothing', () => {
    expect(found(shop(), error('42703', 'column "discount" does not exist'))[0]).toMatchObject({ mechanism: 'schema-mismatch-column', resource: 'database/shop' });
    expect(found(shop(), error('42703', 'column "discount" of relation "orders" does not exist'))[0]).toMatchObject({ resource: 'table/shop/public.orders' });
    expect(found(shop(), error('42703', 'column "total" of relation "orders" does not exist'))).toEqual([]);
  });
});

describe('sequences', () => {
  const key = { name: 'orders_pkey', type: 'primary key' as const, columns: ['id'], validated: true };
  const duplicate = error('23505', 'duplicate key value violates unique constraint "orders_pkey"');

  test('behind its column: critical with duplicate keys, and told without', () => {
    const one = shop({ relations: [{ constraints: [key] }], sequences: [{ last: 40, highest: 4000 }] });
    const all = found(one, duplicate);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ mechanism: 'sequence-behind', severity: 'critical', resource: 'sequence/shop/public.orders_id_seq', remedy: { kind: 'postgres.reset_sequence', schema: 'public', table: 'orders', column: 'id' } });
    expect(found(one)[0]).toMatchObject({ severity: 'info' });
    expect(found(one)[0]?.remedy).toBeUndefined();
  });

  test('one that can\'t be read is known by its duplicates; ahead, or never used, it is well', () => {
    expect(found(shop({ relations: [{ constraints: [key] }], sequences: [{ last: null }] }), duplicate)[0]).toMatchObject({ mechanism: 'sequence-behind', confidence: 0.7 });
    expect(found(shop({ relations: [{ constraints: [key] }], sequences: [{ last: null }, { last: 90, highest: 90 }, { last: 5, highest: null }] }))).toEqual([]);
  });

  test('a duplicate key of another constraint is a remark about its table', () => {
    const unique = { name: 'orders_total_key', type: 'unique' as const, columns: ['total'], validated: true };
    const [finding] = found(shop({ relations: [{ constraints: [key, unique] }], sequences: [{}] }), error('23505', 'duplicate key value violates unique constraint "orders_total_key"'));
    expect(finding).toMatchObject({ mechanism: 'constraint-violated', resource: 'table/shop/public.orders' });
    expect(finding?.remedy).toBeUndefined();
  });

  test('near its end, and at its end', () => {
    expect(found(shop({ sequences: [{ last: 2_100_000_000, highest: 2_100_000_000, maximum: 2_147_483_647, columnType: 'integer' }] }))[0]).toMatchObject({ mechanism: 'sequence-exhausted', severity: 'warning' });
    const [over] = found(shop({ sequences: [{ last: 2_147_483_647, highest: 2_147_483_647, maximum: 2_147_483_647, columnType: 'integer' }] }), error('2200H', 'nextval: reached maximum value of sequence "orders_id_seq" (2147483647)'));
    expect(over).toMatchObject({ mechanism: 'sequence-exhausted', severity: 'critical' });
    expect(over?.remedy).toBeUndefined();
  });
});

describe('upkeep', () => {
  const loaded = (part: Partial<TableStatistics> = {}) => table('orders', 120_000, { indexScans: 4_000, modifiedSinceAnalyze: 60_000, plannedRows: 60_000, analyzedSecondsAgo: 400, lastAnalyze: 'then', options: ['autovacuum_enabled=false'], ...part });
  const slow: StatementPlan = { query: 'select count(*) from orders where batch = $1', calls: 30, meanMilliseconds: 400, filteredScans: [], tables: ['public.orders'] };

  test('a load with autovacuum off: analyse, and take the option away', () => {
    const all = found(shop({ tables: [loaded()], plans: [slow] }));
    expect(all.map(({ mechanism, severity, remedy }) => [mechanism, severity, remedy?.kind])).toEqual([['stale-statistics', 'warning', 'postgres.analyze'], ['autovacuum-off', 'warning', 'postgres.table_option']]);
    expect(all[1]?.remedy).toMatchObject({ option: 'autovacuum_enabled', value: null });
  });

  test.each([
    ['nobody asks the table', [loaded({ indexScans: 3 })], []],
    ['another table is read', [loaded({ indexScans: 3 })], [{ ...slow, tables: ['public.carts'] }]],
  ])('%s: only a remark', (_case, tables, plans) => {
    expect(found(shop({ tables, plans })).map(({ severity }) => severity)).toEqual(['info', 'info']);
  });

  test('fresh statistics do not mend what will make them old again', () => {
    expect(found(shop({ tables: [loaded({ modifiedSinceAnalyze: 0 })], plans: [{ ...slow, meanMilliseconds: 2 }] })).map(({ mechanism, severity }) => [mechanism, severity])).toEqual([['autovacuum-off', 'warning']]);
  });

  test.each([
    ['autovacuum is about to come', loaded({ options: [] })],
    ['few rows changed', loaded({ modifiedSinceAnalyze: 3_000, options: [] })],
    ['it is small', { ...loaded(), rows: 900 }],
  ])('%s: nothing', (_case, one) => {
    expect(found(shop({ tables: [one], plans: [slow] }))).toEqual([]);
  });

  test('autovacuum does not come although it is on', () => {
    expect(found(shop({ tables: [loaded({ options: [], analyzedSecondsAgo: 7_200 })], plans: [slow] }))[0]).toMatchObject({ mechanism: 'stale-statistics', severity: 'warning' });
  });

  test('off for the whole server', () => {
    const [finding] = found(shop({ overrides: [{ setting: 'autovacuum', scope: 'system', role: null, value: 'off', defaultValue: 'on' }] }));
    expect(finding).toMatchObject({ mechanism: 'autovacuum-off', severity: 'warning', remedy: { scope: 'system', setting: 'autovacuum', value: null } });
  });
});

describe('the server', () => {
  test('at rest it is no finding', () => {
    expect(found(shop())).toEqual([]);
  });

  test.each<[string, Partial<ServerReading>, string, string]>([
    ['old transaction ids', { transactionAge: 1_200_000_000 }, 'transaction-ids-run-out', 'warning'],
    ['the end of transaction ids', { transactionAge: 1_900_000_000 }, 'transaction-ids-run-out', 'critical'],
    ['a prepared transaction', { prepared: [{ name: 'batch', owner: 'app', seconds: 4_000 }] }, 'prepared-transaction-left', 'warning'],
    ['a slot that nobody reads', { slots: [{ name: 'old', active: false, retainedBytes: 3e9, status: 'extended', xminAge: null }] }, 'replication-slot-inactive', 'warning'],
    ['a small slot that nobody reads', { slots: [{ name: 'old', active: false, retainedBytes: 1e6, status: 'reserved', xminAge: null }] }, 'replication-slot-inactive', 'info'],
    ['a standby behind', { standbys: [{ name: 'east', state: 'streaming', sync: 'async', lagBytes: 9e7, lagSeconds: 300 }] }, 'replication-lag', 'warning'],
    ['a paused replay', { standby: true, replayPaused: true, replayDelaySeconds: 900 }, 'replication-replay-paused', 'critical'],
    ['a synchronous standby that is not there', { synchronousStandbyNames: 'gone', standbys: [{ name: 'east', state: 'streaming', sync: 'async', lagBytes: 0, lagSeconds: null }] }, 'synchronous-standby-missing', 'warning'],
    ['deadlocks', { deadlocks: 3 }, 'deadlocks', 'warning'],
    ['temporary files', { temporaryBytes: 9e8 }, 'temporary-files', 'info'],
    ['a restart that is due', { pendingRestart: ['max_connections'] }, 'settings-wait-for-restart', 'info'],
  ])('%s', (_case, server, mechanism, severity) => {
    const all = found(shop({ server }));
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ mechanism, severity });
    expect(all[0]?.remedy).toBeUndefined();
    expect(all[0]?.quotes).toHaveLength(1);
  });

  test('commits that wait for a standby that is gone, and small work_mem that fills the disk', () => {
    const waiting = session({ pid: 9, state: 'active', waitEventType: 'IPC', waitEvent: 'SyncRep', stateSeconds: 40 });
    expect(found(shop({ sessions: [waiting], server: { synchronousStandbyNames: 'gone' } }))[0]).toMatchObject({ severity: 'critical', mechanism: 'synchronous-standby-missing' });
    const small: SettingOverride = { setting: 'work_mem', scope: 'role', role: 'app', value: '64kB', defaultValue: '4096 kB' };
    expect(found(shop({ overrides: [small], server: { temporaryBytes: 9e8 } }), 'late')[0]).toMatchObject({ mechanism: 'setting-too-small', remedy: { setting: 'work_mem', role: 'app', value: null } });
    expect(found(shop({ overrides: [small], server: { temporaryBytes: 9e8 } }))[0]?.remedy).toBeUndefined();
  });

  test('a full disk is named, and nothing proposed', () => {
    const [finding] = found(shop(), error('53100', 'could not extend file "base/5/16400": No space left on device'));
    expect(finding).toMatchObject({ mechanism: 'disk-full', severity: 'critical' });
    expect(finding?.remedy).toBeUndefined();
  });

  test('a planner switch counts where a service is slow', () => {
    const off: SettingOverride = { setting: 'enable_indexscan', scope: 'database', role: null, value: 'off', defaultValue: 'on' };
    expect(found(shop({ overrides: [off] }))[0]).toMatchObject({ severity: 'info' });
    const slow: StatementPlan = { query: 'select 1', calls: 30, meanMilliseconds: 400, filteredScans: [], roles: ['app'] };
    const ofRole = { ...off, scope: 'role' as const, role: 'reports' };
    for (const one of [shop({ overrides: [off] }), shop({ overrides: [ofRole], plans: [slow] })]) expect(found(one, 'timeout').every(({ mechanism, remedy }) => mechanism !== 'setting-planner' || remedy === undefined)).toBe(true);
    expect(found(shop({ overrides: [off], plans: [slow] }), 'timeout')[0]).toMatchObject({ severity: 'warning', mechanism: 'setting-planner', remedy: { scope: 'database', setting: 'enable_indexscan', value: null } });
  });
});

describe('locks outside of transactions, and long statements', () => {
  const waiter = session({ pid: 12, state: 'active', waitEventType: 'Lock', waitEvent: 'advisory', blockedBy: [10], stateSeconds: 50 });

  test('an advisory lock of a session that does nothing is freed by ending that session', () => {
    const [finding] = found(shop({ sessions: [session({ pid: 10, state: 'idle', stateSeconds: 400, application: 'migrate' }), waiter] }));
    expect(finding).toMatchObject({ mechanism: 'blocked-by-advisory-lock', severity: 'critical', remedy: { kind: 'postgres.terminate_backend', sessions: [{ pid: 10 }] } });
    const young = found(shop({ sessions: [session({ pid: 10, state: 'idle', stateSeconds: 8, application: 'migrate' }), waiter] }))[0];
    expect(young?.remedy).toBeUndefined();
  });

  test('a statement of eleven minutes is a remark, a vacuum of that length is none', () => {
    const long = (query: string) => found(shop({ sessions: [session({ pid: 10, state: 'active', stateSeconds: 660, transactionSeconds: 660, query })] }));
    expect(long('select * from a, b')[0]).toMatchObject({ mechanism: 'long-statement', severity: 'info' });
    expect(long('VACUUM (FREEZE) orders')).toEqual([]);
  });
});

describe('what is said explains who says it', () => {
  test('the service that shows the error blames the database, and the finding is what explains it', () => {
    const all = detectAll(readings({ databases: [shop({ roles: [{ expired: true, validUntil: '2026-01-01 00:00:00+00' }] })], services: [says(error('28P01', 'password authentication failed for user "app"')), service('well', { databases: ['shop'] })] }), targets()).map(({ finding }) => finding);
    expect(all.find(({ mechanism }) => mechanism === 'checks-failing')?.blames).toBe('database/shop');
    expect(all.filter(({ resource }) => resource === 'service/well')).toEqual([]);
  });
});
