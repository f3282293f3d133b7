import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionOf } from '../../../src/changes/action.ts';
import type { ActionKind, ChangeOf } from '../../../src/changes/actions/kind.ts';
import { validateConstraintKind as kind } from '../../../src/changes/actions/validate-constraint/validate-constraint.ts';
import { describeActionKind } from '../../contracts/action-kind.ts';
import { changeFrom } from '../../support/changes.ts';
import type { DatabaseWorld } from './database-world.ts';
import { sharedDatabase } from './database-world.ts';

const openDatabaseWorld = sharedDatabase();
type Action = ActionOf<'postgres.validate_constraint'>;
const action: Action = { kind: 'postgres.validate_constraint', target: 'shop', schema: 'public', table: 'orders', constraint: 'sane' };

describeActionKind(kind as ActionKind, async () => {
  const world = await openDatabaseWorld();
  await world.admin.query('ALTER TABLE orders ADD CONSTRAINT sane CHECK (customer_id >= 0) NOT VALID');
  return {
    context: world.context,
    action,
    impossibleAction: { ...action, constraint: 'insane' },
    snapshot: async () => (await world.admin.query("SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = 'orders'::regclass ORDER BY 1")).rows,
    sent: world.tap.sent,
    move: async () => void (await world.admin.query('ALTER TABLE orders DROP CONSTRAINT sane, ADD CONSTRAINT sane CHECK (customer_id >= 1) NOT VALID')),
    moveAfter: () => Promise.resolve(),
    close: world.close,
  };
});

describe('postgres.validate_constraint', () => {
  let world: DatabaseWorld;
  beforeEach(async () => { world = await openDatabaseWorld(); });
  afterEach(() => world.close());

  test('a row that does not fit: nothing is changed', async () => {
    await world.admin.query('ALTER TABLE orders ADD CONSTRAINT sane CHECK (customer_id > 0) NOT VALID');
    const change = changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;
    await expect(kind.execute(change, world.context)).rejects.toMatchObject({ effect: 'none', message: expect.stringContaining('23514') });
    expect(await kind.check(change, world.context)).toMatchObject({ ok: false });
  });

  test('a foreign key', async () => {
    await world.admin.query('CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers SELECT generate_series(0, 99); ALTER TABLE orders ADD CONSTRAINT sane FOREIGN KEY (customer_id) REFERENCES customers NOT VALID');
    const change = changeFrom(action, await kind.prepare(action, world.context)) as ChangeOf<Action>;
    expect(change.preview).toMatch(/^sane on public\.orders: FOREIGN KEY \(customer_id\) REFERENCES public\.customers\(id\) NOT VALID/);
    await kind.execute(change, world.context);
    expect(await kind.check(change, world.context)).toMatchObject({ ok: true });
    await expect(kind.prepare(action, world.context)).rejects.toThrow(/validated already/);
  });

  test('a primary key is always validated', async () => {
    await expect(kind.prepare({ ...action, constraint: 'orders_pkey' }, world.context)).rejects.toThrow(/neither a check nor a foreign key/);
  });
});
