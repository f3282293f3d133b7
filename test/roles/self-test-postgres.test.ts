/** The self-test against a real PostgreSQL: the shipped role passes, every right too much is named, and the remedy it names takes it away. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseTarget } from '../../src/config/targets.ts';
import { lookAtPostgres } from '../../src/roles/self-test/postgres.ts';
import { selfTest } from '../../src/roles/self-test/self-test.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { secret, targetsWith } from '../support/changes.ts';
import { statementsOf } from '../support/deploy.ts';
import { createTestDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

const suffix = randomBytes(4).toString('hex');
const role = `read_${suffix}`;
const group = `group_${suffix}`;
let database: TestDatabase;
let admin: Client;
let name: string;
let target: DatabaseTarget;

beforeAll(async () => {
  database = await createTestDatabase();
  name = new URL(database.url).pathname.slice(1);
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`CREATE TABLE orders (id int, note text); CREATE TABLE items (id int); CREATE SEQUENCE numbers; CREATE ROLE ${group}; CREATE SCHEMA other`);
  await admin.query(statementsOf('postgres/read.sql', { role, password: 'read', database: name, schema: 'public', tables: 'public.orders' }));
  target = { name: 'orders', kind: 'postgres', read: secret(Object.assign(new URL(database.url), { username: role, password: 'read' }).toString(), 'ORDERS_READ_URL') };
});
afterAll(async () => {
  await admin.query(`DROP OWNED BY ${role}, ${group}; DROP ROLE ${role}; DROP ROLE ${group}`);
  await admin.end();
  await database.close();
});

const look = () => lookAtPostgres(target, AbortSignal.timeout(20_000));

test('the shipped role can only read', async () => {
  expect(await look()).toEqual({ identity: role, excess: [] });
});

test.each([
  ['GRANT INSERT, UPDATE ON orders TO $role', /^may INSERT, UPDATE on public\.orders$/],
  ['GRANT UPDATE (note) ON orders TO $role', /^may UPDATE on public\.orders$/],
  ['GRANT DELETE, TRUNCATE ON items TO PUBLIC', /^may DELETE, TRUNCATE on public\.items, as everybody may$/],
  ['GRANT TRIGGER ON items TO $group; GRANT $group TO $role', /^may TRIGGER on public\.items$/],
  ['GRANT USAGE ON SEQUENCE numbers TO $role', /^may USAGE on public\.numbers$/],
  ['GRANT UPDATE ON SEQUENCE numbers TO PUBLIC', /^may UPDATE on public\.numbers, as everybody may$/],
  ['GRANT CREATE ON SCHEMA other TO $role', /^may create tables and functions in schema other$/],
  ['GRANT CREATE ON SCHEMA public TO PUBLIC', /schema public, as everybody may$/],
  ['GRANT CREATE ON DATABASE $database TO $role', /^may create schemas in database test_/],
  ['ALTER ROLE $role BYPASSRLS', /^bypasses row-level security$/],
  ['ALTER ROLE $role CREATEROLE', /^may create roles$/],
  ['ALTER ROLE $role REPLICATION', /^may copy the whole server/],
  ['ALTER ROLE $role SUPERUSER', /^is a superuser$/],
  ['GRANT pg_read_all_data TO $role', /password hashes included/],
  ['GRANT pg_write_all_data TO $role', /write to every table/],
  ['GRANT pg_execute_server_program TO $role', /run programs on the server/],
  ['GRANT pg_read_server_files TO $role', /read files of the server/],
  ['GRANT pg_write_server_files TO $role', /write files of the server/],
  ['GRANT pg_signal_backend TO $role', /end other roles' sessions/],
  ['ALTER ROLE $group SUPERUSER; GRANT $group TO $role WITH INHERIT FALSE', /^may become group_\w+, which is a superuser$/],
  ['GRANT SELECT ON pg_authid TO $role', /^may read password hashes \(pg_authid\)$/],
])('%s is found, and its remedy helps', async (statement, right) => {
  await admin.query(statement.replaceAll('$role', role).replaceAll('$group', group).replaceAll('$database', name));
  const { excess } = await look();
  for (const { remedy } of excess) await admin.query(remedy);
  const after = await look();
  await admin.query(`ALTER ROLE ${group} NOSUPERUSER; REVOKE ALL ON items FROM ${group}; REVOKE ${group} FROM ${role}`);
  expect(excess.map((one) => one.right)).toContainEqual(expect.stringMatching(right));
  expect(after.excess).toEqual([]);
});

test('an owner, and more tables than are named', async () => {
  await admin.query(`CREATE TABLE mine (a int); ALTER TABLE mine OWNER TO ${role}`);
  for (let index = 0; index < 8; index += 1) await admin.query(`CREATE TABLE t${index} (a int); GRANT INSERT ON t${index} TO ${role}`);
  const { excess } = await look();
  await admin.query(`DROP TABLE mine, t0, t1, t2, t3, t4, t5, t6, t7`);
  expect(excess[0]).toMatchObject({ right: 'owns public.mine' });
  expect(excess).toHaveLength(5);
  expect(excess.at(-1)?.right).toMatch(/and 4 more such$/);
});

test('too much refuses the start with target, right and remedy; the override lets it', async () => {
  await admin.query(`GRANT DELETE ON orders TO ${role}`);
  const start = (over: Partial<DatabaseTarget> = {}) => selfTest({ targets: targetsWith({ databases: [{ ...target, ...over }] }), log: silentLogger });
  await expect(start()).rejects.toThrow(`The read identity of database orders (${role}) may DELETE on public.orders. It must only read: REVOKE DELETE ON public.orders FROM ${role}. Or set allow_powerful_read`);
  expect((await start({ allowPowerfulRead: true })).refusal()).toBeUndefined();
  await admin.query(`REVOKE DELETE ON orders FROM ${role}`);
  (await start()).stop();
});

test('a database that is away does not keep the service from starting; what it shows later does stop the reading, until it is mended', async () => {
  await admin.query(`GRANT DELETE ON orders TO ${role}`);
  let url = 'postgres://nobody:hunter2@127.0.0.1:1/none';
  const lines: string[] = [];
  const log = { ...silentLogger, warn: (fields: unknown) => void lines.push(JSON.stringify(fields)) } as typeof silentLogger;
  const away: DatabaseTarget = { ...target, read: { variable: 'ORDERS_READ_URL', reveal: () => url } };
  const started = await selfTest({ targets: targetsWith({ databases: [away] }), log, retryMilliseconds: 50 });
  expect(started.refusal()).toBeUndefined();
  expect(lines.join()).toMatch(/database orders.*ECONNREFUSED/);
  expect(lines.join()).not.toContain('hunter2');
  url = target.read.reveal();
  await waitFor('the right to be found', () => started.refusal() !== undefined);
  expect(started.refusal()).toMatch(/may DELETE on public\.orders/);
  await admin.query(`REVOKE DELETE ON orders FROM ${role}`);
  await waitFor('the reading to go on', () => started.refusal() === undefined);
  started.stop();
});
