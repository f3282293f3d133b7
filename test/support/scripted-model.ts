/** A local Messages API that answers from a script: for loops, budgets, errors and what a request must look like. */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelRequest {
  model: string;
  max_tokens: number;
  system: { type: 'text'; text: string; cache_control?: unknown }[];
  tools: { name: string; description: string; input_schema: Record<string, unknown> }[];
  messages: { role: 'user' | 'assistant'; content: string | Record<string, unknown>[] }[];
  tool_choice?: unknown;
  thread?: unknown;
  cache_control?: unknown;
}

export interface ModelReply {
  text?: string;
  tools?: { name: string; input: unknown }[];
  /** Blocks before text and tools, as they are. */
  content?: Record<string, unknown>[];
  stopReason?: string;
  usage?: Partial<{ input_tokens: number; output_tokens: number; cache_read_input_tokens: number; cache_creation_input_tokens: number }>;
  /** Answer with this HTTP status and API error type instead. */
  error?: { status: number; type: string; headers?: Record<string, string> };
  /** Wait until this resolves before answering. */
  after?: Promise<unknown>;
}

export type Script = (request: ModelRequest, index: number) => ModelReply | Promise<ModelReply>;

export interface ScriptedModel {
  url: string;
  requests: ModelRequest[];
  /** Raw bodies, for byte-prefix checks. */
  bodies: string[];
  close(): Promise<void>;
}

export async function startScriptedModel(script: Script): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readBody(request);
      const parsed = JSON.parse(body) as ModelRequest;
      const index = requests.push(parsed) - 1;
      bodies.push(body);
      const reply = await script(parsed, index);
      await reply.after;
      if (reply.error) {
        response.writeHead(reply.error.status, { 'content-type': 'application/json', ...reply.error.headers });
        response.end(JSON.stringify({ type: 'error', error: { type: reply.error.type, message: reply.error.type } }));
        return;
      }
      const content = [
        ...(reply.content ?? []),
        ...(reply.text === undefined ? [] : [{ type: 'text', text: reply.text }]),
        ...(reply.tools ?? []).map((tool, position) => ({ type: 'tool_use', id: `toolu_${index}_${position}`, name: tool.name, input: tool.input })),
      ];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({
        id: `msg_${index}`, type: 'message', role: 'assistant', model: parsed.model, content,
        stop_reason: reply.stopReason ?? (reply.tools?.length ? 'tool_use' : 'end_turn'), stop_sequence: null,
        usage: { input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, ...reply.usage },
      }));
    })().catch((error: unknown) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message: String(error) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    bodies,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** What every request of one conversation must keep, whatever the script: returns what is broken, in words. */
export function requestFaults(requests: readonly ModelRequest[]): string[] {
  const faults: string[] = [];
  requests.forEach((request, index) => {
    const names = request.tools.map((tool) => tool.name);
    if (names.join() !== names.toSorted().join()) faults.push(`request ${index}: tools are not sorted`);
    if (request.tool_choice !== undefined) faults.push(`request ${index}: tool_choice is forced`);
    if (request.thread !== undefined) faults.push(`request ${index}: a server-held thread is asked for`);
    const breakpoints = JSON.stringify(request).split('"cache_control"').length - 1;
    if (breakpoints < 1 || breakpoints > 4) faults.push(`request ${index}: ${breakpoints} cache breakpoints`);
    if (request.system.at(-1)?.cache_control === undefined) faults.push(`request ${index}: no cache breakpoint behind the system prompt`);
    if (request.cache_control === undefined && !isMarked(request.messages.at(-1))) faults.push(`request ${index}: no cache breakpoint at its end`);
    if (/\d{4}-\d\d-\d\dT/.test(JSON.stringify(request.system))) faults.push(`request ${index}: a time stands in system`);
    const previous = requests[index - 1];
    if (previous) {
      if (JSON.stringify(previous.system) !== JSON.stringify(request.system)) faults.push(`request ${index}: system changed`);
      if (JSON.stringify(previous.tools) !== JSON.stringify(request.tools)) faults.push(`request ${index}: tools changed`);
      const kept = request.messages.slice(0, previous.messages.length);
      if (unmarked(kept) !== unmarked(previous.messages)) faults.push(`request ${index}: earlier messages changed`);
      if (request.cache_control === undefined && !isMarked(request.messages[previous.messages.length - 1])) faults.push(`request ${index}: no cache breakpoint where the request before it ended`);
    }
    request.messages.forEach((message, position) => {
      if (message.role !== 'assistant' || typeof message.content === 'string') return;
      const calls = message.content.filter((block) => block['type'] === 'tool_use').map((block) => block['id']);
      const next = request.messages[position + 1];
      const answers = next && typeof next.content !== 'string' ? next.content.filter((block) => block['type'] === 'tool_result').map((block) => block['tool_use_id']) : [];
      if (calls.join() !== answers.join()) faults.push(`request ${index}: tool calls ${calls.join()} are answered by ${answers.join()}`);
      const firstOther = next && typeof next.content !== 'string' ? next.content.findIndex((block) => block['type'] !== 'tool_result') : -1;
      if (calls.length > 0 && firstOther !== -1 && firstOther < calls.length) faults.push(`request ${index}: tool results do not come first`);
    });
  });
  return faults;
}

/** What the cache compares: everything but the marks. */
export function unmarked(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => (key === 'cache_control' ? undefined : part));
}

function isMarked(message: ModelRequest['messages'][number] | undefined): boolean {
  return message !== undefined && typeof message.content !== 'string' && message.content.at(-1)?.['cache_control'] !== undefined;
}
