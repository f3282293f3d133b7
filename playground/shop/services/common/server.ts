/** HTTP for every service: routes, request ids, /healthz, /metrics, JSON errors, one turn per request. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { RequestFailure } from './failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ServiceRequest {
  requestId: string;
  query: URLSearchParams;
  /** Named groups of the route's pattern. */
  parameters: Record<string, string>;
  body: unknown;
}

export interface Route {
  method: 'GET' | 'POST';
  /** As metrics and logs name it. */
  name: string;
  pattern: RegExp;
  /** What to answer; throws RequestFailure. */
  handle(request: ServiceRequest): Promise<unknown>;
}

export interface ServerSettings {
  port: number;
  slowRequestMilliseconds: number;
  routes: Route[];
  log: Log;
  metrics: Metrics;
  queue: WorkQueue;
}

const bodyLimit = 16_384;

export function startServer(settings: ServerSettings): Promise<http.Server> {
  const { log, metrics } = settings;
  let inFlight = 0;
  const server = http.createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    if (url.pathname === '/healthz') return sendJson(outgoing, 200, { status: 'ok' });
    if (url.pathname === '/metrics') {
      void metrics.text().then((text) => outgoing.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text));
      return;
    }
    metrics.inFlight((inFlight += 1));
    void answer(settings, incoming, outgoing, url).finally(() => metrics.inFlight((inFlight -= 1)));
  });
  server.keepAliveTimeout = 30_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', () => {
      log('info', 'listening', { port: settings.port });
      resolve(server);
    });
  });
}

async function answer(settings: ServerSettings, incoming: http.IncomingMessage, outgoing: http.ServerResponse, url: URL): Promise<void> {
  const { log, metrics } = settings;
  const started = performance.now();
  const header = incoming.headers['x-request-id'];
  const requestId = typeof header === 'string' && /^[\w-]{1,64}$/.test(header) ? header : randomUUID().slice(0, 13);
  outgoing.setHeader('x-request-id', requestId);
  let route: Route | undefined;
  let status = 200;
  let waited = 0;
  try {
    const matched = findRoute(settings.routes, incoming.method ?? 'GET', url.pathname);
    route = matched.route;
    const body = incoming.method === 'POST' ? await readJson(incoming) : undefined;
    await settings.queue.turn();
    waited = performance.now() - started;
    metrics.queued(waited / 1000);
    sendJson(outgoing, 200, await route.handle({ requestId, query: url.searchParams, parameters: matched.parameters, body }));
  } catch (error) {
    const failure = error instanceof RequestFailure ? error : new RequestFailure(500, 'INTERNAL', error instanceof Error ? error.message : String(error));
    status = failure.status;
    if (status >= 500) log('error', `${incoming.method} ${url.pathname} failed: ${failure.message}`, { request_id: requestId, status, code: failure.code, upstream: failure.upstream });
    sendJson(outgoing, status, { error: { code: failure.code, message: failure.message, upstream: failure.upstream, request_id: requestId } });
  }
  const milliseconds = performance.now() - started;
  metrics.request(incoming.method ?? 'GET', route?.name ?? 'none', status, milliseconds / 1000);
  if (status < 500 && milliseconds > settings.slowRequestMilliseconds) {
    log('warn', `slow request: ${incoming.method} ${route?.name ?? url.pathname}`, {
      request_id: requestId, status, milliseconds: Math.round(milliseconds), work_queue_wait_ms: Math.round(waited), handler_ms: Math.round(milliseconds - waited),
    });
  }
}

function findRoute(routes: Route[], method: string, path: string): { route: Route; parameters: Record<string, string> } {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match) return { route, parameters: { ...match.groups } };
  }
  throw new RequestFailure(404, 'NOT_FOUND', `no route ${method} ${path}`);
}

async function readJson(incoming: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new RequestFailure(413, 'TOO_LARGE', `body: at most ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RequestFailure(400, 'INVALID_JSON', 'body: not JSON');
  }
}

function sendJson(outgoing: http.ServerResponse, status: number, body: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A positive whole number from a query or body. Throws RequestFailure 400 naming the field. */
export function positiveInteger(field: string, value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) throw new RequestFailure(400, 'INVALID', `${field}: a positive integer`);
  return number;
}

/** A field of a JSON body, whatever the body is. */
export function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
