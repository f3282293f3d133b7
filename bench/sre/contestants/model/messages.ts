/** A request of the Messages API as the recorder and the replayer read it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Part } from './recording.ts';

const contentBlock = z.looseObject({ type: z.string(), text: z.string().optional(), id: z.string().optional(), tool_use_id: z.string().optional(), is_error: z.boolean().optional(), content: z.unknown().optional() });
type ContentBlock = z.infer<typeof contentBlock>;
const textBlocks = z.array(z.looseObject({ text: z.string().optional() }));

export const requestSchema = z.looseObject({
  model: z.string(),
  system: z.union([z.string(), z.array(z.looseObject({ text: z.string() }))]).optional(),
  tools: z.array(z.unknown()).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(contentBlock)]) })).min(1),
});
export type ModelRequest = z.infer<typeof requestSchema>;

export const systemOf = ({ system = '' }: ModelRequest): string => (typeof system === 'string' ? system : system.map(({ text }) => text).join('\n'));

/** By the first line of its prompt. */
export function agentOf(request: ModelRequest): string {
  const line = systemOf(request).split('\n')[0] ?? '';
  if (/\bthe generalist\b/.test(line)) return 'generic';
  if (/follow-up question/.test(line)) return 'answer';
  return /\bthe (\w+) specialist\b/.exec(line)?.[1]?.toLowerCase() ?? 'orchestrator';
}

export const promptOf = (request: ModelRequest): string => createHash('sha256').update(systemOf(request)).digest('hex').slice(0, 12);

/** Equal for all requests of one conversation. */
export function conversationOf(request: ModelRequest): string {
  return createHash('sha256').update(systemOf(request)).update(JSON.stringify(request.messages[0])).digest('hex');
}

/** How many replies it holds already. */
export const turnOf = ({ messages }: ModelRequest): number => messages.filter(({ role }) => role === 'assistant').length;

/** What came after the last reply; results in the order of its calls. */
export function addedParts({ messages }: ModelRequest): Part[] {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const calls = last === -1 ? [] : blocksOf(messages[last]?.content ?? []).flatMap(({ type, id }) => (type === 'tool_use' ? [id] : []));
  const blocks = messages.slice(last + 1).flatMap(({ content }) => blocksOf(content));
  const order = (block: ContentBlock): number => (block.type === 'tool_result' ? calls.indexOf(block.tool_use_id) : calls.length);
  return blocks.toSorted((one, other) => order(one) - order(other)).map(partOf);
}

function blocksOf(content: ModelRequest['messages'][number]['content']): ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function partOf(block: ContentBlock): Part {
  if (block.type !== 'tool_result') return { kind: 'text', text: block.text ?? '' };
  const blocks = textBlocks.safeParse(block.content);
  const text = typeof block.content === 'string' ? block.content : blocks.success ? blocks.data.map((one) => one.text ?? '').join('\n') : '';
  const failed = block.is_error === true || /^E\d+ · \S+ · FAILED · /.test(text);
  return { kind: 'result', text, ...(failed && { failed }) };
}
