/** What a restarted worker keeps of an orchestrator's stored turns: all of it, or, under another prompt or other tools, what was reported. */
import { createHash } from 'node:crypto';
import type { MessageParam } from './conversation.ts';
import type { Prompt } from './prompts.ts';

/** Equal for conversations that may be continued by each other: a history is bound to the prompt and the tools it was made under. */
export function basisOf({ sha256 }: Prompt, tools: readonly { name: string; description: string; input_schema: unknown }[]): string {
  const offered = tools.map(({ name, description, input_schema }) => ({ name, description, input_schema })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([sha256, offered])).digest('hex');
}

/** For the first message of a conversation begun anew: the reports as they were given then. */
export function reportedBefore(messages: readonly MessageParam[]): string[] {
  const reports = messages.flatMap(({ role, content }) =>
    role === 'user' && typeof content !== 'string' ? content.flatMap((block) => (block.type === 'tool_result' && typeof block.content === 'string' && block.content.startsWith('Report of the ') ? [block.content] : [])) : [],
  );
  if (reports.length === 0) return ['', 'This investigation was begun before and is begun anew; nobody had reported yet.'];
  return ['', 'This investigation was begun before and is begun anew. What the specialists had reported by then (their findings keep their ids; do not brief the same again):', ...reports];
}
