import { expect, test } from 'vitest';
import type { Preview } from '../../src/changes/actions/kind.ts';
import { moved } from '../../src/changes/actions/moved.ts';
import { changeFrom } from '../support/changes.ts';

const preview = (value: string): Preview => ({
  command: ['POST /x'], preview: '', resolved: { value }, undo: { kind: 'impossible', command: [], description: 'No way back.' }, checks: [], blastRadius: '', facts: { online: true, reversible: false },
});
const change = (value: string) => changeFrom({ kind: 'http.operation', operation: 'x', parameters: {} }, preview(value));

test('hashes are not held against each other in front of a person', () => {
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
  expect(moved(change(one), preview(one))).toBeUndefined();
  expect(moved(change(one), preview(other))).toBe('value is not what it was when this was approved');
  expect(moved(change(one), preview('soon'))).toMatch(/and is soon now$/);
});

test('what moved far into a long value is drift too', () => {
  const long = 'x'.repeat(500);
  expect(moved(change(long), preview(long))).toBeUndefined();
  expect(moved(change(`${long}a`), preview(`${long}b`))).toMatch(/^value was x+… when this was approved and is x+… now$/);
});
