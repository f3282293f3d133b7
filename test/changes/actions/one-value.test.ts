/** Attributes of a role and options of a table: written once, put back exactly. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action, ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { roleConnectionLimitKind, roleValidUntilKind } from '../../../src/changes/actions/role-attribute/role-attribute.ts';
import { tableOptionKind } from '../../../src/changes/actions/table-option/table-option.ts';
import { sqlWarnings } from '../../../src/changes/sql-rules.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { makeRole, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();

interface RoleCase {
  kind: ActionKind;
  action(role: string): Action;
  before: string;
  other: string;
  column: string;
}

const roleCases: RoleCase[] = [
  { kind: roleConnectionLimitKind as ActionKind, action: (role) => ({ kind: 'postgres.role_connection_limit', target: 'shop', role, limit: -1 }), before: 'CONNECTION LIMIT 1', other: 'CONNECTION LIMIT 4', column: 'rolconnlimit::text' },
  { kind: roleValidUntilKind as ActionKind, action: (role) => ({ kind: 'postgres.role_valid_until', target: 'shop', role, until: '2099-01-31 12:00:00+00' }), before: "VALID UNTIL '2024-01-01 00:00:00+00'", other: "VALID UNTIL '2031-01-01 00:00:00+00'", column: 'rolvaliduntil::text' },
];

for (const { kind, action, before, other, column } of roleCases) {
  describeActionKind(kind, async () => {
    const world = await openDatabaseWorld();
    const app = await makeRole(world, 'app');
    await world.admin.query(`ALTER ROLE ${app.name} ${before}`);
    return {
      context: world.context,
      action: action(app.name),
      impossibleAction: action('nobody_here'),
      snapshot: async () => (await world.admin.query(`SELECT ${column} AS value FROM pg_roles WHERE rolname = $1`, [app.name])).rows,
      sent: world.tap.sent,
      move: async () => void (await world.admin.query(`ALTER ROLE ${app.name} ${other}`)),
      moveAfter: async () => void (await world.admin.query(`ALTER ROLE ${app.name} ${other}`)),
      async close() {
        await app.drop();
        await world.close();
      },
    };
  });
}

describeActionKind(tableOptionKind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  await world.admin.query('ALTER TABLE orders SET (autovacuum_enabled = false, fillfactor = 70)');
  const action: Action = { kind: 'postgres.table_option', target: 'shop', schema: 'public', table: 'orders', option: 'autovacuum_enabled', value: null };
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, table: 'nothing' } as Action,
    snapshot: async () => (await world.admin.query<{ options: string[] }>("SELECT reloptions AS options FROM pg_class WHERE relname = 'orders'")).rows.map(({ options }) => options.toSorted()),
    sent: world.tap.sent,
    move: async () => void (await world.admin.query('ALTER TABLE orders SET (autovacuum_enabled = true)')),
    moveAfter: async () => void (await world.admin.query('ALTER TABLE orders SET (autovacuum_enabled = true)')),
    close: world.close,
  };
});

describe('what they refuse, and what they say', () => {
  let world: DatabaseWorld;
  let app: Awaited<ReturnType<typeof makeRole>>;
  beforeEach(async () => {
    world = await openDatabaseWorld();
    app = await makeRole(world, 'app');
  });
  afterEach(async () => {
    await app.drop();
    await world.close();
  });

  const limit = (part: Partial<ActionOf<'postgres.role_connection_limit'>> = {}) => ({ kind: 'postgres.role_connection_limit' as const, target: 'shop', role: app.name, limit: 5, ...part });
  const until = (part: Partial<ActionOf<'postgres.role_valid_until'>> = {}) => ({ kind: 'postgres.role_valid_until' as const, target: 'shop', role: app.name, until: 'infinity', ...part });

  test('a limit under what the role has now is high risk, none is medium', async () => {
    await world.client('checkout', app.url);
    const change = changeFrom(limit({ limit: 1 }), await roleConnectionLimitKind.prepare(limit({ limit: 1 }), world.context)) as ChangeOf<ActionOf<'postgres.role_connection_limit'>>;
    expect(change.preview).toContain('It has 1 session now');
    expect(riskOf(change.action, change, true).level).toBe('high');
    expect(change.equivalent).toBe(`ALTER ROLE "${app.name}" CONNECTION LIMIT 1`);
    const off = limit({ limit: -1 });
    await expect(roleConnectionLimitKind.prepare(off, world.context)).rejects.toThrow(/is none \(-1\) already/);
    await expect(roleConnectionLimitKind.prepare(limit({ limit: 0 }), world.context)).rejects.toThrow(/could not log in at all/);
  });

  test('of other roles than ordinary ones nothing is changed', async () => {
    await expect(roleConnectionLimitKind.prepare(limit({ role: 'postgres' }), world.context)).rejects.toThrow(/not an ordinary role/);
    await expect(roleValidUntilKind.prepare(until({ role: 'pg_monitor' }), world.context)).rejects.toThrow(/not a role of an application/);
    await world.admin.query(`ALTER ROLE ${app.name} CREATEROLE`);
    await expect(roleValidUntilKind.prepare(until(), world.context)).rejects.toThrow(/CREATEROLE/);
  });

  test('without ADMIN on the role the preview names the grant', async () => {
    const writer = await makeRole(world, 'writer');
    try {
      await world.admin.query(`ALTER ROLE ${writer.name} CREATEROLE`);
      await expect(roleConnectionLimitKind.prepare(limit(), writer.context)).rejects.toThrow(/would not do this.*ADMIN on app_/);
      await world.admin.query(`GRANT ${app.name} TO ${writer.name} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
      await expect(roleConnectionLimitKind.prepare(limit(), writer.context)).resolves.toMatchObject({ undo: { kind: 'automatic' } });
      await expect(roleConnectionLimitKind.prepare(limit({ role: writer.name }), writer.context)).rejects.toThrow(/not an ordinary role|sre-agent's own/);
    } finally {
      await writer.drop();
    }
  });

  test('a password that never ended is as good as one that is to end never; a time that is over is refused', async () => {
    await expect(roleValidUntilKind.prepare(until(), world.context)).rejects.toThrow(/is never \(infinity\) already/);
    await expect(roleValidUntilKind.prepare(until({ until: '2024-01-01 00:00:00+00' }), world.context)).rejects.toThrow(/is over/);
    const action = until({ until: '2099-02-28T00:00:00Z' });
    const change = changeFrom(action, await roleValidUntilKind.prepare(action, world.context)) as ChangeOf<ActionOf<'postgres.role_valid_until'>>;
    expect(change.command[1]).toBe(`ALTER ROLE "${app.name}" VALID UNTIL '2099-02-28 00:00:00+00'`);
    await roleValidUntilKind.execute(change, world.context);
    await roleValidUntilKind.undo(change, world.context);
    expect(await roleValidUntilKind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test.each([
    [{ option: 'autovacuum_enabled', value: '1' }, /takes true or false/],
    [{ option: 'autovacuum_vacuum_threshold', value: 'true' }, /takes a number/],
    [{ option: 'autovacuum_vacuum_cost_limit', value: '999999' }, /would not do this/],
  ] as const)('the option %j is refused', async (part, words) => {
    await expect(tableOptionKind.prepare({ kind: 'postgres.table_option', target: 'shop', schema: 'public', table: 'orders', ...part }, world.context)).rejects.toThrow(words);
  });

  test.each([
    'ALTER ROLE app SUPERUSER', "ALTER ROLE app PASSWORD 'x'", 'ALTER ROLE app LOGIN CONNECTION LIMIT 3', 'ALTER ROLE CURRENT_USER CONNECTION LIMIT 3',
    'ALTER TABLE a.b SET (fillfactor = 10)', 'ALTER TABLE a.b SET (toast.autovacuum_enabled = false)', 'ALTER TABLE a.b SET (autovacuum_enabled = true), DROP COLUMN c',
  ])('the wall behind them refuses %s', async (statement) => {
    await expect(sqlWarnings('postgres.table_option', { command: ['BEGIN', "SET LOCAL lock_timeout TO '2s'", statement, 'COMMIT'], undo: { kind: 'not_needed', command: [], description: '' } })).rejects.toThrow(/does not run this/);
  });
});
