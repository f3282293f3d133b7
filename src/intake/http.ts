/** The HTTP side of webhooks: raw bodies within limits, JSON answers, and handlers that never reject (that would end the process). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CustomRoute } from '@slack/bolt';
import type { Logger } from '../telemetry/log.ts';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A refusal by the reader of the body. */
export class BodyError extends Error {
  readonly code = 'BODY';
  readonly status: 408 | 413;
  constructor(status: 408 | 413, message: string) {
    super(message);
    this.name = 'BodyError';
    this.status = status;
  }
}

/** Whatever `handle` throws becomes one log line and a 500, never an unhandled rejection. */
export function safeRoute(route: { path: string; method: 'GET' | 'POST' }, log: Logger, handle: (request: IncomingMessage) => Promise<Answer>): CustomRoute {
  return {
    ...route,
    handler: (request, response) => {
      handle(request)
        .catch((error: unknown): Answer => {
          if (error instanceof BodyError) return { status: error.status, body: { error: 'body', message: error.message } };
          log.error({ error, path: route.path }, 'a request failed');
          return { status: 500, body: { error: 'internal', message: 'It was not taken: send it again.' } };
        })
        .then((answer) => send(request, response, answer))
        .catch((error: unknown) => log.warn({ error, path: route.path }, 'an answer could not be sent'));
    },
  };
}

/** @throws BodyError when it is larger than `limit` bytes or takes longer than `timeout` milliseconds */
export function readBody(request: IncomingMessage, { limit = 1024 * 1024, timeout = 10_000 } = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => end(() => reject(new BodyError(408, `The body took longer than ${timeout / 1000} s.`))), timeout);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      settle();
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) end(() => reject(new BodyError(413, `The body is larger than ${limit} bytes.`)));
      else chunks.push(chunk);
    });
    request.once('end', () => end(() => resolve(Buffer.concat(chunks))));
    request.once('error', (error) => end(() => reject(error)));
    request.once('close', () => end(() => reject(new BodyError(408, 'The body ended early.'))));
  });
}

/** In constant time, whatever the lengths. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  // What was not read of a refused body must not be taken for the next request.
  const headers = { 'content-type': 'application/json', ...(!request.readableEnded && { connection: 'close' }) };
  response.writeHead(status, headers);
  response.end(JSON.stringify(body));
}
