import { expect, test } from 'vitest';
import { createBudget } from '../../src/agents/budget.ts';
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
