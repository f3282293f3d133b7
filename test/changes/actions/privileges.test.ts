import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { grantKind, revokeKind } from '../../../src/changes/actions/privileges/privileges.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom, riskOf } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { makeRole, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Grant = ActionOf<'postgres.grant'>;
const acl = "SELECT relname, relacl::text FROM pg_class WHERE relname IN ('orders', 'numbers') ORDER BY 1";

for (const kind of [grantKind, revokeKind] as ActionKind[]) {
  describeActionKind(kind, async () => {
    const world = await openDatabaseWorld();
    const app = await makeRole(world, 'app');
    const other = await makeRole(world, 'other');
    await world.admin.query(`GRANT SELECT ON orders TO ${app.name}`);
    if (kind === (revokeKind as ActionKind)) await world.admin.query(`GRANT INSERT, UPDATE ON orders TO ${app.name}`);
    const action = { kind: kind.kind, target: 'shop', object: 'table', schema: 'public', name: 'orders', privileges: ['insert', 'update'], role: app.name } as Grant;
    return {
      context: world.context,
      action,
      impossibleAction: { ...action, role: 'nobody_here' },
      snapshot: async () => (await world.admin.query<{ relname: string; relacl: string }>(acl)).rows.map(({ relacl }) => relacl.split(',').toSorted()),
      sent: world.tap.sent,
      move: async () => void (await world.admin.query(`GRANT SELECT ON orders TO ${other.name}`)),
      moveAfter: async () => void (await world.admin.query(`GRANT SELECT ON orders TO ${other.name}`)),
      async close() {
        await app.drop();
        await other.drop();
        await world.close();
      },
    };
  });
}

