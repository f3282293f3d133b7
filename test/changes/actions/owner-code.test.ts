/** Whoever owns a table can hang code on it that PostgreSQL runs as whoever touches the table. That would be us, with more rights than theirs. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ChangeOf } from '../../../src/changes/actions/kind.ts';
import { resetSequenceKind } from '../../../src/changes/actions/reset-sequence/reset-sequence.ts';
import { rowsKind } from '../../../src/changes/actions/rows/rows.ts';
import { validateConstraintKind } from '../../../src/changes/actions/validate-constraint/validate-constraint.ts';
import { changeFrom } from '../../support/changes.ts';
import { statementsOf } from '../../support/deploy.ts';
import type { DatabaseWorld } from './database-world.ts';
import { makeRole, sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
const validate: ActionOf<'postgres.validate_constraint'> = { kind: 'postgres.validate_constraint', target: 'shop', schema: 'app', table: 'items', constraint: 'sane' };
const rows: ActionOf<'postgres.rows'> = { kind: 'postgres.rows', target: 'shop', schema: 'app', table: 'items', operation: 'update', where: [{ column: 'id', operator: '=', value: 7 }], set: { name: 'x' }, expected_rows: 1 };
const reset: ActionOf<'postgres.reset_sequence'> = { kind: 'postgres.reset_sequence', target: 'shop', schema: 'app', table: 'items', column: 'id' };

let world: DatabaseWorld;
let app: Awaited<ReturnType<typeof makeRole>>;
const dropping: (() => Promise<void>)[] = [];

/** Harmless for its owner, which made it. */
const trap = (name: string): string => `
  CREATE SCHEMA app AUTHORIZATION ${name}; SET ROLE ${name}; SET search_path = app;
  CREATE FUNCTION app.trap(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN IF current_user <> '${name}' THEN RAISE EXCEPTION 'the trap ran as %', current_user; END IF; RETURN n; END $$;
  CREATE TABLE app.items (id serial PRIMARY KEY, name text, n int DEFAULT app.trap(1));
  INSERT INTO app.items (id) SELECT generate_series(1, 40)`;

beforeEach(async () => {
  world = await openDatabaseWorld();
  app = await makeRole(world, 'app');
  await world.admin.query(statementsOf('postgres/write-rows.sql', { role: 'postgres' }));
  await world.admin.query(trap(app.name));
});
afterEach(async () => {
  await world.admin.query('RESET ROLE');
  for (const drop of [...dropping.splice(0), app.drop]) await drop();
  await world.close();
});

const domain = 'CREATE DOMAIN app.small AS int CHECK (app.trap(VALUE) < 1000)';

