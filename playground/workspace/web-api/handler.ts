/** POST /api/<method>: who calls, whether it is to fail, and what the method makes of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, sendJson } from '../http.ts';
import type { Fault } from '../faults.ts';
import { scopesFor } from '../manifest.ts';
import type { Parts, RecordedCall } from '../parts.ts';
import { findChannel } from '../people.ts';
import { SlackError, errorBody } from '../slack-error.ts';
import { createArguments, parseArguments } from './arguments.ts';
import { assistantMethods } from './assistant.ts';
import { chatMethods } from './chat.ts';
import { conversationsMethods } from './conversations.ts';
import { filesMethods } from './files.ts';
import type { Method } from './method.ts';
import { peopleMethods } from './people.ts';
import { reactionsMethods } from './reactions.ts';
import { viewsMethods } from './views.ts';

const METHODS: Record<string, Method> = {
  ...assistantMethods,
  ...chatMethods,
  ...conversationsMethods,
  ...filesMethods,
  ...peopleMethods,
  ...reactionsMethods,
  ...viewsMethods,
};

const CALLS_KEPT = 5000;

export async function handleWebApi(request: IncomingMessage, response: ServerResponse, url: URL, parts: Parts): Promise<void> {
  const method = url.pathname.slice('/api/'.length);
  const values = await parseArguments(await readBody(request), request.headers['content-type'] ?? '', url.searchParams);
  const fault = parts.faults.take(method);
  const applied = fault === undefined || fault.applied === true;
  const answer = applied ? run(method, values, request.headers.authorization, parts) : undefined;
  finish(response, fault, answer, (status, error) => {
    record(parts.calls, { method, values: withoutToken(values ?? {}), status, ...(error !== undefined && { error }) });
  });
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Sends the answer, or what the fault says instead of it. */
export function finish(response: ServerResponse, fault: Fault | undefined, answer: Answer | undefined, recorded: (status: number, error?: string) => void): void {
  if (fault?.kind === 'drop') {
    recorded(0);
    response.socket?.destroy();
  } else if (fault !== undefined) {
    recorded(fault.status);
    response.writeHead(fault.status, { 'content-type': 'application/json; charset=utf-8', ...fault.headers });
    response.end(fault.body);
  } else if (answer !== undefined) {
    const error = answer.body['error'];
    recorded(answer.status, typeof error === 'string' ? error : undefined);
    sendJson(response, answer.status, answer.body, answer.headers);
  }
}

export function record(calls: RecordedCall[], call: RecordedCall): void {
  calls.push(call);
  if (calls.length > CALLS_KEPT) calls.shift();
}

function run(method: string, values: Record<string, unknown> | undefined, authorization: string | undefined, parts: Parts): Answer {
  try {
    if (values === undefined) throw new SlackError('invalid_json');
    if (method !== 'api.test') authorise(authorization, values['token'], parts.options.app.botToken);
    const implementation = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (implementation === undefined) throw new SlackError('unknown_method');
    const channel = findChannel(String(values['channel'] ?? values['channel_id'] ?? ''));
    requireScope(method, channel?.isDirectMessage ?? false, parts.options.manifest?.scopes);
    if (method === 'chat.postMessage') {
      const wait = parts.postLimit.take(channel?.id ?? '');
      if (wait > 0) return { status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': String(wait) } };
    }
    return { status: 200, body: { ok: true, ...implementation(createArguments(values), parts) } };
  } catch (error) {
    if (error instanceof SlackError) return { status: 200, body: errorBody(error) };
    throw error;
  }
}

function authorise(header: string | undefined, argument: unknown, expected: string): void {
  const token = header?.replace(/^Bearer /i, '') ?? (typeof argument === 'string' ? argument : undefined);
  if (token === undefined || token === '') throw new SlackError('not_authed');
  if (token !== expected) throw new SlackError('invalid_auth');
}

function requireScope(method: string, isDirectMessage: boolean, provided: readonly string[] | undefined): void {
  const needed = scopesFor(method, isDirectMessage);
  if (provided === undefined || needed.length === 0 || needed.some((scope) => provided.includes(scope))) return;
  throw new SlackError('missing_scope', [], { needed: needed.join(','), provided: provided.join(',') });
}

function withoutToken({ token: _token, ...values }: Record<string, unknown>): Record<string, unknown> {
  return values;
}
