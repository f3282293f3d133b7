import { expect, test } from 'vitest';
import type { DatabaseReading } from '../../../src/rules/readings.ts';
import { readState } from '../../../src/tools/readings/database-state.ts';
import { rightsOf } from '../../../src/tools/readings/statement-rights.ts';
import { evidence } from '../../rules/readings-support.ts';

const tables = [{ schema: 'public', table: 'orders' }, { schema: 'public', table: 'items' }, { schema: 'old', table: 'items' }];

test.each([
  ['INSERT INTO orders (a) VALUES ($1)', ['INSERT orders']],
  ['INSERT INTO orders (a) VALUES ($1) RETURNING id', ['INSERT orders', 'SELECT orders']],
  ['INSERT INTO orders (id, a) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET a = $2', ['INSERT orders', 'SELECT orders', 'UPDATE orders']],
  ['UPDATE orders SET a = $1', ['UPDATE orders']],
  ['UPDATE orders SET a = $1 WHERE id = $2', ['SELECT orders', 'UPDATE orders']],
  ['DELETE FROM public.orders WHERE id = $1', ['DELETE orders', 'SELECT orders']],
  ['SELECT * FROM orders FOR UPDATE SKIP LOCKED', ['SELECT orders', 'UPDATE orders']],
  ['WITH new AS (INSERT INTO orders VALUES ($1) RETURNING id) SELECT * FROM new', ['INSERT orders', 'SELECT orders']],
  ['WITH orders AS (SELECT 1) SELECT * FROM orders', []],
  ['SELECT * FROM items', []],
  ['SELECT * FROM nobody_knows', []],
  ['SELECT 1; DELETE FROM orders', []],
  ['SELEC 1', []],
])('%s', async (query, expected) => {
  expect((await rightsOf(query, tables)).map(({ privilege, table }) => `${privilege} ${table}`).sort()).toEqual(expected);
});

test('a right that statements needed and that is gone is told with how often they ran', async () => {
  const reading: DatabaseReading = { name: 'shop', unread: [] };
  const asked: unknown[] = [];
  await readState(reading, {
    rowsOf: async <R>(text: string, values?: readonly unknown[]): Promise<R[]> => {
      const answers: [RegExp, unknown[]][] = [
        [/pg_stat_statements/, [{ role: 'app', query: 'INSERT INTO orders (a) VALUES ($1) RETURNING id', calls: 40 }, { role: 'app', query: 'SELECT a FROM orders WHERE id = $1', calls: 60 }]],
        [/unnest\(\$1/, [{ role: 'app', schema: 'public', name: 'orders', privilege: 'select' }]],
        [/relispartition/, [{ schema: 'public', name: 'orders', kind: 'table', columns: ['id', 'a'], constraints: [] }]],
      ];
      if (values !== undefined) asked.push(values);
      return (answers.find(([pattern]) => pattern.test(text))?.[1] ?? []) as R[];
    },
    keep: (_tool, _statement, output) => Promise.resolve(evidence(output)),
    part: (_what, read) => read(),
  }, 'public');
  expect(asked).toEqual([[['app', 'app'], ['public', 'public'], ['orders', 'orders'], ['INSERT', 'SELECT']]]);
  expect(reading.lackingRights?.value).toEqual([{ role: 'app', object: 'table', schema: 'public', name: 'orders', privileges: ['select'], because: 'used before', calls: 100 }]);
  expect(reading.writers?.value).toEqual([{ role: 'app', calls: 40 }]);
  expect(reading.lackingRights?.evidence.text).toContain('used before: 100 calls');
});