describe('postgres.grant and postgres.revoke', () => {
  let world: DatabaseWorld;
  let app: Awaited<ReturnType<typeof makeRole>>;
  beforeEach(async () => {
    world = await openDatabaseWorld();
    app = await makeRole(world, 'app');
    await world.admin.query('CREATE SEQUENCE numbers; CREATE SCHEMA sales');
  });
  afterEach(async () => {
    await app.drop();
    await world.close();
  });

  const grant = (part: Partial<Grant> = {}): Grant => ({ kind: 'postgres.grant', target: 'shop', object: 'table', schema: 'public', name: 'orders', privileges: ['select'], role: app.name, ...part });
  const prepare = async (action: Grant): Promise<ChangeOf<Grant>> => changeFrom(action, await grantKind.prepare(action, world.context)) as ChangeOf<Grant>;

  test('what the role had before is neither granted again nor taken by the undo', async () => {
    await world.admin.query(`GRANT SELECT ON orders TO ${app.name}`);
    const change = await prepare(grant({ privileges: ['select', 'update'] }));
    expect(change.command).toEqual(['BEGIN', `GRANT UPDATE ON TABLE "public"."orders" TO "${app.name}"`, 'COMMIT']);
    expect(change.preview).toContain('select: it has that already, and keeps it after an undo');
    expect(riskOf(change.action, change, true)).toMatchObject({ level: 'high' });
    await grantKind.execute(change, world.context);
    const client = await world.client('app', app.url);
    await client.query('UPDATE orders SET customer_id = 0 WHERE id = 1');
    await grantKind.undo(change, world.context);
    await expect(client.query('UPDATE orders SET customer_id = 0 WHERE id = 1')).rejects.toThrow(/permission denied/);
    await expect(client.query('SELECT FROM orders')).resolves.toMatchObject({ rowCount: 1000 });
  });

  test.each<[string, Partial<Grant>, string]>([
    ['a sequence', { object: 'sequence', name: 'numbers', privileges: ['usage', 'select'] }, 'GRANT SELECT, USAGE ON SEQUENCE "public"."numbers" TO'],
    ['a schema', { object: 'schema', schema: 'sales', privileges: ['usage'] }, 'GRANT USAGE ON SCHEMA "sales" TO'],
  ])('%s, there and back', async (_what, part, statement) => {
    const { name: _name, ...rest } = grant(part);
    const action = part.object === 'schema' ? rest : grant(part);
    const change = await prepare(action);
    expect(change.command[1]).toContain(statement);
    await grantKind.execute(change, world.context);
    expect(await grantKind.check(change, world.context)).toMatchObject({ ok: true });
    await grantKind.undo(change, world.context);
    expect(await grantKind.checkUndone(change, world.context)).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<Grant>, string, RegExp]>([
    ['everybody', { role: 'public' }, '', /one ordinary role by its name/],
    ['PostgreSQL\'s roles', { role: 'pg_monitor' }, '', /one ordinary role by its name/],
    ['a superuser', { role: 'postgres' }, '', /is the owner|not an ordinary role/],
    ['one that makes roles', {}, 'ALTER ROLE $app CREATEROLE', /not an ordinary role \(CREATEROLE\)/],
    ['one that passes row security', {}, 'ALTER ROLE $app BYPASSRLS', /not an ordinary role \(BYPASSRLS\)/],
    ['what the role has already', {}, 'GRANT SELECT ON orders TO $app', /has select on table public\.orders already/],
    ['what may be passed on', {}, 'GRANT SELECT ON orders TO $app WITH GRANT OPTION', /may pass select .* on to others/],
    ['rights on columns', {}, 'GRANT SELECT (id) ON orders TO $app', /rights on single columns/],
    ['a privilege that it has not', { object: 'sequence', name: 'numbers', privileges: ['delete'] }, '', /A sequence has no privilege delete/],
    ['usage of a table', { privileges: ['usage'] }, '', /A table has no privilege usage/],
    ['a table that is a sequence', { name: 'numbers' }, '', /is not a table/],
    ['nothing by name', { name: 'order' }, '', /no table public\.order in database shop/],
    ['the catalog', { schema: 'pg_catalog', name: 'pg_authid' }, '', /no rights in schema pg_catalog/],
    ['where rows are kept', { schema: 'sre_agent', name: 'rows_before' }, '', /no rights in schema sre_agent/],
    ['a schema with a name', { object: 'schema', privileges: ['usage'] }, '', /has no name beside/],
  ])('refuses %s', async (_what, part, setUp, words) => {
    if (setUp !== '') await world.admin.query(setUp.replace('$app', app.name));
    await expect(prepare(grant(part))).rejects.toThrow(words);
  });

  test('refuses to take what was never granted', async () => {
    await expect(revokeKind.prepare({ ...grant(), kind: 'postgres.revoke' }, world.context)).rejects.toThrow(/has not been granted select/);
  });

  test('changes no rights of its own roles, nor of what it belongs to', async () => {
    const writer = await makeRole(world, 'writer');
    const owner = await makeRole(world, 'owner');
    await world.admin.query(`ALTER TABLE orders OWNER TO ${owner.name}; GRANT ${owner.name} TO ${writer.name}`);
    const readAs = { ...writer.context, targets: { ...writer.context.targets, databases: writer.context.targets.databases.map((one) => ({ ...one, read: { variable: 'R', reveal: () => app.url } })) } };
    await expect(grantKind.prepare(grant(), readAs)).rejects.toThrow(/sre-agent's own/);
    await expect(grantKind.prepare(grant({ role: writer.name }), writer.context)).rejects.toThrow(/sre-agent's own/);
    await expect(grantKind.prepare(grant({ role: owner.name }), writer.context)).rejects.toThrow(/is the owner/);
    await world.admin.query(`GRANT ${app.name} TO ${writer.name}`);
    await expect(grantKind.prepare(grant(), writer.context)).rejects.toThrow(/that its write role belongs to/);
    await world.admin.query(`REVOKE ${app.name} FROM ${writer.name}`);
    await expect(grantKind.prepare(grant(), writer.context)).resolves.toMatchObject({ undo: { kind: 'automatic' } });
    await world.admin.query(`REVOKE ${owner.name} FROM ${writer.name}`);
    await expect(grantKind.prepare(grant(), writer.context)).rejects.toThrow(new RegExp(`grant it membership in its owner, ${owner.name}`));
    await world.admin.query('ALTER TABLE orders OWNER TO CURRENT_USER');
    await writer.drop();
    await owner.drop();
  });

  test('somebody who changes the rights in the middle is not written over', async () => {
    const change = await prepare(grant());
    const other = await world.client();
    await other.query(`BEGIN; GRANT INSERT ON orders TO ${app.name}`);
    const running = grantKind.execute(change, world.context).catch((error: unknown) => error);
    await expect.poll(async () => (await world.admin.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'sre-agent C1'")).rowCount, { timeout: 30_000 }).toBe(1);
    await other.query('COMMIT');
    expect(await running).toMatchObject({ effect: 'none' });
    expect((await world.admin.query(`SELECT has_table_privilege('${app.name}', 'orders', 'SELECT') AS may`)).rows).toEqual([{ may: false }]);
  });
});
