import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/changes/canonical-json.ts';
import { transitions, changeStates } from '../../src/changes/change.ts';
import type { Change } from '../../src/changes/change.ts';
import { digestOf, sameDigest, verifyDigest } from '../../src/changes/digest.ts';
import { changeFrom } from '../support/changes.ts';

const json = fc.jsonValue();
const preparedChange = fc.record({
  command: fc.array(fc.string(), { minLength: 1 }), preview: fc.string(), description: fc.string(), revision: fc.string(), rows: fc.nat(), more: fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'), json),
}).map(({ command, preview, description, revision, rows, more }) => {
  const change = changeFrom(
    { kind: 'http.operation', operation: 'restart', parameters: { service: 'checkout' } },
    { command, equivalent: description, preview, resolved: { revision, more }, undo: { kind: 'automatic', command: [], description }, checks: ['it answers'], blastRadius: 'one', facts: { online: true, reversible: true, tableRows: rows } },
  );
  return { ...change, digest: digestOf(change) };
});

test('any field that was shown or that runs changes the digest', () => {
  const fields = ['id', 'incidentId', 'action', 'title', 'rationale', 'lockKey', 'findings', 'findingKeys', 'proposedBy', 'command', 'equivalent', 'preview', 'resolved', 'undo', 'verification', 'blastRadius', 'facts', 'risk', 'policy', 'expiresAt'] as const;
  const change = changeFrom({ kind: 'http.operation', operation: 'restart', parameters: {} }, { command: [], equivalent: '', preview: '', resolved: {}, undo: { kind: 'automatic', command: [], description: '' }, checks: [], blastRadius: '', facts: { online: true, reversible: true } });
  const { state: _state, digest: _digest, createdAt: _createdAt, written: _written, ...bound } = change;
  expect(Object.keys(bound).sort()).toEqual([...fields].sort());
  fc.assert(
    fc.property(preparedChange, fc.constantFrom(...fields), json, (before, field, value) => {
      fc.pre(canonicalJson(before[field]) !== canonicalJson(value) && (field !== 'preview' || typeof value === 'string'));
      const altered = { ...before, [field]: value } as Change;
      expect(verifyDigest(before)).toBe(true);
      expect(verifyDigest(altered)).toBe(false);
    }),
  );
});

test('the order of keys and a way through JSON do not change it; what happens later does not either', () => {
  const reversed = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(reversed)
      : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)])) : value;
  fc.assert(
    fc.property(preparedChange, fc.constantFrom(...changeStates), (change, state) => {
      expect(digestOf(reversed(change) as Change)).toBe(change.digest);
      expect(digestOf(JSON.parse(JSON.stringify(change)) as Change)).toBe(change.digest);
      expect(verifyDigest({ ...change, state, written: { index: 4711 } })).toBe(true);
    }),
  );
});

test('what is joined elsewhere stays apart here', () => {
  expect(canonicalJson(['a b', 'c'])).not.toBe(canonicalJson(['a', 'b c']));
  expect(canonicalJson({ b: 1, a: [undefined, 2].slice(1), c: undefined })).toBe('{"a":[2],"b":1}');
});

test('what JSON can not say has no canonical form', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, 1n, circle, [undefined], new Date(0), new Map()]) expect(() => canonicalJson(value)).toThrow(TypeError);
});

test('only two equal full digests are the same', () => {
  const digest = 'a'.repeat(64);
  expect(sameDigest(digest, digest)).toBe(true);
  for (const other of ['', 'a'.repeat(63), 'A'.repeat(64), `${digest}\n`, 'b'.repeat(64)]) expect(sameDigest(digest, other)).toBe(false);
  expect(sameDigest('', '')).toBe(false);
});

test('every state is reachable, and final ones lead nowhere', () => {
  const reached = new Set(['drafted']);
  for (const _ of changeStates) for (const from of changeStates) if (reached.has(from)) for (const to of transitions[from]) reached.add(to);
  expect([...reached].sort()).toEqual([...changeStates].sort());
  for (const state of ['done', 'undone', 'failed', 'unknown', 'stale', 'rejected', 'expired', 'superseded', 'refused'] as const) expect(transitions[state]).toEqual([]);
});
