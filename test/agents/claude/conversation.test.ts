/** What goes over the wire: the beginning of every request is that of the one before it, and the cache is told where. */
import { afterEach, describe, expect, it } from 'vitest';
import { createClaude } from '../../../src/agents/claude/client.ts';
import type { ClaudePort } from '../../../src/agents/claude/client.ts';
import { createConversation } from '../../../src/agents/claude/conversation.ts';
import type { ContentParam } from '../../../src/agents/claude/conversation.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { requestFaults, startScriptedModel, unmarked } from '../../support/scripted-model.ts';
import type { ModelRequest, ScriptedModel } from '../../support/scripted-model.ts';

const servers: ScriptedModel[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const tools = ['read_b', 'read_a', 'conclude'].map((name) => ({ name, description: name, input_schema: { type: 'object' as const } }));
const parts = (claude: ClaudePort) => ({
  claude, tools, agent: 'orchestrator' as const, models: ['m'] as const, prompt: { text: 'You lead.', hash: 'h', sha256: 'h' }, replyTokens: 1_000,
  messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'The picture.' }] }], budget: { spend: async () => undefined }, signal: new AbortController().signal,
});

/** Where the marks of a request are: `system`, or the number of a message. */
function marksOf({ system, messages, tools: offered }: ModelRequest): unknown[] {
  const marked = (value: unknown) => JSON.stringify(value).includes('"cache_control"');
  return [...(offered.some(marked) ? ['tools'] : []), ...(system.some(marked) ? ['system'] : []), ...messages.flatMap((message, index) => (marked(message) ? [index] : []))];
}

describe('a conversation', () => {
  it('sends bytes that only grow, with four marks at most: the system prompt, the first message, where the last request ended, the end', async () => {
    const perTurn = 14; // more blocks than a mark looks back
    const server = await startScriptedModel((_request, index) => (index < 4 ? { tools: Array.from({ length: perTurn }, (_none, call) => ({ name: 'read_a', input: { call } })) } : { text: 'done' }));
    servers.push(server);
    const conversation = createConversation(parts(createClaude({ apiKey: 'k', baseUrl: server.url, log: silentLogger })));
    for (let turn = 0; turn < 5; turn += 1) {
      const { content } = await conversation.ask();
      const results = content.flatMap((block): ContentParam[] => (block.type === 'tool_use' ? [{ type: 'tool_result', tool_use_id: block.id, content: `result of ${block.id}` }] : []));
      if (results.length > 0) conversation.tell(results);
    }
    expect(requestFaults(server.requests)).toEqual([]);
    expect(server.requests.map(marksOf)).toEqual([['system', 0], ['system', 0, 2], ['system', 0, 2, 4], ['system', 0, 4, 6], ['system', 0, 6, 8]]);
    const bytes = server.requests.map(({ messages }) => unmarked(messages).slice(0, -1));
    for (const [index, body] of bytes.entries()) expect(body.startsWith(bytes[index - 1] ?? ''), `request ${index}`).toBe(true);
    expect(new Set(server.requests.map(({ system, tools: offered }) => JSON.stringify([system, offered]))).size).toBe(1);
    expect(server.requests[0]?.tools.map(({ name }) => name)).toEqual(['conclude', 'read_a', 'read_b']);
    expect(conversation.messages.some((message) => JSON.stringify(message).includes('cache_control'))).toBe(false);
  });

  it('says what is the matter when nobody could be asked: credentials of a cloud that can not be found', async () => {
    const claude = { beta: { messages: { create: () => Promise.reject(new Error('Failed to acquire credentials.\n at somewhere')) } } } as unknown as ClaudePort;
    await expect(createConversation(parts(claude)).ask()).rejects.toThrow(/^The model could not be asked: Failed to acquire credentials\.$/);
  });
});
