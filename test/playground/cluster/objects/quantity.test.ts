import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { addQuantities, canonicalQuantity, compareQuantities, formatQuantity, parseQuantity, quantityMillis, quantityValue, subtractQuantities } from '../../../../playground/cluster/objects/quantity.ts';

it.each([
  ['1000m', '1'], ['1024Mi', '1Gi'], [0.5, '500m'], ['1.5Gi', '1536Mi'], ['2e3', '2e3'], ['0.5Gi', '512Mi'], ['512', '512'], ['100k', '100k'], ['1500', '1500'], ['1.1n', '2n'], ['0', '0'], ['0Mi', '0'],
  ['1E', '1E'], ['1000Gi', '1000Gi'], ['1000G', '1T'], ['100Ki', '100Ki'], ['-250m', '-250m'], ['1.0', '1'], ['.5', '500m'],
])('writes %s as %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));

it.each(['', 'x', '1x', '1 Gi', '1kk', '--1', '.', 'E', '1.2.3', '1e'])('takes %j for no quantity', (text) => {
  expect(canonicalQuantity(text)).toBeUndefined();
  expect(parseQuantity(text)).toBeUndefined();
});

const quantity = fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi')).map(([number, suffix]) => `${number}${suffix}`);

it('keeps the amount when it makes it canonical, and canonical stays canonical', () => {
  fc.assert(fc.property(quantity, (text) => {
    const canonical = canonicalQuantity(text) ?? '';
    expect(parseQuantity(canonical)).toBe(parseQuantity(text));
    expect(canonicalQuantity(canonical)).toBe(canonical);
  }));
});

it('adds and takes away exactly', () => {
  fc.assert(fc.property(quantity, quantity, (first, second) => {
    const sum = addQuantities(first, second);
    expect(compareQuantities(sum, addQuantities(second, first))).toBe(0);
    expect(compareQuantities(subtractQuantities(sum, second), first)).toBe(0);
    expect(Math.sign(compareQuantities(first, second))).toBe(Math.sign(quantityMillis(first) - quantityMillis(second)));
  }));
});

it('counts in thousandths and in whole units', () => {
  expect([quantityMillis('10m'), quantityMillis('0.0001'), quantityValue('2Gi'), quantityValue(undefined), formatQuantity(1_500_000n, 'decimal')]).toEqual([10, 1, 2_147_483_648, 0, '1500']);
});
