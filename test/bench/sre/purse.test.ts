import { expect, it } from 'vitest';
import type { Attempt } from '../../../bench/sre/contestants/contestant.ts';
import { createPurse, paidFor } from '../../../bench/sre/schedule/purse.ts';

const cost = (dollars: number | null): { attempt: Attempt } => ({
  attempt: { changes: [], times: {}, models: { orchestrator: { model: 'm', calls: 1, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, dollars, peakContext: 0 } }, steps: 0, evidence: { quotes: 0, unsupported: 0 }, said: [], played: 'live', notes: [] },
});
const never = () => { throw new Error('refused'); };

it('gives shares, takes back what was not spent, and refuses when nothing is left', async () => {
  const purse = createPurse(4);
  const shares: number[] = [];
  const run = (spent: number | null) => purse.pay<{ attempt: Attempt } | undefined>(3, async (share) => (shares.push(share), cost(spent)), () => undefined);
  await Promise.all([run(1), run(0.5)]); // side by side: the second can't have what the first may spend
  expect(shares).toEqual([3, 1]);
  expect(purse.left()).toBeCloseTo(2.5);
  await run(null); // who does not say what it cost has cost its share
  expect(purse.left()).toBe(0);
  expect(await run(1)).toBeUndefined();
  expect(shares).toHaveLength(3);
});

it('knows what earlier runs cost, for one that is resumed', () => {
  const recorded = { ...cost(9).attempt, played: 'recorded' as const };
  expect(paidFor([cost(1.25).attempt, undefined, recorded, cost(null).attempt])).toBe(1.25);
});

it('counts the share of a run that failed', async () => {
  const purse = createPurse(2);
  await expect(purse.pay(1.5, () => Promise.reject(new Error('crashed')), never)).rejects.toThrow('crashed');
  expect(purse.left()).toBeCloseTo(0.5);
});
