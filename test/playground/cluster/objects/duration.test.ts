import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { humanDuration, since } from '../../../../playground/cluster/objects/duration.ts';

const [second, minute, hour, day] = [1, 60, 3600, 86_400];

test.each([
  [0, '0s'], [119 * second, '119s'], [2 * minute, '2m'], [150 * second, '2m30s'], [10 * minute, '10m'], [17 * minute + 5, '17m'], [179 * minute, '179m'],
  [3 * hour, '3h'], [3 * hour + 5 * minute, '3h5m'], [8 * hour + 59 * minute, '8h'], [47 * hour, '47h'], [2 * day, '2d'], [2 * day + 4 * hour, '2d4h'],
  [8 * day + 3 * hour, '8d'], [10 * day, '10d'], [729 * day, '729d'], [730 * day, '2y'], [731 * day, '2y1d'], [8 * 365 * day, '8y'], [-1, '0s'], [-5, '<invalid>'],
])('%i seconds are %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));

test('never shows more time than there was, nor less than nine tenths of it', () => {
  const units: Record<string, number> = { s: second, m: minute, h: hour, d: day, y: 365 * day };
  fc.assert(fc.property(fc.integer({ min: 0, max: 20 * 365 * day }), (seconds) => {
    const read = [...humanDuration(seconds * 1000).matchAll(/(\d+)([smhdy])/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? Number.NaN), 0);
    expect(read).toBeLessThanOrEqual(seconds);
    expect(read).toBeGreaterThanOrEqual(seconds * 0.88);
  }));
});

test('what never happened has no age', () => {
  expect(since(undefined, 0)).toBe('<unknown>');
  expect(since('1970-01-01T00:00:00Z', 90_000)).toBe('90s');
});
