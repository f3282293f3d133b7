/** Adds a model call to what its agent and model came to so far. */
import type { ModelCall } from '../incident/store.ts';
import type { AgentUsage } from '../incident/types.ts';

export function addUsage(usage: Map<string, AgentUsage>, { agent, model, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, dollars, seconds }: ModelCall): void {
  const key = `${agent} ${model}`;
  const before = usage.get(key) ?? { agent, model, calls: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, dollars: 0, seconds: 0 };
  usage.set(key, {
    agent,
    model,
    calls: before.calls + 1,
    inputTokens: before.inputTokens + inputTokens,
    outputTokens: before.outputTokens + outputTokens,
    cacheReadTokens: before.cacheReadTokens + cacheReadTokens,
    cacheWriteTokens: before.cacheWriteTokens + cacheWriteTokens,
    dollars: before.dollars === null || dollars === null ? null : before.dollars + dollars,
    seconds: before.seconds + seconds,
  });
}
