/** One model reply -> one line in the ledger. */
import type Anthropic from '@anthropic-ai/sdk';
import type { ModelCall } from '../../incident/store.ts';
import type { Budget } from '../agents.ts';

export async function recordUsage(
  budget: Pick<Budget, 'spend'>,
  { agent, model, message, promptHash, seconds }: { agent: ModelCall['agent']; model: string; message: Anthropic.Beta.Messages.BetaMessage; promptHash: string; seconds: number },
): Promise<void> {
  await budget.spend({
    agent,
    model,
    promptHash,
    seconds,
    inputTokens: message.usage.input_tokens,
    outputTokens: message.usage.output_tokens,
    cacheReadTokens: message.usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: message.usage.cache_creation_input_tokens ?? 0,
    stopReason: message.stop_reason ?? 'none',
  });
}
