/** The table of changes under faults: what was measured goes into its rows, and nothing else moves. */
import { expect, test } from 'vitest';
import { cellWords, merge, parseTable, report } from '../../bench/changes/table.ts';
import type { Fault } from '../support/faults/cell.ts';
import { runsOf } from '../support/faults/database-proxy.ts';

const row = (...cells: [Fault, string][]): Map<Fault, string> => new Map(cells);
const kinds = ['a.one', 'a.two', 'a.three'];

test('a report is read as it was written', () => {
  const table = merge(merge(new Map(), 'a.one', row(['none', 'done 1'], ['drift', 'stale 0']), '2026-01-01'), 'a.two', row(['none', '–']), '2026-01-02');
  expect(parseTable(report(kinds, table))).toEqual(table);
  expect(report(kinds, parseTable(report(kinds, table)))).toBe(report(kinds, table));
});

test('a new run replaces its own cells alone, and its row says when', () => {
  const before = merge(merge(new Map(), 'a.one', row(['none', 'done 1'], ['drift', 'done 1']), '2026-01-01'), 'a.two', row(['none', 'done 1']), '2026-01-01');
  const after = merge(before, 'a.one', row(['drift', 'stale 0']), '2026-01-05');
  expect(after.get('a.one')).toEqual({ cells: row(['none', 'done 1'], ['drift', 'stale 0']), measured: '2026-01-01; drift: 2026-01-05' });
  expect(after.get('a.two')).toEqual(before.get('a.two'));
  expect(merge(after, 'a.one', row(['none', 'done 1'], ['drift', 'stale 0']), '2026-01-06').get('a.one')?.measured).toBe('2026-01-06');
});

test('its numbers are counted from its cells', () => {
  const cells = row(['none', 'done 1'], ['drift', 'stale 0'], ['lock held', '–'], ['no data', '?'], ['answer lost', cellWords({ state: 'done', runs: 2, reason: '' })]);
  const text = report(kinds, merge(new Map(), 'a.one', cells, '2026-01-01'));
  expect(text).toContain('3 cells: 2 done, 1 stale. Commands that ran twice: 1. Cells that could not be tried: 1. Not measured: 8.');
  expect(text).toContain('Kinds without a row; their own tests hold them to the contract of action kinds: a.two, a.three.');
});

test.each<[string, string[], number]>([
  ['committed', ['BEGIN ISOLATION LEVEL X\0LOCK t\0UPDATE t\0COMMIT'], 1],
  ['rolled back', ['BEGIN\0UPDATE t\0ROLLBACK'], 0],
  ['rolled back, then committed', ['BEGIN\0UPDATE t\0ROLLBACK\0BEGIN\0UPDATE t\0COMMIT'], 1],
  ['committed, then rehearsed', ['BEGIN\0UPDATE t\0COMMIT\0BEGIN\0UPDATE t\0ROLLBACK'], 1],
  ['never committed', ['BEGIN\0UPDATE t'], 0],
  ['outside of a transaction', ['BEGIN\0x\0ROLLBACK\0UPDATE t'], 1],
  ['explained', ['EXPLAIN (COSTS OFF) UPDATE t\0'], 0],
  ['twice, on two connections', ['START TRANSACTION\0UPDATE t\0COMMIT', 'UPDATE t'], 2],
])('a statement that was %s', (_what, sent, runs) => {
  expect(runsOf(sent, ['BEGIN ISOLATION LEVEL X', 'LOCK t', 'UPDATE t', 'COMMIT'])).toBe(runs);
});
