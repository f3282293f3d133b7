import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import { alterSettingKind as kind } from '../../../src/changes/actions/alter-setting/alter-setting.ts';
import { inBaseUnit } from '../../../src/changes/actions/alter-setting/allowed.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, until } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.alter_setting'>;
const action: Action = { kind: 'postgres.alter_setting', target: 'shop', scope: 'database', setting: 'statement_timeout', value: '30s' };
const stored = 'SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())';
const alter = (world: DatabaseWorld, what: string) => world.admin.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${what}', current_database()); END $$`);

describeActionKind(kind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  await alter(world, 'SET statement_timeout TO 5');
  await alter(world, "SET work_mem TO ''1MB''");
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, scope: 'role', role: 'nobody_here' },
    snapshot: async () => (await world.admin.query<{ setconfig: string[] }>(stored)).rows.map(({ setconfig }) => setconfig.toSorted()),
    sent: world.tap.sent,
    move: async () => void (await alter(world, 'SET statement_timeout TO 7')),
    moveAfter: async () => void (await alter(world, 'SET statement_timeout TO 9')),
    close: world.close,
  };
});

describe('postgres.alter_setting', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => world.close());

  const prepare = async (part: Partial<Action>): Promise<ChangeOf<Action>> => {
    const whole = { ...action, ...part };
    return changeFrom(whole, await kind.prepare(whole, world.context)) as ChangeOf<Action>;
  };

  test.each(['shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries', 'archive_command', 'restore_command', 'ssl_passphrase_command', 'archive_library', 'dynamic_library_path', 'listen_addresses', 'ssl', 'fsync', 'search_path', 'max_connections', 'role', 'log_directory', 'unix_socket_directories'])(
    'refuses %s', async (setting) => {
      await expect(prepare({ scope: 'system', setting, value: 'on' })).rejects.toThrow(/not among the settings/);
    },
  );

  test('search_path is a list of schemas that are there, for a role or database, and put back as a list', async () => {
    await world.admin.query('CREATE SCHEMA "Old one"; CREATE SCHEMA billing');
    await world.admin.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path TO billing, "Old one", "$user"', current_database()); END $$`);
    const change = await prepare({ setting: 'search_path', value: null });
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    await kind.undo(change, world.context);
    expect((await world.admin.query<{ setconfig: string[] }>(stored)).rows[0]?.setconfig).toContain('search_path=billing, "Old one", "$user"');
    await expect(prepare({ setting: 'search_path', value: 'public, nowhere' })).rejects.toThrow(/no schema nowhere/);
    await expect(prepare({ setting: 'search_path', value: 'public,billing' })).rejects.toThrow(/as the server keeps it: public, billing/);
    await expect(prepare({ setting: 'search_path', value: 'pg_temp, public' })).rejects.toThrow(/own schemas/);
    await expect(prepare({ setting: 'search_path', value: "public'; DROP TABLE orders" })).rejects.toThrow(/list of schemas/);
    const set = await prepare({ setting: 'search_path', value: 'public, billing' });
    expect(set.command[0]).toMatch(/SET search_path TO 'public', 'billing'$/);
    await kind.execute(set, world.context);
    expect(await kind.check(set, world.context)).toMatchObject({ ok: true });
  });

  test.each([
    ['five', /takes a number/],
    ['5parsecs', /no unit "parsecs"/],
    ['-2', /goes from 0 to/],
    ["0'; DROP TABLE orders; --", /takes a number/],
  ])('refuses the value %s', async (value, words) => {
    await expect(prepare({ value })).rejects.toThrow(words);
  });

  test.each(['statement_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout'])('refuses a %s so short that its undo could not get through', async (setting) => {
    await expect(prepare({ setting, value: '1ms' })).rejects.toThrow(/under a second/);
    await expect(prepare({ setting, value: '0' })).resolves.toMatchObject({ facts: { online: true } });
  });

  test('what makes new sessions read-only can be undone over a new session', async () => {
    const change = await prepare({ setting: 'default_transaction_read_only', value: 'on' });
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    await kind.undo(change, world.context);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test('refuses what it is already, and a server-wide setting for one database', async () => {
    await expect(prepare({ value: null })).rejects.toThrow(/not set/);
    await expect(prepare({ setting: 'autovacuum', value: 'off' })).rejects.toThrow(/whole server only/);
    await expect(prepare({ setting: 'jit', value: 'perhaps' })).rejects.toThrow(/on or off/);
    await expect(prepare({ setting: 'plan_cache_mode', value: 'often' })).rejects.toThrow(/one of auto/);
  });

  test('a setting that was not there is reset by the undo, and others stay', async () => {
    await alter(world, "SET work_mem TO ''1MB''");
    const change = await prepare({});
    expect(change.preview).toMatch(/statement_timeout for database shop: not set -> '30s' \(30000 ms\)/);
    expect(change.preview).toMatch(/takes effect for new sessions; 1 session connected now keep what they have/);
    await kind.execute(change, world.context);
    const fresh = await world.client();
    expect((await fresh.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '30s' }]);
    await kind.undo(change, world.context);
    expect((await world.admin.query(stored)).rows).toEqual([{ setconfig: ['work_mem=1MB'] }]);
  });

  test('a role\'s setting', async () => {
    const role = `app_${Date.now()}`;
    await world.admin.query(`CREATE ROLE ${role}`);
    await world.admin.query(`ALTER ROLE ${role} SET lock_timeout TO '1s'`);
    const change = await prepare({ scope: 'role', role, setting: 'lock_timeout', value: null });
    expect(change.command).toEqual([`ALTER ROLE "${role}" RESET lock_timeout`]);
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    await kind.undo(change, world.context);
    expect((await world.admin.query('SELECT rolconfig FROM pg_roles WHERE rolname = $1', [role])).rows).toEqual([{ rolconfig: ['lock_timeout=1s'] }]);
    await world.admin.query(`DROP ROLE ${role}`);
  });

  test('a role\'s setting in one database, and nowhere else', async () => {
    const role = `app_${Date.now()}`;
    await world.admin.query(`CREATE ROLE ${role}; ALTER ROLE ${role} SET lock_timeout TO '1s'`);
    await alter(world, "SET lock_timeout TO ''2s''");
    const change = await prepare({ scope: 'role in database', role, setting: 'lock_timeout', value: '3s' });
    expect(change.command).toEqual([`ALTER ROLE "${role}" IN DATABASE "${new URL(world.url).pathname.slice(1)}" SET lock_timeout TO '3s'`]);
    expect(change.preview).toMatch(new RegExp(`lock_timeout for role ${role} in database shop: not set -> '3s'`));
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    const own = "SELECT setconfig FROM pg_db_role_setting WHERE setrole = $1::regrole AND setdatabase <> 0";
    expect((await world.admin.query(own, [role])).rows).toEqual([{ setconfig: ['lock_timeout=3s'] }]);
    await kind.undo(change, world.context);
    expect((await world.admin.query(own, [role])).rows).toEqual([]);
    expect((await world.admin.query('SELECT rolconfig FROM pg_roles WHERE rolname = $1', [role])).rows).toEqual([{ rolconfig: ['lock_timeout=1s'] }]);
    await expect(prepare({ scope: 'role in database' })).rejects.toThrow(/no role is named/);
    await world.admin.query(`DROP ROLE ${role}`);
  });

  test('the whole server: reloaded, seen by a new session, put back', async () => {
    const change = await prepare({ scope: 'system', setting: 'hash_mem_multiplier', value: '3.5' });
    expect(change.command).toEqual(["ALTER SYSTEM SET hash_mem_multiplier TO '3.5'", 'SELECT pg_reload_conf()']);
    await kind.execute(change, world.context);
    await until(async () => (await kind.check(change, world.context)).ok, 'the reload arrives');
    const fresh = await world.client();
    expect((await fresh.query('SHOW hash_mem_multiplier')).rows).toEqual([{ hash_mem_multiplier: '3.5' }]);
    await kind.undo(change, world.context);
    expect(await kind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test('values in any unit come to the server\'s own number', async () => {
    const definitions = await world.admin.query<{ name: string; unit: string; min: string; max: string }>(
      "SELECT name, unit, min_val AS min, max_val AS max FROM pg_settings WHERE name IN ('statement_timeout', 'work_mem', 'effective_cache_size', 'idle_session_timeout')",
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...definitions.rows), fc.integer({ min: 64, max: 5000 }), fc.constantFrom('', 'ms', 's', 'min', 'kB', 'MB', 'GB'), async ({ name, unit, min, max }, amount, suffix) => {
        const value = `${amount}${suffix}`;
        const ours = attempt(() => inBaseUnit(name, value, { vartype: 'integer', unit, minimum: min, maximum: max, choices: null, context: 'user' }));
        expect(`${name}=${value}: ${ours}`).toBe(`${name}=${value}: ${await setOnServer(world, name, value)}`);
      }),
      { numRuns: 150 },
    );
  });
});

async function setOnServer({ admin }: DatabaseWorld, name: string, value: string): Promise<string> {
  await admin.query('BEGIN');
  try {
    await admin.query('SELECT set_config($1, $2, true)', [name, value]);
    return (await admin.query<{ setting: string }>('SELECT setting FROM pg_settings WHERE name = $1', [name])).rows[0]?.setting ?? '';
  } catch {
    return 'refused';
  } finally {
    await admin.query('ROLLBACK');
  }
}

function attempt(work: () => string): string {
  try {
    return work();
  } catch {
    return 'refused';
  }
}
