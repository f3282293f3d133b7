import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/database/embedded.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import type { DatabaseReading } from '../../../src/rules/readings.ts';
import { readState } from '../../../src/tools/readings/database-state.ts';
import { statementTotals } from '../../../src/tools/readings/database-queries.ts';
import { readDatabase } from '../../../src/tools/readings/database.ts';
import { statementsOfRoles } from '../../../src/tools/readings/state-queries.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { broken, evidence, memoryRecorder, service, targets, times } from '../../rules/readings-support.ts';
import { createTestDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
const open: Client[] = [];

async function client(application: string, url = database.url): Promise<Client> {
  const one = new Client({ connectionString: url, application_name: application });
  one.on('error', () => undefined);
  await one.connect();
  open.push(one);
  return one;
}

async function read(url = database.url) {
  const { record, all } = memoryRecorder();
  const reading = await readDatabase({ name: 'shop', kind: 'postgres', read: { variable: 'SHOP_URL', reveal: () => url } }, { record, signal: AbortSignal.timeout(30_000), targets: targets() });
  const findings = detectAll({ services: [], databases: [reading], hosts: [] }, targets()).map(({ finding }) => finding);
  for (const finding of findings) for (const { evidence, quote } of finding.quotes) expect(all.find((one) => one.id === evidence)?.text).toContain(quote);
  return { reading, findings, evidence: all };
}

const logsInAs = (role: string) => ({ revisions: [{ revision: 1, at: '2026-01-01T09:00:00.000Z', environment: { DATABASE_URL: `postgres://${role}:***@db:5432/shop` }, healthy: true }] });

/** Reads until the reading shows what is waited for. */
async function readUntil(seen: (result: Awaited<ReturnType<typeof read>>) => boolean) {
  for (const deadline = Date.now() + 45_000; ; ) {
    const result = await read();
    if (seen(result) || Date.now() > deadline) return result;
  }
}

/** Keeps statements running on its own connection until stopped. */
async function load(text: string, values: () => unknown[]): Promise<() => Promise<void>> {
  const one = await client('api');
  const until = { stopped: false };
  const running = (async () => {
    while (!until.stopped) await one.query(text, values());
  })();
  return async () => {
    until.stopped = true;
    await running;
  };
}

beforeAll(async () => {
  database = await createTestDatabase();
  const admin = await client('setup');
  await admin.query('CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, note text)');
  await admin.query("INSERT INTO orders SELECT n, n % 20000, CASE WHEN n % 3 = 0 THEN 'paid' ELSE 'open' END, repeat('x', 60) FROM generate_series(1, 200000) n");
  await admin.query('CREATE TABLE carts (id int PRIMARY KEY, note text)');
  await admin.query("INSERT INTO carts SELECT n, '' FROM generate_series(1, 50) n");
  await admin.query('ANALYZE orders; ANALYZE carts');
}, 60_000);

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.end().catch(() => undefined)));
});

afterAll(async () => {
  await database.close();
});

const mine = (reading: DatabaseReading) => reading.sessions?.value.filter((session) => session.application.startsWith('test-')) ?? [];

describe('a healthy database', () => {
  test('gives full readings and no finding, while it is busy', async () => {
    const stop = await load('SELECT * FROM orders WHERE id = $1', () => [Math.ceil(Math.random() * 200_000)]);
    const stopSmall = await load('UPDATE carts SET note = $2 WHERE id = $1', () => [Math.ceil(Math.random() * 50), 'secret-note-4711']);
    const { reading, findings, evidence } = await read();
    await stop();
    await stopSmall();
    expect(reading.unread).toEqual([]);
    expect(findings).toEqual([]);
    expect(reading.tables?.value.find((table) => table.table === 'orders')?.rows).toBe(200_000);
    expect(reading.indexes?.value).toContainEqual(expect.objectContaining({ index: 'orders_pkey', columns: ['id'], valid: true, unique: true }));
    expect(reading.connections?.value.limit).toBeGreaterThan(10);
    expect(evidence.map((one) => one.tool).sort()).toEqual(['connections', 'indexes', 'relations', 'rights', 'roles', 'sequences', 'server', 'sessions', 'settings', 'statements', 'tables'].map((part) => `postgres_${part}`));
  });
});

