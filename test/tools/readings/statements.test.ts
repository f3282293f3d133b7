import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterColumns, filterOfTree, scansOfPlan } from '../../../src/tools/readings/plan-scans.ts';
import { explainable } from '../../../src/tools/readings/statements.ts';
import { withoutLiterals } from '../../../src/tools/sql/without-literals.ts';

const tables = [{ schema: 'public', table: 'orders' }, { schema: 'audit', table: 'orders' }, { schema: 'audit', table: 'événements' }];

describe('statement texts', () => {
  test('lose their literals, whether they parse or not', async () => {
    expect(await withoutLiterals("SELECT *\n FROM orders WHERE email = 'a@b.c' AND n = 42")).toBe('SELECT * FROM orders WHERE email = $1 AND n = $2');
    for (const text of ["SELEC broken 'secret", "SELECT 'secret", "COPY t FROM stdin 'secret' 4711", 'SELEC 1.4711e3, 4711e2', 'SELECT $a$secret$a$ FROM']) {
      expect(await withoutLiterals(text)).not.toMatch(/secret|4711/);
    }
  });

  test('never throw and never span lines', async () => {
    await fc.assert(fc.asyncProperty(fc.string(), async (text) => {
      expect(await withoutLiterals(text)).not.toContain('\n');
      await explainable(text, tables);
    }), { numRuns: 200 });
  });

  test('get the schema of their known tables, but not common table expressions, aliases or texts', async () => {
    const text = async (query: string) => (await explainable(query, tables))?.text;
    expect(await text('SELECT * FROM orders o JOIN orders p ON p.id = o.id WHERE o.note = $1;')).toBe('SELECT * FROM "public".orders o JOIN "public".orders p ON p.id = o.id WHERE o.note = $1');
    expect(await text('WITH orders AS (SELECT 1 AS id) SELECT * FROM orders')).toBe('WITH orders AS (SELECT 1 AS id) SELECT * FROM orders');
    expect(await text('UPDATE orders SET note = $1 WHERE id = $2')).toBe('UPDATE "public".orders SET note = $1 WHERE id = $2');
    expect(await text("SELECT 'é' AS é FROM événements, audit.orders")).toBe('SELECT \'é\' AS é FROM "audit".événements, audit.orders');
  });

  test.each(['SELECT 1; DROP TABLE orders', 'DROP TABLE orders', 'EXPLAIN ANALYZE DELETE FROM orders', 'SELECT * INTO t FROM orders', 'COPY orders TO PROGRAM $$sh$$', 'VACUUM', '', '-- nothing', 'BEGIN', 'SELECT'])('%s is not explained, or is harmless', async (query) => {
    const found = await explainable(query, tables);
    expect(found === undefined || query === 'SELECT').toBe(true);
  });
});

describe('filters of a plan', () => {
  // Written by PostgreSQL 18.
  test.each<[string, string[]]>([
    ['(orders.customer_id = $1)', ['customer_id']],
    ['((orders.status)::text = ($1)::text)', ['status']],
    ["((o.created_at > (now() - '1 day'::interval)) AND (o.customer_id = $1))", ['customer_id', 'created_at']],
    ['(orders.status = ANY ($1))', ['status']],
    ['("Orders"."userId" = $1)', ['userId']],
    ['(customer_id = 42)', ['customer_id']],
    ['(lower(orders.email) = $1)', []],
    ['((a = $1) OR (b = $2))', []],
    ["((orders.note)::text <> 'a = (b = c)'::text)", []],
    ['(orders.total_cents >= $1)', ['total_cents']],
    ['((a > 1) AND (b < 2))', ['a']],
  ])('%s', (filter, columns) => {
    expect(filterColumns(filter)).toEqual(columns);
  });

  test('are found wherever the scan is; a parallel scan\'s rows count for all workers', () => {
    const scan = { 'Node Type': 'Seq Scan', 'Parallel Aware': true, 'Relation Name': 'orders', Schema: 'public', 'Plan Rows': 8, Filter: '(orders.customer_id = $1)' };
    const plan = [{ Plan: { 'Node Type': 'Aggregate', Plans: [{ 'Node Type': 'Gather', 'Workers Planned': 2, Plans: [scan, { 'Node Type': 'Seq Scan', 'Relation Name': 'small', Schema: 'public', 'Plan Rows': 3 }] }] } }];
    expect(scansOfPlan(plan)).toEqual([{ schema: 'public', table: 'orders', columns: ['customer_id'], estimatedRows: 24 }]);
    fc.assert(fc.property(fc.jsonValue(), (value) => void scansOfPlan(value)));
  });

  test('are read from the text of one table\'s statement when no plan can be had', async () => {
    const read = async (query: string) => {
      const statement = await explainable(query, tables);
      return statement === undefined ? undefined : filterOfTree(statement, tables);
    };
    expect(await read('UPDATE orders SET note = $1 WHERE customer_id = $2 AND status = $3')).toEqual({ schema: 'public', table: 'orders', columns: ['customer_id', 'status'] });
    expect(await read('DELETE FROM audit.orders WHERE id = 4')).toEqual({ schema: 'audit', table: 'orders', columns: ['id'] });
    expect(await read('SELECT * FROM orders a, orders b WHERE a.id = $1')).toBeUndefined();
    expect(await read('SELECT * FROM orders WHERE a = $1 OR b = $2')).toBeUndefined();
    expect(await read('INSERT INTO orders VALUES ($1)')).toBeUndefined();
  });
});