describe('code of the owner', () => {
  test.each<[string, string]>([
    ['a function', 'ALTER TABLE items ADD CONSTRAINT sane CHECK (trap(id) > 0) NOT VALID'],
    ['an operator', 'CREATE FUNCTION app.never(a int, b int) RETURNS bool IMMUTABLE LANGUAGE sql AS $$ SELECT app.trap(a) <> b $$; CREATE OPERATOR app.<<< (leftarg = int, rightarg = int, function = app.never); ALTER TABLE items ADD CONSTRAINT sane CHECK (id OPERATOR(app.<<<) 0) NOT VALID'],
    ['a domain', `${domain}; ALTER TABLE items ADD CONSTRAINT sane CHECK (CAST(id AS app.small) > 0) NOT VALID`],
    ['an index of the table that a foreign key names', 'CREATE TABLE app.parents (id int PRIMARY KEY); INSERT INTO parents SELECT generate_series(1, 40); CREATE INDEX ON parents ((id + trap(1))); ALTER TABLE items ADD CONSTRAINT sane FOREIGN KEY (id) REFERENCES parents NOT VALID'],
  ])('a constraint that runs %s is not validated', async (_what, setUp) => {
    await world.admin.query(setUp);
    await expect(validateConstraintKind.prepare(validate, world.context)).rejects.toThrow(/app\.(trap|never).*sre-agent's rights/);
  });

  test('nor when it was put there after the approval', async () => {
    await world.admin.query(`${domain}; ALTER TABLE items ADD CONSTRAINT sane CHECK (id > 0) NOT VALID`);
    const change = changeFrom(validate, await validateConstraintKind.prepare(validate, world.context)) as ChangeOf<typeof validate>;
    await world.admin.query('CREATE INDEX ON items ((id + trap(1)))');
    await expect(validateConstraintKind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringMatching(/app\.trap/) });
  });

  test("a constraint that runs what a superuser made is validated: it is nobody's trap", async () => {
    await world.admin.query("RESET ROLE; CREATE FUNCTION public.fine(n int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT n > 0'; ALTER TABLE app.items ADD CONSTRAINT sane CHECK (public.fine(id)) NOT VALID");
    const change = changeFrom(validate, await validateConstraintKind.prepare(validate, world.context)) as ChangeOf<typeof validate>;
    await validateConstraintKind.execute(change, world.context);
    expect(await validateConstraintKind.check(change, world.context)).toMatchObject({ ok: true });
  });

  test.each<[string, string]>([
    ['a check', 'ALTER TABLE items ADD CHECK (trap(id) > 0) NOT VALID'],
    ['an index', 'CREATE INDEX ON items (trap(id))'],
    ['an index whose plan alone runs it', 'CREATE INDEX ON items ((id + trap(1)))'],
    ['the condition of an index', 'CREATE INDEX ON items (id) WHERE trap(id) > 0'],
    ['statistics', 'CREATE STATISTICS app.s ON (trap(1) + id), name FROM items'],
    ['a generated column', 'ALTER TABLE items ADD g int GENERATED ALWAYS AS (trap(id)) STORED'],
    ['the type of a column', `${domain}; ALTER TABLE items ALTER n DROP DEFAULT, ALTER n TYPE app.small`],
    ['a type within the type of a column', `${domain}; CREATE TYPE app.pair AS (a int, b app.small[]); ALTER TABLE items ADD p app.pair`],
    ['the bounds of its partition', 'ALTER TABLE items RENAME TO other; CREATE TABLE app.whole (id int NOT NULL, name text) PARTITION BY LIST (trap(id)); CREATE TABLE app.items PARTITION OF app.whole FOR VALUES IN (7); ALTER TABLE items ADD PRIMARY KEY (id); INSERT INTO items VALUES (7)'],
  ])('no rows are changed in a table that runs it by %s', async (_what, setUp) => {
    await world.admin.query(setUp);
    await expect(rowsKind.prepare(rows, world.context)).rejects.toThrow(/app\.trap.*sre-agent's rights/);
  });

  test('rows are changed where only a default runs it, which nobody asks for', async () => {
    expect((await rowsKind.prepare(rows, world.context)).preview).toMatch(/^1 row of app\.items/);
  });

  test('no rows are changed or put back when it came after the approval', async () => {
    const change = changeFrom(rows, await rowsKind.prepare(rows, world.context)) as ChangeOf<typeof rows>;
    await world.admin.query('ALTER TABLE items ADD CONSTRAINT late CHECK (trap(id) > 0) NOT VALID');
    await expect(rowsKind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringMatching(/app\.trap/) });
    await world.admin.query('ALTER TABLE items DROP CONSTRAINT late');
    const done = { ...change, ...(await rowsKind.execute(change, world.context)) };
    await world.admin.query('ALTER TABLE items ADD CONSTRAINT late CHECK (trap(id) > 0) NOT VALID');
    await expect(rowsKind.undo(done, world.context)).rejects.toThrow(/app\.trap/);
  });

  test('what was before is kept only where no application could have set a trap', async () => {
    await world.admin.query(`RESET ROLE; ALTER SCHEMA sre_agent OWNER TO ${app.name}; ALTER TABLE sre_agent.rows_before OWNER TO ${app.name}`);
    await expect(rowsKind.prepare(rows, world.context)).rejects.toThrow(/sre_agent.*belongs to app_/);
  });

  test('no sequence is brought up by way of an index that runs it', async () => {
    await world.admin.query('CREATE INDEX ON items ((id + trap(1)))');
    await expect(resetSequenceKind.prepare(reset, world.context)).rejects.toThrow(/app\.trap.*sre-agent's rights/);
  });

  test('nor past row security', async () => {
    await world.admin.query('RESET ROLE');
    const writer = await makeRole(world, 'writer');
    dropping.push(writer.drop);
    await world.admin.query(`GRANT ${app.name} TO ${writer.name}; ALTER TABLE app.items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON app.items USING (app.trap(id) > 0)`);
    await expect(resetSequenceKind.prepare(reset, writer.context)).rejects.toThrow(/row security/);
  });
});
