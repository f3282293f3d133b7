import { expect, test } from 'vitest';
import type { ReadOnlyConnection } from '../../../src/tools/sql/connection.ts';
import { SqlReadError } from '../../../src/tools/sql/errors.ts';
import { reopening } from '../../../src/tools/sql/reopening.ts';

const options = { timeoutMilliseconds: 100 };

/** Answers `good` times, then is closed for ever. */
function opener(good: number[]) {
  const opened: number[] = [];
  return {
    opened,
    open: async (): Promise<ReadOnlyConnection> => {
      let left = good[opened.length] ?? 0;
      opened.push(left);
      return {
        query: async () => {
          left -= 1;
          if (left < 0) throw new SqlReadError('CLOSED', 'closed');
          return { rows: [], fields: [], truncated: false };
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

test('a connection that broke is opened anew for the next statement, a few times', async () => {
  const world = opener([1, 1, 1, 1]);
  const connection = await reopening(world.open);
  await connection.query('SELECT 1', [], options);
  await connection.query('SELECT 1', [], options);
  await connection.query('SELECT 1', [], options);
  await expect(connection.query('SELECT 1', [], options)).rejects.toThrow('closed');
  expect(world.opened).toHaveLength(3);
});

test('after a stop nothing is opened', async () => {
  const world = opener([0, 5]);
  const connection = await reopening(world.open);
  await expect(connection.query('SELECT 1', [], { ...options, signal: AbortSignal.abort() })).rejects.toThrow('closed');
  expect(world.opened).toHaveLength(1);
});
