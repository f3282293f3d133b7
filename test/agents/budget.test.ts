import { expect, test } from 'vitest';
import { createBudget } from '../../src/agents/budget.ts';
import { costOf, createPriceOf, pricesRead, pricesReadOn } from '../../src/agents/prices.ts';
import type { ModelCall } from '../../src/incident/store.ts';

const limits = { dollars: 1, seconds: 600, specialistSeconds: 60, specialistSteps: 5, orchestratorTurns: 5, delegations: 5 };
const call = (model: string) => ({ agent: 'database' as const, model, inputTokens: 1_000_000, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, seconds: 1, stopReason: 'end_turn', promptHash: '' });

test('a model of unknown price does not lift the limit on what is known to be spent', async () => {
  const kept: ModelCall[] = [];
  const parts = { incidentId: 'INC-1', limits, priceOf: (model: string) => (model === 'known' ? { input: 0.6, output: 1, cacheRead: 1, cacheWrite: 1 } : undefined), modelCalls: { add: async (one: ModelCall) => void kept.push(one), list: async () => [...kept] } };
  const budget = await createBudget(parts);
  await budget.spend(call('known'));
  await budget.spend(call('unknown'));
  expect(budget.state()).toMatchObject({ dollars: null, exceeded: undefined });
  await budget.spend(call('known'));
  expect(budget.state()).toMatchObject({ dollars: null, exceeded: '$1 of model use', nearlyExceeded: true });
  expect((await createBudget(parts)).state().exceeded).toBe('$1 of model use');
});

test('what was used is told by agent and model, over the whole incident', async () => {
  const kept: ModelCall[] = [];
  const parts = { incidentId: 'INC-1', limits, priceOf: createPriceOf({}), modelCalls: { add: async (one: ModelCall) => void kept.push(one), list: async () => [...kept] } };
  const before = await createBudget(parts);
  await before.spend({ ...call('claude-sonnet-5-5'), inputTokens: 100_000, cacheReadTokens: 50_000 });
  const budget = await createBudget(parts);
  await budget.spend({ ...call('claude-sonnet-5-5'), inputTokens: 100_000, outputTokens: 10_000 });
  await budget.spend({ ...call('mine'), agent: 'network' });
  expect(budget.usage()).toMatchObject([
    { agent: 'database', model: 'claude-sonnet-5-5', calls: 2, inputTokens: 200_000, outputTokens: 10_000, cacheReadTokens: 50_000, seconds: 2 },
    { agent: 'network', model: 'mine', calls: 1, dollars: null },
  ]);
  expect(budget.usage()[0]?.dollars).toBeCloseTo(0.505, 6);
});

test('a prompt over the step in its price costs more, in all of its parts', () => {
  const price = createPriceOf({})('claude-haiku-5-5');
  const tokens = { inputTokens: 1_000, outputTokens: 1_000, cacheReadTokens: 99_000, cacheWriteTokens: 0 };
  expect(price && costOf(price, tokens)).toBeCloseTo(0.1e-3 + 0.5e-3 + 0.99e-3, 9);
  expect(price && costOf(price, { ...tokens, inputTokens: 2_000 })).toBeCloseTo(5 * (0.2e-3 + 0.5e-3 + 0.99e-3), 9);
  const own = createPriceOf({ mine: { input: 1, output: 1, cache_write: 1, cache_read: 1, long: { above: 200_000, times: 2 } } })('mine');
  expect(own && costOf(own, { ...tokens, inputTokens: 200_000 })).toBeCloseTo(2 * 0.3, 9);
  expect(pricesReadOn({ prices: {} })).toBe(pricesRead);
  expect(pricesReadOn({ prices: { mine: { input: 1, output: 1, cache_write: 1, cache_read: 1 } } })).toContain('on a day it does not name');
});
