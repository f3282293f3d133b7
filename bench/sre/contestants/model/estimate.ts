/** Token counts estimated from sizes, where no API counted them: characters / 3.5, the unchanged beginning of a conversation as read from the cache. */
import { conversationOf, systemOf } from './messages.ts';
import type { ModelRequest } from './messages.ts';
import type { Block, Usage } from './recording.ts';

const charactersPerToken = 3.5;

export function createEstimator(): (request: ModelRequest, reply: readonly Block[]) => Usage {
  const earlier = new Map<string, number>();
  return (request, reply) => {
    const total = tokens(systemOf(request)) + tokens(request.tools ?? []) + tokens(request.messages);
    const cached = asksForCaching(request) ? Math.min(earlier.get(conversationOf(request)) ?? 0, total) : 0;
    earlier.set(conversationOf(request), total);
    const fresh = total - cached;
    return { input_tokens: asksForCaching(request) ? 0 : fresh, cache_creation_input_tokens: asksForCaching(request) ? fresh : 0, cache_read_input_tokens: cached, output_tokens: tokens(reply) };
  };
}

const tokens = (value: unknown): number => Math.ceil((typeof value === 'string' ? value : JSON.stringify(value)).length / charactersPerToken);
const asksForCaching = (request: ModelRequest): boolean => JSON.stringify(request).includes('"cache_control"');
