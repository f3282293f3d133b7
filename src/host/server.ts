/** The agent's HTTP API: two tokens, small JSON bodies, nothing but what is typed. */
import { readFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { z } from 'zod';
import type { HostReader } from '../host-facts/request.ts';
import { HostRefusedError, hostRequest } from '../host-facts/request.ts';
import { BodyError, readBody, sameText } from '../intake/http.ts';
import { changeId, changeRequest, undoRequest } from '../packet-filter/agent-api.ts';
import { PlanError } from '../packet-filter/plan.ts';
import type { Logger } from '../telemetry/log.ts';
import { ChangeRefusedError } from './changes.ts';
import type { HostChanges } from './changes.ts';
import type { HostEnvironment } from './environment.ts';
import type { Iptables } from './iptables.ts';
import { lifelinesNow } from './lifelines.ts';

export interface ServerParts {
  environment: Pick<HostEnvironment, 'listen' | 'tls' | 'readToken' | 'writeToken' | 'protectedPorts' | 'protectedNetworks'>;
  changes: HostChanges;
  iptables: Iptables;
  reader: HostReader;
  log: Logger;
}

const maxBytes = 16 * 1024;

/** Resolves once it listens. */
export async function serveHost({ environment, changes, iptables, reader, log }: ServerParts): Promise<{ close(): Promise<void> }> {
  const { listen, tls } = environment;
  const server = tls ? createTlsServer({ cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2' }, onRequest) : createServer(onRequest);
  server.requestTimeout = 20_000;
  server.headersTimeout = 10_000;
  server.maxConnections = 64;
  let reading: Promise<void> = Promise.resolve();
  await listening(server, listen);

  function onRequest(...[request, response]: Parameters<RequestListener>): void {
    route(request).then(
      (body) => send(request, response, 200, body),
      (error: unknown) => {
        const { status, body } = refusal(error);
        if (status === 500) log.error({ error, path: request.url }, 'a request failed');
        else log.info({ status, path: request.url, reason: body.message }, 'a request was refused');
        send(request, response, status, body);
      },
    );
  }

  async function route(request: IncomingMessage): Promise<unknown> {
    const may = rightOf(request);
    const url = new URL(request.url ?? '/', 'http://host');
    const [, id, step] = /^\/v1\/changes\/([^/]+)(?:\/(confirm|undo))?$/.exec(url.pathname) ?? [];
    const call = `${request.method} ${id === undefined ? url.pathname : `/v1/changes/ID${step === undefined ? '' : `/${step}`}`}`;
    if (call === 'GET /v1/rules') return rules(url);
    if (call === 'GET /v1/read') return read(request, url);
    if (call === 'GET /v1/changes/ID') return (await changes.get(changeId.parse(id))) ?? refuse(404, 'not_found', `This host knows no change ${changeId.parse(id)}.`);
    if (may !== 'write') throw new HttpError(request.method === 'GET' ? 404 : 403, 'forbidden', 'This needs the write token.');
    if (call === 'POST /v1/changes') return changes.apply(changeRequest.parse(await jsonOf(request)), await lifelinesNow({ ports: portsOf(environment), networks: environment.protectedNetworks, asker: request.socket.remoteAddress }));
    if (call === 'POST /v1/changes/ID/confirm') return changes.confirm(changeId.parse(id));
    if (call === 'POST /v1/changes/ID/undo') return changes.undo(changeId.parse(id), undoRequest.parse(await jsonOf(request)).command);
    return refuse(404, 'not_found', 'There is no such path.');
  }

  async function rules({ searchParams }: URL): Promise<unknown> {
    const { family } = z.object({ family: z.enum(['ipv4', 'ipv6']), table: z.literal('filter') }).parse(Object.fromEntries(searchParams));
    const { hash, chains } = await iptables.list(family);
    return { hash, chains };
  }

  /** One after the other: who asks often does not slow the host down. */
  async function read(request: IncomingMessage, { searchParams }: URL): Promise<unknown> {
    const wanted = hostRequest.parse(Object.fromEntries(searchParams));
    const gone = new AbortController();
    const stop = (): void => gone.abort();
    request.socket.once('close', stop);
    const answer = reading.then(() => reader.read(wanted, gone.signal)).finally(() => request.socket.off('close', stop));
    reading = answer.then(() => undefined, () => undefined);
    return answer;
  }

  function rightOf({ headers: { authorization = '' } }: IncomingMessage): 'read' | 'write' {
    const token = authorization.replace(/^Bearer /, '');
    // Both are compared, whatever the first says.
    const [reads, writes] = [sameText(token, environment.readToken), sameText(token, environment.writeToken)];
    if (!authorization.startsWith('Bearer ') || (!reads && !writes)) throw new HttpError(401, 'unauthorized', 'The token is missing or wrong.');
    return writes ? 'write' : 'read';
  }

  return {
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    }),
  };
}

async function listening(server: Server, listen: HostEnvironment['listen']): Promise<void> {
  // A socket of an agent that died is in the way of the next one.
  if ('socket' in listen) await rm(listen.socket, { force: true });
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen('socket' in listen ? { path: listen.socket } : listen, resolve);
    });
  } finally {
    process.umask(umask);
  }
  if ('socket' in listen) await chmod(listen.socket, 0o660);
}

function portsOf({ listen, protectedPorts }: ServerParts['environment']): number[] {
  return [...('port' in listen ? [listen.port] : []), ...protectedPorts];
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request, { limit: maxBytes })).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return refuse(400, 'body', 'The body is not JSON.');
  }
}

class HttpError extends Error {
  readonly code = 'http';
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    readonly word: string,
    message: string,
  ) {
    super(message);
  }
}

function refuse(status: number, word: string, message: string): never {
  throw new HttpError(status, word, message);
}

function refusal(error: unknown): { status: number; body: { error: string; message: string } } {
  if (error instanceof HttpError) return { status: error.status, body: { error: error.word, message: error.message } };
  if (error instanceof ChangeRefusedError) return { status: error.status, body: { error: error.code, message: error.message } };
  if (error instanceof HostRefusedError) return { status: 403, body: { error: error.code, message: error.message } };
  if (error instanceof PlanError) return { status: 422, body: { error: error.code, message: error.message } };
  if (error instanceof BodyError) return { status: error.status, body: { error: 'body', message: error.message } };
  if (error instanceof z.ZodError) return { status: 400, body: { error: 'body', message: error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ').slice(0, 1_000) } };
  return { status: 500, body: { error: 'internal', message: error instanceof Error ? error.message : String(error) } };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...(!request.readableEnded && { connection: 'close' }) });
  response.end(JSON.stringify(body));
}
