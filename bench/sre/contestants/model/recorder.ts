/** Stands between the product and a model, passes every request on, and keeps what was said. Headers, and with them the key, are passed and forgotten. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { addedParts, agentOf, conversationOf, promptOf, requestSchema, turnOf } from './messages.ts';
import type { ModelRequest } from './messages.ts';
import { startModelServer } from './model-server.ts';
import type { Answer, ModelServer } from './model-server.ts';
import type { Block, Conversation, Exchange } from './recording.ts';

export interface Recorder extends ModelServer {
  /** In the order in which they began. */
  conversations(): Conversation[];
}

const replySchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string() })),
  stop_reason: z.string().nullable(),
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number(), cache_read_input_tokens: z.number().nullish(), cache_creation_input_tokens: z.number().nullish() }),
});
type Reply = z.infer<typeof replySchema>;

const passedHeaders = ['authorization', 'x-api-key', 'anthropic-version', 'anthropic-beta', 'content-type', 'user-agent'] as const;

/** `upstream`: base URL of the real API or of whoever answers by hand. */
export async function startRecorder(upstream: string): Promise<Recorder> {
  const kept = new Map<string, Conversation>();

  const server = await startModelServer(async (body, { path, headers, signal }) => {
    const begun = Date.now();
    const passed = Object.fromEntries(passedHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])] as const])));
    const answer = await pass(new URL(upstream.replace(/\/$/, '') + path), body, passed, signal);
    const [request, reply] = [requestSchema.safeParse(JSON.parse(body)), answer.status === 200 ? replySchema.safeParse(JSON.parse(answer.body)) : undefined];
    if (request.success && reply?.success === true) keep(request.data, reply.data, (Date.now() - begun) / 1000);
    return answer;
  });

  function keep(request: ModelRequest, reply: Reply, seconds: number): void {
    const key = conversationOf(request);
    const conversation = kept.get(key) ?? { agent: agentOf(request), model: request.model, prompt: promptOf(request), exchanges: [] };
    kept.set(key, conversation);
    conversation.exchanges[turnOf(request)] = exchangeOf(request, reply, seconds);
  }

  return { ...server, conversations: () => [...kept.values()] };
}

function exchangeOf(request: ModelRequest, { content, stop_reason, usage }: Reply, seconds: number): Exchange {
  return {
    added: addedParts(request),
    reply: content.flatMap(blockOf),
    stop_reason: stop_reason ?? 'end_turn',
    usage: { input_tokens: usage.input_tokens, output_tokens: usage.output_tokens, cache_read_input_tokens: usage.cache_read_input_tokens ?? 0, cache_creation_input_tokens: usage.cache_creation_input_tokens ?? 0 },
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** Thinking is not kept: it can't be replayed. */
function blockOf(block: Reply['content'][number]): Block[] {
  if (block.type === 'text') return [{ type: 'text', text: String(block['text']) }];
  return block.type === 'tool_use' ? [{ type: 'tool_use', name: String(block['name']), input: block['input'] }] : [];
}

/** Waits as long as it takes: a person may be reading. */
function pass(url: URL, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = send(url, { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, signal }, (incoming) => {
      incoming.setEncoding('utf8');
      let text = '';
      incoming.on('data', (chunk: string) => { text += chunk; });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 502, body: text }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
