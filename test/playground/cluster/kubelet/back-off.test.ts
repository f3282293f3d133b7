import { array, assert, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { backOffRemaining, crashLimits, goDuration, nextBackOff, type BackOff } from '../../../../playground/cluster/kubelet/back-off.ts';

it('doubles from ten seconds to five minutes', () => {
  const delays: number[] = [];
  let now = 0;
  let current: BackOff | undefined;
  for (let crash = 0; crash < 8; crash += 1) {
    current = nextBackOff(current, now, crashLimits);
    delays.push(current.delay / 1_000);
    now += current.delay;
  }
  expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
});

it('starts anew after more than ten quiet minutes, and stays within its limits', () => {
  assert(property(array(integer({ min: 0, max: 2_000_000 }), { minLength: 1, maxLength: 30 }), (gaps) => {
    let now = 0;
    let current: BackOff | undefined;
    for (const gap of gaps) {
      now += gap;
      const before = current;
      current = nextBackOff(before, now, crashLimits);
      const expected = before === undefined || gap > 600_000 ? 10_000 : Math.min(300_000, before.delay * 2);
      expect(current).toEqual({ delay: expected, since: now });
      expect(backOffRemaining(current, now, now, crashLimits)).toBe(current.delay);
      expect(backOffRemaining(current, now, now + current.delay, crashLimits)).toBe(0);
    }
  }));
});

it('writes durations as Go does', () => {
  expect([10, 40, 80, 300, 3_600, 0].map((seconds) => goDuration(seconds * 1_000))).toEqual(['10s', '40s', '1m20s', '5m0s', '1h0m0s', '0s']);
});
