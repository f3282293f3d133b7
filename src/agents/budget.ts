/** The incident's hard limits, in code. A call is recorded before its cost is known to anybody else. */
import type { ModelCall, Store } from '../incident/store.ts';
import type { AgentUsage } from '../incident/types.ts';
import type { Budget } from './agents.ts';
import { costOf } from './prices.ts';
import type { PriceOf } from './prices.ts';
import { addUsage } from './usage.ts';

export interface BudgetParts {
  incidentId: string;
  limits: Budget['limits'];
  priceOf: PriceOf;
  modelCalls: Store['modelCalls'];
  now?: () => number;
  onCall?: (call: ModelCall) => void;
  onSpend?: (state: ReturnType<Budget['state']>) => Promise<void>;
}

/** Counts what earlier investigations of the incident spent as well: one incident, one budget. Dollars are null from the first call of unknown price on; the limit then holds what is known. */
export async function createBudget({ incidentId, limits, priceOf, modelCalls, now = Date.now, onCall, onSpend }: BudgetParts): Promise<Budget> {
  const begun = now();
  const earlier = await modelCalls.list(incidentId);
  let dollars = earlier.reduce<number | null>((sum, call) => (sum === null || call.dollars === null ? null : sum + call.dollars), 0);
  let known = earlier.reduce((sum, call) => sum + (call.dollars ?? 0), 0);
  let tokens = earlier.reduce((sum, call) => sum + call.inputTokens + call.outputTokens + call.cacheReadTokens + call.cacheWriteTokens, 0);
  let calls = earlier.length;
  const usage = new Map<string, AgentUsage>();
  for (const call of earlier) addUsage(usage, call);

  function state(): ReturnType<Budget['state']> {
    const seconds = (now() - begun) / 1000;
    const used = Math.max(known / limits.dollars, seconds / limits.seconds);
    const exceeded = known >= limits.dollars ? `$${limits.dollars} of model use` : seconds >= limits.seconds ? `${limits.seconds} s` : undefined;
    return { dollars, tokens, modelCalls: calls, seconds, exceeded, nearlyExceeded: used >= 0.8 };
  }

  return {
    limits,
    state,
    longFrom: (model) => priceOf(model)?.long?.above,
    usage: () => [...usage.values()].map((one) => ({ ...one })),
    async spend(call) {
      const price = priceOf(call.model);
      const cost = price ? costOf(price, call) : null;
      dollars = dollars === null || cost === null ? null : dollars + cost;
      known += cost ?? 0;
      tokens += call.inputTokens + call.outputTokens + call.cacheReadTokens + call.cacheWriteTokens;
      calls += 1;
      const entry: ModelCall = { ...call, incidentId, dollars: cost, at: new Date(now()).toISOString() };
      addUsage(usage, entry);
      await modelCalls.add(entry);
      onCall?.(entry);
      await onSpend?.(state());
    },
  };
}
