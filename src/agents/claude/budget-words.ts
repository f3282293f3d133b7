/** What is left of an agent's budget, told with the newest results: never in the system prompt, where it would cost the cache. */
import type { Budget } from '../agents.ts';
import type { ToolResult } from './conversation.ts';

interface Left {
  /** Replies of this agent: made, and the most there may be. */
  replies: readonly [number, number];
  /** Seconds of this agent: gone, and the most. */
  seconds: readonly [number, number];
  budget: Pick<Budget, 'state' | 'limits'>;
}

/** Behind the last result, outside of its boundaries. */
export function withLeft(results: readonly ToolResult[], left: Left): ToolResult[] {
  return results.map((result, index) => (index === results.length - 1 && typeof result.content === 'string' ? { ...result, content: `${result.content}\n\n[${leftInWords(left)}]` } : result));
}

/** One line; what the incident spent is that of all its agents. */
function leftInWords({ replies, seconds, budget }: Left): string {
  const { dollars, tokens } = budget.state();
  const money = dollars === null ? 'money of unknown price' : `$${Math.max(0, budget.limits.dollars - dollars).toFixed(2)} of $${budget.limits.dollars}`;
  return `Left: ${remaining(replies)} replies, ${remaining(seconds)} s, ${money}; ${tokens.toLocaleString('en-US')} tokens used by all agents so far.`;
}

function remaining([used, most]: readonly [number, number]): string {
  return `${Math.max(0, Math.floor(most - used))} of ${most}`;
}
