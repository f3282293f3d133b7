import { expect, test } from 'vitest';
import { withMetadataWaits } from '../../../src/tools/mysql/metadata-locks.ts';
import type { Process } from '../../../src/tools/mysql/processes.ts';

const process = (id: number, part: Partial<Process> = {}): Process => ({ id, user: 'app', host: 'h', database: 'shop', command: 'Sleep', seconds: 1, state: '', queryId: null, statement: '', query: '', transaction: null, blockedBy: [], ...part });
const open = (seconds: number): Process['transaction'] => ({ id: '1', started: '', seconds, rowsModified: 0 });
const change = process(5, { command: 'Query', seconds: 30, state: 'Waiting for table metadata lock', query: 'ALTER TABLE orders ADD COLUMN more int' });
const late = process(6, { command: 'Query', seconds: 10, state: 'Waiting for table metadata lock' });
const blockers = (...all: Process[]) => Object.fromEntries(withMetadataWaits(all, 99).map(({ id, blockedBy }) => [id, blockedBy]));

test('the one transaction that was open before is what the change waits for, and the change is what the rest waits for', () => {
  expect(blockers(process(1, { transaction: open(300) }), process(2), change, late)).toEqual({ 1: [], 2: [], 5: [1], 6: [5] });
});

test('a reader with a smaller id that began to wait in the same second waits for the change as well', () => {
  expect(blockers(process(1, { transaction: open(31) }), process(3, { ...late, id: 3, seconds: 30 }), change)).toEqual({ 1: [], 3: [5], 5: [1] });
});

test.each([
  ['two transactions', [process(1, { transaction: open(300) }), process(2, { transaction: open(60) })]],
  ['a transaction and a statement that runs as long', [process(1, { transaction: open(300) }), process(2, { command: 'Query', seconds: 90 })]],
  ['a transaction that began later', [process(1, { transaction: open(5) })]],
  ['a transaction in another database', [process(1, { transaction: open(300), database: 'other' })]],
  ['our own', [process(99, { transaction: open(300) })]],
])('%s: nobody is named', (_case, others) => {
  expect(blockers(...others, change, late)).toMatchObject({ 5: [], 6: [5] });
});