describe('a missing index', () => {
  test('is found from the plan of the running statement, with the remedy, and gone once the index is there', async () => {
    const stop = [await load('SELECT count(*), max(note) FROM orders WHERE customer_id = $1', () => [Math.floor(Math.random() * 20_000)]), await load("SELECT count(*), max(note) FROM orders WHERE customer_id = 17 AND note <> 'private-4711'", () => [])];
    try {
      const { findings, evidence } = await readUntil((result) => result.findings.some((finding) => finding.mechanism === 'missing-index'));
      const finding = findings.find((one) => one.mechanism === 'missing-index');
      expect(finding).toMatchObject({ resource: 'table/shop/public.orders', remedy: { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id'] } });
      expect(finding?.quotes.length).toBeGreaterThanOrEqual(1);
      expect(evidence.map((one) => one.text).join('\n')).not.toContain('private-4711');
      await (await client('admin')).query('CREATE INDEX orders_customer ON orders (customer_id)');
      const after = await read();
      expect(after.findings).toEqual([]);
    } finally {
      await Promise.all(stop.map((one) => one()));
      await (await client('admin')).query('DROP INDEX IF EXISTS orders_customer');
    }
  });

  test('is not claimed for a filter that leaves a third of the rows', async () => {
    const stop = await load('SELECT max(note) FROM orders WHERE status = $1', () => ['paid']);
    const { reading, findings } = await readUntil((result) => result.reading.plans?.value.some((plan) => plan.filteredScans.length > 0) ?? false);
    await stop();
    expect(reading.plans?.value.some((plan) => plan.filteredScans.some((scan) => scan.columns.includes('status')))).toBe(true);
    expect(findings).toEqual([]);
  });
});

describe('a blocking chain', () => {
  test('leads to the idle transaction at its root, not to those that wait', async () => {
    const blocker = await client('test-migration');
    await blocker.query('BEGIN');
    await blocker.query("UPDATE carts SET note = 'x' WHERE id = 1");
    const pid = (await blocker.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const middle = await client('test-middle');
    await middle.query('BEGIN');
    await middle.query("UPDATE carts SET note = 'y' WHERE id = 2");
    const waiting = [middle.query("UPDATE carts SET note = 'y' WHERE id = 1"), (await client('test-last')).query("UPDATE carts SET note = 'z' WHERE id = 2")];
    try {
      const { findings, reading } = await readUntil((result) => result.findings.length > 0);
      expect(mine(reading).filter((session) => session.blockedBy.length > 0)).toHaveLength(2);
      expect(findings).toHaveLength(1);
      const start = mine(reading).find((session) => session.pid === pid)?.backendStart;
      expect(findings[0]).toMatchObject({ mechanism: 'blocked-by-idle-transaction', severity: 'critical', resource: `session/shop/${pid}`, remedy: { kind: 'postgres.terminate_backend', target: 'shop', sessions: [{ pid, backend_start: start }] } });
      expect(findings[0]?.title).toContain('2 other sessions');
      expect(findings[0]?.quotes.length).toBeGreaterThanOrEqual(2);
      await (await client('admin')).query('SELECT pg_terminate_backend($1)', [pid]);
      await waiting[0];
      await middle.query('COMMIT');
      await waiting[1];
      expect((await read()).findings).toEqual([]);
    } finally {
      await Promise.allSettled([blocker.end(), middle.end()]);
      await Promise.allSettled(waiting);
    }
  });
});

describe('roles, rights and numbers', () => {
  const suffix = Math.random().toString(36).slice(2, 8);
  const app = `app_${suffix}`;
  const reader = `reader_${suffix}`;
  const asRole = (name: string): string => Object.assign(new URL(database.url), { username: name, password: 'x' }).toString();

  test('are read by a role that can only read, and say what is wrong', async () => {
    const admin = await client('admin');
    const name = new URL(database.url).pathname.slice(1);
    await admin.query(`CREATE ROLE ${app} LOGIN PASSWORD 'x'; CREATE ROLE ${reader} LOGIN PASSWORD 'x'; GRANT pg_monitor TO ${reader}; CREATE SCHEMA annexe`);
    await admin.query('CREATE TABLE annexe.slips (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, number bigserial, note text)');
    await admin.query(`INSERT INTO annexe.slips (id, note) SELECT n, '' FROM generate_series(1, 9000) n; SELECT setval('annexe.slips_id_seq', 12); ALTER TABLE annexe.slips SET (autovacuum_enabled = false); ANALYZE annexe.slips`);
    await admin.query(`GRANT SELECT, INSERT ON annexe.slips TO ${app}; GRANT USAGE ON SCHEMA annexe TO ${reader}; GRANT SELECT ON annexe.slips TO ${reader}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA annexe TO ${reader}`);
    await admin.query(`ALTER ROLE ${app} CONNECTION LIMIT 1 VALID UNTIL '2024-01-01'; ALTER ROLE ${app} IN DATABASE ${name} SET search_path TO annexe`);
    try {
      const { reading, evidence } = await read(asRole(reader));
      expect(reading.unread).toEqual([]);
      expect(reading.roles?.value.find((one) => one.name === app)).toMatchObject({ connectionLimit: 1, sessions: 0, expired: true });
      expect(reading.lackingRights?.value).toEqual(expect.arrayContaining([
        { role: app, object: 'sequence', schema: 'annexe', name: 'slips_number_seq', privileges: ['usage'], because: 'inserts into its table' },
        { role: app, object: 'schema', schema: 'annexe', privileges: ['usage'], because: 'has rights inside' },
      ]));
      expect(reading.lackingRights?.value.some((one) => one.name === 'slips_id_seq')).toBe(false);
      expect(reading.sequences?.value.find((one) => one.name === 'slips_id_seq')).toMatchObject({ table: 'annexe.slips', column: 'id', last: 12, highest: 9000, maximum: 2_147_483_647 });
      expect(reading.relations?.value.find((one) => one.name === 'slips')).toMatchObject({ schema: 'annexe', kind: 'table', columns: ['id', 'number', 'note'], constraints: [{ name: 'slips_pkey', type: 'primary key', columns: ['id'], validated: true }] });
      expect(reading.tables?.value.find((one) => one.table === 'slips')?.options).toEqual(['autovacuum_enabled=false']);
      expect(reading.server?.value).toMatchObject({ standby: false, prepared: [], synchronousStandbyNames: '' });

      const error = (text: string) => service('slips', { databases: ['shop'], samples: times(6, broken(`{"message":"${text}"}`, 503)), workload: logsInAs(app) });
      const mechanisms = (text: string) => detectAll({ services: [error(text)], databases: [reading], hosts: [] }, targets()).filter(({ specialist }) => specialist === 'database').map(({ finding }) => [finding.mechanism, finding.severity, finding.remedy?.kind]);
      expect(mechanisms(`password authentication failed for user \\"${app}\\"`)).toContainEqual(['password-expired', 'critical', 'postgres.role_valid_until']);
      expect(mechanisms(`too many connections for role \\"${app}\\"`)).toContainEqual(['role-connection-limit-reached', 'warning', undefined]);
      expect(mechanisms('permission denied for sequence slips_number_seq')).toContainEqual(['privilege-missing', 'critical', 'postgres.grant']);
      expect(mechanisms('relation \\"orders\\" does not exist')).toContainEqual(['search-path-elsewhere', 'critical', 'postgres.alter_setting']);
      expect(mechanisms('duplicate key value violates unique constraint \\"slips_pkey\\"')).toContainEqual(['sequence-behind', 'critical', 'postgres.reset_sequence']);
      for (const { finding } of detectAll({ services: [], databases: [reading], hosts: [] }, targets())) for (const { evidence: id, quote } of finding.quotes) expect(evidence.find((one) => one.id === id)?.text).toContain(quote);
    } finally {
      await admin.query(`DROP SCHEMA annexe CASCADE; DROP OWNED BY ${app}, ${reader}; DROP ROLE ${app}, ${reader}`);
    }
  });
});

describe('a sequence under load', () => {
  test('is never seen behind, however often it is looked at', async () => {
    const admin = await client('admin');
    await admin.query('CREATE TABLE busy (id bigserial PRIMARY KEY)');
    const stop = await load('INSERT INTO busy DEFAULT VALUES', () => []);
    const writer = await client('reader');
    const seen: string[] = [];
    try {
      for (let look = 0; look < 40; look += 1) {
        const reading: DatabaseReading = { name: 'shop', unread: [] };
        await readState(reading, { rowsOf: async <R>(text: string, values?: readonly unknown[]) => (await writer.query(text, values === undefined ? [] : [...values])).rows as R[], keep: async (_tool, _statement, output) => evidence(output), part: (_what, part) => part() }, null);
        const busy = reading.sequences?.value.find((one) => one.name === 'busy_id_seq');
        if (busy === undefined || busy.last === null || busy.highest === null) seen.push('not read');
        else if (busy.last < busy.highest) seen.push(`${busy.last} < ${busy.highest}`);
      }
    } finally {
      await stop();
      await admin.query('DROP TABLE busy');
    }
    expect(seen.filter((one) => one !== 'not read')).toEqual([]);
    expect(seen.length).toBeLessThan(40);
  });
});

describe('statistics of statements', () => {
  test.each([['of PostgreSQL 13, which does not tell who sent a statement', [], 2], ['of later ones', [', toplevel boolean', ', n = 1'], 1]] as const)('%s', async (_case, [column = '', value = ''], rows) => {
    const admin = await client('setup');
    await admin.query('CREATE SCHEMA extension');
    try {
      await admin.query(`CREATE FUNCTION extension.pg_stat_statements(boolean) RETURNS TABLE (userid oid, dbid oid, queryid bigint, query text, calls bigint, total_exec_time float8${column}) LANGUAGE sql
        AS $$ SELECT (SELECT oid FROM pg_roles WHERE rolname = current_user), (SELECT oid FROM pg_database WHERE datname = current_database()), n::bigint, 'select 1', 5::bigint, 9.5::float8${value} FROM generate_series(1, 2) n $$`);
      const { rows: totals } = await admin.query(statementTotals('extension', true));
      expect(totals).toHaveLength(rows);
      expect(totals[0]).toMatchObject({ query: 'select 1', calls: 5, milliseconds: 9.5, role: expect.any(String) });
      expect((await admin.query(statementsOfRoles('extension'))).rows).toEqual([]);
    } finally {
      await admin.query('DROP SCHEMA extension CASCADE');
    }
  });
});

describe('many idle connections', () => {
  test('name the client that hoards them, and only its idle sessions; a full server is said to be full', async () => {
    // A server of its own: the other tests need their connections.
    const directory = await mkdtemp(path.join(tmpdir(), 'sre-agent-readings-'));
    const server = await startEmbeddedPostgres({ directory, flags: ['-c', 'fsync=off', '-c', 'max_connections=30'], log: silentLogger });
    try {
      const pool = await Promise.all([1, 2, 3, 4].map(() => client('api', server.url())));
      await Promise.all(pool.map((one) => one.query('SELECT 1')));
      expect((await read(server.url())).findings).toEqual([]);
      for (let index = 0; index < 22; index += 1) await client('test-report', server.url());
      let result = await read(server.url());
      // Each has to be idle for a moment before it counts as one that nobody needs.
      const ended = ({ findings }: typeof result): number => Math.max(0, ...findings.map(({ remedy }) => (remedy?.kind === 'postgres.terminate_backend' ? remedy.sessions.length : 0)));
      for (const deadline = Date.now() + 45_000; ended(result) < 22 && Date.now() < deadline; ) result = await read(server.url());
      const finding = result.findings.find((one) => one.mechanism === 'connections-exhausted');
      expect(finding).toMatchObject({ resource: 'database/shop', severity: 'critical' });
      expect(finding?.title).toContain('22 by test-report');
      const pids = finding?.remedy?.kind === 'postgres.terminate_backend' ? finding.remedy.sessions.map((one) => one.pid) : [];
      expect(pids).toHaveLength(22);
      for (const pid of pids) expect(result.reading.sessions?.value.find((one) => one.pid === pid)?.application).toBe('test-report');

      const last: Client[] = [];
      for (let index = 0; index < 4; index += 1) last.push(await client('test-admin', server.url()));
      const full = await read(server.url());
      expect(full.reading.unread).toEqual([expect.objectContaining({ code: '53300' })]);
      expect(full.findings).toEqual([expect.objectContaining({ mechanism: 'connections-exhausted', severity: 'critical' })]);
    } finally {
      await Promise.all(open.splice(0).map((one) => one.end().catch(() => undefined)));
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('settings and limits', () => {
  const role = `app_${Math.random().toString(36).slice(2, 8)}`;
  beforeEach(async () => {
    const admin = await client('admin');
    await admin.query(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 5`);
    await admin.query(`ALTER ROLE ${role} SET statement_timeout = '40ms'`);
  });
  afterEach(async () => {
    await (await client('admin')).query(`DROP ROLE ${role}`);
    await Promise.all(open.splice(0).map((one) => one.end()));
  });

  test('a role\'s statement_timeout explains the cancelled statements that a service shows', async () => {
    const { record, all } = memoryRecorder();
    const reading = await readDatabase({ name: 'shop', kind: 'postgres', read: { variable: 'SHOP_URL', reveal: () => database.url } }, { record, signal: AbortSignal.timeout(30_000), targets: targets() });
    expect(reading.overrides?.value).toContainEqual({ setting: 'statement_timeout', scope: 'role', role, value: '40ms', defaultValue: '0 ms' });
    expect(reading.overrides?.value).toContainEqual(expect.objectContaining({ setting: 'connection_limit', role, value: '5' }));
    const found = (body: string) => detectAll({ services: [service('api', { databases: ['shop'], samples: times(6, broken(body)), workload: logsInAs(role) })], databases: [reading], hosts: [] }, targets()).filter((one) => one.rule === 'setting-override').map(({ finding }) => finding);
    const [finding] = found('{"error":"canceling statement due to statement timeout"}');
    expect(finding).toMatchObject({ remedy: { kind: 'postgres.alter_setting', target: 'shop', scope: 'role', role, setting: 'statement_timeout', value: null } });
    expect(all.some((one) => finding?.quotes.some((quote) => quote.evidence === one.id && one.text.includes(quote.quote)))).toBe(true);
    expect(found('{"error":"out of stock"}')).toEqual([]);
  });
});

describe('a database that cannot be read', () => {
  test('is an unread with its code, a finding when it is the server, and never a throw', async () => {
    const url = new URL(database.url);
    url.port = '1';
    const refused = await read(url.toString());
    expect(refused.reading.unread).toEqual([expect.objectContaining({ code: 'ECONNREFUSED' })]);
    expect(refused.findings.map((finding) => finding.mechanism)).toEqual(['database-refuses']);
    const wrong = new URL(database.url);
    wrong.pathname = '/no_such_database';
    const missing = await read(wrong.toString());
    expect(missing.reading.unread).toEqual([expect.objectContaining({ code: '3D000' })]);
    expect(missing.findings).toEqual([]);
    const hidden = await readDatabase({ name: 'shop', kind: 'postgres', read: { variable: 'X', reveal: () => { throw new Error('set SHOP_URL'); } } }, { record: memoryRecorder().record, signal: AbortSignal.timeout(5_000), targets: targets() });
    expect(hidden.unread[0]?.message).toBe('set SHOP_URL');
  });

  test('a role without rights on tables and statistics gives what it can', async () => {
    const admin = await client('admin');
    const role = `reader_${Math.random().toString(36).slice(2, 8)}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'p';
    const { reading } = await read(url.toString());
    expect(reading.sessions).toBeDefined();
    expect(reading.tables?.value.length).toBe(2);
    expect(reading.unread.map((one) => one.code)).toContain('42501');
    await admin.query(`DROP ROLE ${role}`);
  });
});
