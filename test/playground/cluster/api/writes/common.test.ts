import { isDeepStrictEqual } from 'node:util';
import { assert, jsonValue, property } from 'fast-check';
import { expect, test } from 'vitest';
import { sameContent } from '../../../../../playground/cluster/api/writes/common.ts';
import type { StoredObject } from '../../../../../playground/cluster/objects/object.ts';

const object = (spec: unknown, metadata: object = {}): StoredObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', ...metadata }, spec }) as unknown as StoredObject;
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify({ value })) as unknown;

test('two objects are the same when they travel as the same JSON', () => {
  const value = jsonValue({ maxDepth: 4 }).filter((one) => !JSON.stringify(one).includes('-0'));
  assert(property(value, value, (one, other) => {
    expect(sameContent(object(one), object(other))).toBe(isDeepStrictEqual(parsed(one), parsed(other)));
  }));
  assert(property(value, (one) => {
    expect(sameContent(object(one), object(structuredClone(one)))).toBe(true);
  }));
});

test.each([
  [{ a: 1, b: undefined }, { a: 1 }, true],
  [{ a: 1, b: undefined }, { a: 1, c: undefined }, true],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: undefined }, { b: 1 }, false],
  [{ a: null }, {}, false],
  [{ a: [] }, { a: {} }, false],
  [{ a: [1, 2] }, { a: [2, 1] }, false],
  [{ a: '1' }, { a: 1 }, false],
  [{ toString: 1 }, { valueOf: 1 }, false],
])('%j and %j', (one, other, same) => {
  expect(sameContent(object(one), object(other))).toBe(same);
});

test('versions and field managers are bookkeeping, labels are not', () => {
  expect(sameContent(object({}, { resourceVersion: '1', managedFields: [] }), object({}, { resourceVersion: '2' }))).toBe(true);
  expect(sameContent(object({}, { labels: { a: 'b' } }), object({}))).toBe(false);
});
