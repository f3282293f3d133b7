/** HTTP for every program: routes, request ids, probes, /metrics, JSON errors, graceful end. */
import http from 'node:http';
import { RequestFailure } from './failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { logged, readTrace, type Trace } from './trace.ts';

export interface ServiceRequest {
  trace: Trace;
  query: URLSearchParams;
  /** Named groups of the route's pattern. */
  parameters: Record<string, string>;
  body: unknown;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** As metrics and logs name it. */
  name: string;
  pattern: RegExp;
  /** What to answer; throws RequestFailure. */
  handle(request: ServiceRequest): Promise<unknown>;
}

export interface ServerSettings {
  address: string;
  port: number;
  slowRequestMilliseconds: number;
  routes: Route[];
  log: Log;
  metrics: Metrics;
  /** Why it should get no traffic; undefined when it should. */
  notReady(): string | undefined;
}

export interface Server {
  port: number;
  /** Answers what is under way, then resolves. */
  close(): Promise<void>;
}

const bodyLimit = 16_384;

export async function startServer(settings: ServerSettings): Promise<Server> {
  const answer = createAnswers(settings);
  const server = http.createServer((incoming, outgoing) => void answer(incoming, outgoing));
  server.keepAliveTimeout = 10_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.address, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : settings.port;
  settings.log('info', 'listening', { address: settings.address, port });
  return {
    port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    }),
  };
}

function createAnswers(settings: ServerSettings): (incoming: http.IncomingMessage, outgoing: http.ServerResponse) => Promise<void> {
  const { log, metrics } = settings;
  let inFlight = 0;
  const requests = metrics.counter('http_requests_total', 'Requests answered, by route and code');
  const durations = metrics.histogram('http_request_duration_seconds', 'Time to answer');
  metrics.gauge('http_requests_in_flight', 'Requests being answered', () => inFlight);

  return async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const method = incoming.method ?? 'GET';
    if (url.pathname === '/healthz') return send(outgoing, 200, { status: 'ok' });
    if (url.pathname === '/metrics') return void outgoing.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text());
    const why = settings.notReady();
    if (url.pathname === '/readyz') return send(outgoing, why === undefined ? 200 : 503, why === undefined ? { status: 'ready' } : { status: 'not ready', reason: why });
    if (why === 'stopping') outgoing.setHeader('connection', 'close');

    const started = performance.now();
    const trace = readTrace(incoming.headers);
    outgoing.setHeader('x-request-id', trace.requestId);
    inFlight += 1;
    let route: Route | undefined;
    let status = 200;
    try {
      const found = findRoute(settings.routes, method, url.pathname);
      route = found.route;
      const body = method === 'POST' ? await readJson(incoming) : undefined;
      send(outgoing, 200, await route.handle({ trace, query: url.searchParams, parameters: found.parameters, body }));
    } catch (error) {
      const failure = error instanceof RequestFailure ? error : new RequestFailure(500, 'INTERNAL', error instanceof Error ? error.message : String(error));
      status = failure.status;
      if (status >= 500) log('error', `${method} ${url.pathname} failed: ${failure.message}`, { ...logged(trace), status, code: failure.code, upstream: failure.upstream });
      send(outgoing, status, { error: { code: failure.code, message: failure.message, upstream: failure.upstream, request_id: trace.requestId } });
    }
    inFlight -= 1;
    const milliseconds = performance.now() - started;
    requests({ method, route: route?.name ?? 'none', code: String(status) });
    durations({ method, route: route?.name ?? 'none' }, milliseconds / 1000);
    const line = { ...logged(trace), method, route: route?.name, status, milliseconds: Math.round(milliseconds) };
    if (status < 500 && milliseconds > settings.slowRequestMilliseconds) log('warn', `slow request: ${method} ${route?.name ?? url.pathname}`, line);
    else log('debug', 'request', line);
  };
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

function send(outgoing: http.ServerResponse, status: number, body: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
