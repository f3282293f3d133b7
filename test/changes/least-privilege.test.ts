/** The roles of deploy/postgres: what the executor's can do is enough for a whole change, and neither can do more. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action } from '../../src/changes/action.ts';
import { kindOf } from '../../src/changes/actions/kinds.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { changeFrom } from '../support/changes.ts';
import { statementsOf } from '../support/deploy.ts';
import type { DatabaseWorld } from './actions/database-world.ts';
import { openDatabaseWorld, sessionOf } from './actions/database-world.ts';

let world: DatabaseWorld;
let suffix: string;
let database: string;
beforeEach(async () => {
  world = await openDatabaseWorld();
  suffix = new URL(world.url).pathname.slice(-8);
  database = new URL(world.url).pathname.slice(1);
  await world.admin.query(`
    CREATE SEQUENCE numbers OWNED BY orders.id; ALTER TABLE orders ALTER id SET DEFAULT nextval('numbers'), ADD CONSTRAINT sane CHECK (customer_id >= 0) NOT VALID; CREATE INDEX orders_place ON orders USING gist (place);
    CREATE ROLE owner_${suffix} NOLOGIN; CREATE ROLE app_${suffix} LOGIN PASSWORD 'app';
    ALTER TABLE orders OWNER TO owner_${suffix}; GRANT CREATE, USAGE ON SCHEMA public TO owner_${suffix};
    ALTER DATABASE ${database} OWNER TO owner_${suffix}; CREATE TABLE private (secret text)`);
  await world.admin.query(statementsOf('postgres/read.sql', { role: `read_${suffix}`, password: 'read', database, schema: 'public', tables: 'public.orders' }));
  await world.admin.query(statementsOf('postgres/write.sql', { role: `write_${suffix}`, password: 'write', database, owner: `owner_${suffix}`, applications: `app_${suffix}` }));
  await world.admin.query(statementsOf('postgres/write-rows.sql', { role: `write_${suffix}` }));
});
afterEach(async () => {
  const roles = ['read', 'write', 'app', 'owner'].map((name) => `${name}_${suffix}`);
  await world.admin.query(`REASSIGN OWNED BY owner_${suffix} TO CURRENT_USER`);
  for (const role of roles) await world.admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await world.close();
});

const as = (role: string, password: string): string => {
  const url = new URL(world.url);
  Object.assign(url, { username: `${role}_${suffix}`, password });
  return url.toString();
};

test.each(['index', 'dropped index', 'rebuilt index', 'session', 'query', 'database setting', 'role setting', 'role setting in the database', 'vacuum', 'sequence', 'constraint', 'grant', 'role limit', 'role validity', 'table option', 'update', 'delete'] as const)('%s', async (what) => {
  const app = await world.client('checkout', as('app', 'app'));
  const actions: Record<typeof what, () => Promise<Action>> = {
    index: async () => ({ kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id'] }),
    session: async () => ({ kind: 'postgres.terminate_backend', target: 'shop', sessions: [await sessionOf(app)] }),
    'dropped index': async () => ({ kind: 'postgres.drop_index', target: 'shop', schema: 'public', index: 'orders_place' }),
    'rebuilt index': async () => ({ kind: 'postgres.reindex', target: 'shop', schema: 'public', index: 'orders_pkey' }),
    async query() {
      const session = await sessionOf(app);
      app.query('SELECT pg_sleep(300)').catch(() => undefined);
      await expect.poll(async () => (await world.admin.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [session.pid])).rowCount, { timeout: 30_000 }).toBe(1);
      return { kind: 'postgres.cancel_backend', target: 'shop', sessions: [session] };
    },
    vacuum: async () => ({ kind: 'postgres.vacuum', target: 'shop', schema: 'public', table: 'orders', analyze: true }),
    sequence: async () => ({ kind: 'postgres.reset_sequence', target: 'shop', schema: 'public', table: 'orders', column: 'id' }),
    constraint: async () => ({ kind: 'postgres.validate_constraint', target: 'shop', schema: 'public', table: 'orders', constraint: 'sane' }),
    grant: async () => ({ kind: 'postgres.grant', target: 'shop', object: 'table', schema: 'public', name: 'orders', privileges: ['select', 'insert'], role: `app_${suffix}` }),
    'role limit': async () => ({ kind: 'postgres.role_connection_limit', target: 'shop', role: `app_${suffix}`, limit: 40 }),
    'role validity': async () => ({ kind: 'postgres.role_valid_until', target: 'shop', role: `app_${suffix}`, until: '2099-01-01 00:00:00+00' }),
    'table option': async () => ({ kind: 'postgres.table_option', target: 'shop', schema: 'public', table: 'orders', option: 'autovacuum_vacuum_scale_factor', value: '0.02' }),
    update: async () => ({ kind: 'postgres.rows', target: 'shop', schema: 'public', table: 'orders', operation: 'update', where: [{ column: 'id', operator: '=', value: 7 }], set: { customer_id: 8 }, expected_rows: 1 }),
    delete: async () => ({ kind: 'postgres.rows', target: 'shop', schema: 'public', table: 'orders', operation: 'delete', where: [{ column: 'id', operator: '<', value: 4 }], expected_rows: 3 }),
    'role setting in the database': async () => ({ kind: 'postgres.alter_setting', target: 'shop', scope: 'role in database', role: `app_${suffix}`, setting: 'work_mem', value: '8MB' }),
    'database setting': async () => ({ kind: 'postgres.alter_setting', target: 'shop', scope: 'database', setting: 'statement_timeout', value: '30s' }),
    'role setting': async () => ({ kind: 'postgres.alter_setting', target: 'shop', scope: 'role', role: `app_${suffix}`, setting: 'work_mem', value: '8MB' }),
  };
  const action = await actions[what]();
  const kind = kindOf(action);
  const [target] = world.targets.databases;
  if (!target) throw new Error('no target');
  const context = { ...world.context, targets: { ...world.targets, databases: [{ ...target, write: { variable: 'W', reveal: () => as('write', 'write') } }] } };
  const change = changeFrom(action, await kind.prepare(action, context));

  const shown = [...change.command, change.preview, ...change.undo.command, change.blastRadius, JSON.stringify(change.resolved)].join('\n');
  const redactor = createRedactor({ knownSecrets: () => [as('write', 'write')] });
  expect(redactor.redactSync(shown)).toBe(shown);

  const { written } = await kind.execute(change, context);
  await expect.poll(async () => (await kind.check({ ...change, ...(written && { written }) }, context)).ok, { timeout: 30_000 }).toBe(true);
  const undo = await kind.undo({ ...change, ...(written && { written }) }, context).then(() => 'automatic', () => 'impossible');
  expect(undo).toBe(change.undo.kind === 'automatic' ? 'automatic' : 'impossible');
});

const refused = /permission denied|must be owner/i;

const may: Record<'read' | 'write', string[]> = {
  read: ['SELECT count(*) FROM orders', 'SELECT count(*) FROM pg_stat_activity', 'EXPLAIN SELECT * FROM orders'],
  write: ['CREATE INDEX CONCURRENTLY ON orders (customer_id)', 'ANALYZE orders', 'SELECT count(*) FROM sre_agent.rows_before'],
};
const mayNot: Record<'read' | 'write', string[]> = {
  read: [
    'SELECT * FROM private', 'SELECT * FROM sre_agent.rows_before', 'SELECT rolpassword FROM pg_authid', 'INSERT INTO orders (id, customer_id) VALUES (0, 0)', 'UPDATE orders SET customer_id = 0', 'DELETE FROM orders', 'TRUNCATE orders',
    'BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE', 'CREATE TABLE mine (a int)', 'CREATE TEMPORARY TABLE mine (a int)', 'CREATE SCHEMA mine', 'CREATE ROLE mine', 'REINDEX TABLE orders',
    "COPY orders TO PROGRAM 'cat'", "SELECT pg_read_file('postgresql.conf')", "ALTER SYSTEM SET work_mem = '64MB'",
  ],
  // What is in a schema that its owner role owns it can drop; it can't look into it.
  write: [
    'SELECT * FROM private', 'ALTER TABLE private ADD COLUMN more int', 'SELECT rolpassword FROM pg_authid', "COPY orders TO PROGRAM 'cat'", "SELECT pg_read_file('postgresql.conf')", "ALTER SYSTEM SET work_mem = '64MB'",
    'ALTER ROLE postgres SUPERUSER', 'CREATE ROLE mine SUPERUSER', 'GRANT pg_read_all_data TO CURRENT_USER', 'DELETE FROM sre_agent.rows_before', 'DROP TABLE sre_agent.rows_before',
  ],
};

test.each(['read', 'write'] as const)('what the %s role may do, and what it may not', async (role) => {
  const client = await world.client('test', as(role, role));
  const attempt = async (statement: string): Promise<string> => {
    const result = await client.query(statement).then(() => 'done', (error: unknown) => String(error));
    await client.query('ROLLBACK');
    return `${statement}: ${refused.test(result) ? 'refused' : result}`;
  };
  const results = [];
  for (const statement of [...may[role], ...mayNot[role]]) results.push(await attempt(statement));
  expect(results).toEqual([...may[role].map((statement) => `${statement}: done`), ...mayNot[role].map((statement) => `${statement}: refused`)]);
});

test('the read role ends no session but its own', async () => {
  const app = await sessionOf(await world.client('checkout', as('app', 'app')));
  const client = await world.client('test', as('read', 'read'));
  await expect(client.query('SELECT pg_terminate_backend($1)', [app.pid])).rejects.toThrow(refused);
});
