/**
 * Where the prompt cache is told to keep what it read: four marks, the most there may be. Behind the system prompt and behind
 * the first message, which never change; where the request before this one ended, because a look-back ends after 20 blocks and a
 * turn of ten calls side by side is longer; and at the end. Marks are no part of what is cached. Explicit ones are understood
 * by every provider; the automatic one is not.
 */
import type Anthropic from '@anthropic-ai/sdk';

type MessageParam = Anthropic.Beta.Messages.BetaMessageParam;
type ContentParam = Anthropic.Beta.Messages.BetaContentBlockParam;
type SystemParam = Anthropic.Beta.Messages.BetaTextBlockParam;

const mark = { type: 'ephemeral' as const };

export function withCacheMarks(system: string, messages: readonly MessageParam[]): { system: SystemParam[]; marked: MessageParam[] } {
  const told = messages.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
  const ends = new Set([told[0], ...told.slice(-2)]);
  return {
    system: [{ type: 'text', text: system, cache_control: mark }],
    marked: messages.map((message, index) => (ends.has(index) ? withMark(message) : message)),
  };
}

function withMark(message: MessageParam): MessageParam {
  if (message.role !== 'user') return message;
  const content: ContentParam[] = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
  return { role: 'user', content: content.map((block, index) => (index === content.length - 1 && (block.type === 'text' || block.type === 'tool_result') ? { ...block, cache_control: mark } : block)) };
}
