/** The executor's database role needs no superuser: what docs and playground grant is enough for a whole change. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action } from '../../src/changes/action.ts';
import { kindOf } from '../../src/changes/actions/kinds.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { changeFrom } from '../support/changes.ts';
import type { DatabaseWorld } from './actions/database-world.ts';
import { openDatabaseWorld, sessionOf } from './actions/database-world.ts';

let world: DatabaseWorld;
let suffix: string;
beforeEach(async () => {
  world = await openDatabaseWorld();
  suffix = new URL(world.url).pathname.slice(-8);
  await world.admin.query(`
    CREATE ROLE owner_${suffix} NOLOGIN; CREATE ROLE app_${suffix} LOGIN PASSWORD 'app';
    CREATE ROLE write_${suffix} LOGIN PASSWORD 'write' CREATEROLE IN ROLE owner_${suffix}, pg_monitor, pg_signal_backend;
    GRANT app_${suffix} TO write_${suffix} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
    ALTER TABLE orders OWNER TO owner_${suffix}; GRANT CREATE, USAGE ON SCHEMA public TO owner_${suffix};
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO owner_${suffix}', current_database()); END $$`);
});
afterEach(async () => {
  await world.admin.query(`REASSIGN OWNED BY owner_${suffix} TO CURRENT_USER; DROP OWNED BY owner_${suffix}; DROP ROLE write_${suffix}; DROP ROLE app_${suffix}; DROP ROLE owner_${suffix}`);
  await world.close();
});

const as = (role: string, password: string): string => {
  const url = new URL(world.url);
  Object.assign(url, { username: `${role}_${suffix}`, password });
  return url.toString();
};

test.each(['index', 'session', 'database setting', 'role setting'] as const)('%s', async (what) => {
  const app = await world.client('checkout', as('app', 'app'));
  const actions: Record<typeof what, () => Promise<Action>> = {
    index: async () => ({ kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['customer_id'] }),
    session: async () => ({ kind: 'postgres.terminate_backend', target: 'shop', sessions: [await sessionOf(app)] }),
    'database setting': async () => ({ kind: 'postgres.alter_setting', target: 'shop', scope: 'database', setting: 'statement_timeout', value: '30s' }),
    'role setting': async () => ({ kind: 'postgres.alter_setting', target: 'shop', scope: 'role', role: `app_${suffix}`, setting: 'work_mem', value: '8MB' }),
  };
  const action = await actions[what]();
  const kind = kindOf(action);
  const [database] = world.targets.databases;
  if (!database) throw new Error('no target');
  const context = { ...world.context, targets: { ...world.targets, databases: [{ ...database, write: { variable: 'W', reveal: () => as('write', 'write') } }] } };
  const change = changeFrom(action, await kind.prepare(action, context));

  const shown = [...change.command, change.preview, ...change.undo.command, change.blastRadius, JSON.stringify(change.resolved)].join('\n');
  const redactor = createRedactor({ knownSecrets: () => [as('write', 'write')] });
  expect(redactor.redactSync(shown)).toBe(shown);

  const { written } = await kind.execute(change, context);
  await expect.poll(async () => (await kind.check({ ...change, ...(written && { written }) }, context)).ok, { timeout: 30_000 }).toBe(true);
  const undo = await kind.undo({ ...change, ...(written && { written }) }, context).then(() => 'automatic', () => 'impossible');
  expect(undo).toBe(change.undo.kind);
});
