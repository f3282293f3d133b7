/** A small part of the matrix of docs/changes-under-faults.md: whatever goes wrong, a command runs once at most, and the state says what is known. */
import { expect, test } from 'vitest';
import type { ChangeState } from '../../src/changes/change.ts';
import type { Fault } from '../support/faults/cell.ts';
import { runCell } from '../support/faults/cell.ts';
import { httpWorlds } from '../support/faults/http-worlds.ts';
import { postgresWorlds } from '../support/faults/postgres-worlds.ts';

const worlds = { ...httpWorlds, ...postgresWorlds };

test.each<[string, Fault, ChangeState, number]>([
  ['http.operation', 'none', 'done', 1],
  ['http.operation', 'killed: after the command', 'unknown', 1],
  ['http.operation', 'drift', 'stale', 0],
  ['http.operation', 'answer lost', 'done', 1],
  ['http.operation', 'no data', 'failed', 1],
  ['http.operation', 'delivered twice', 'done', 1],
  ['http.operation', 'two executors', 'done', 1],
  ['postgres.alter_setting', 'answer lost', 'unknown', 1],
  ['postgres.alter_setting', 'drift', 'stale', 0],
  ['postgres.create_index', 'lock held', 'failed', 1],
  ['postgres.rows', 'answer lost', 'unknown', 1],
])('%s, %s: %s', async (kind, fault, state, runs) => {
  const open = worlds[kind];
  if (!open) throw new Error(`no world for ${kind}`);
  expect(await runCell(open, fault)).toMatchObject({ state, runs });
});
