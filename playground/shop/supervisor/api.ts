/**
 * The supervisor's HTTP API on loopback: what a team's own tool for its processes would offer.
 *
 *   GET  /services                                { services: [name] }
 *   GET  /services/{name}                         the status document
 *   GET  /services/{name}/environment             { revision, environment }
 *   PUT  /services/{name}/environment/{variable}  { "value": "..." }, If-Match: <revision> optional
 *   POST /services/{name}/restart
 *
 * Bearer tokens: `read` for GET, `write` for everything. Errors: { error: { code, field, message } }.
 */
import { timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import { hideSecrets, isSecret } from './secrets.ts';
import type { SupervisedService } from './service.ts';

export interface SupervisorApi {
  url: string;
  stop(): Promise<void>;
}

export interface SupervisorApiSettings {
  port?: number;
  tokens: { read: string; write: string };
  services: ReadonlyMap<string, SupervisedService>;
}

const valueLimit = 1000;
const bodyLimit = 16_384;
/** Given by the supervisor itself. */
const managed = new Set(['PORT', 'DATABASE_URL']);

class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, readonly field: string, message: string) {
    super(message);
  }
}

export async function startSupervisorApi(settings: SupervisorApiSettings): Promise<SupervisorApi> {
  const server = http.createServer((incoming, outgoing) => {
    void respond(settings, incoming).then(
      (body) => sendJson(outgoing, 200, body),
      (error: unknown) => {
        const known = error instanceof ApiError ? error : new ApiError(500, 'internal', '', error instanceof Error ? error.message : String(error));
        sendJson(outgoing, known.status, { error: { code: known.code, field: known.field, message: known.message } });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function respond({ tokens, services }: SupervisorApiSettings, incoming: http.IncomingMessage): Promise<unknown> {
  const method = incoming.method ?? 'GET';
  const segments = pathSegments(incoming.url ?? '/');
  authorize(tokens, method, incoming.headers.authorization);

  const [root, name, part, variable, ...rest] = segments;
  if (root !== 'services' || rest.length > 0) throw new ApiError(404, 'not_found', 'path', `no ${incoming.url}`);
  if (name === undefined) {
    allow(method, 'GET');
    return { services: [...services.keys()] };
  }
  const service = services.get(name);
  if (!service) throw new ApiError(404, 'unknown_service', 'service', `no service ${JSON.stringify(name)}: ${[...services.keys()].join(', ')}`);
  if (part === undefined) {
    allow(method, 'GET');
    return statusDocument(service);
  }
  if (part === 'restart' && variable === undefined) {
    allow(method, 'POST');
    checkRevision(service, incoming.headers['if-match']);
    await service.restart();
    return statusDocument(service);
  }
  if (part === 'environment' && variable === undefined) {
    allow(method, 'GET');
    return { revision: service.status().revision, environment: hideSecrets(service.environment()) };
  }
  if (part === 'environment' && variable !== undefined) {
    allow(method, 'PUT');
    const value = readValue(await readJson(incoming));
    checkVariable(service, variable);
    checkRevision(service, incoming.headers['if-match']);
    await service.setEnvironment(variable, value);
    return statusDocument(service);
  }
  throw new ApiError(404, 'not_found', 'path', `no ${incoming.url}`);
}

function pathSegments(url: string): string[] {
  try {
    return (url.split('?')[0] ?? '').split('/').filter((segment) => segment !== '').map(decodeURIComponent);
  } catch {
    throw new ApiError(400, 'invalid', 'path', 'path: not URL-encoded');
  }
}

function authorize(tokens: { read: string; write: string }, method: string, header: string | undefined): void {
  const given = header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
  const mayWrite = sameToken(given, tokens.write);
  if (!mayWrite && !sameToken(given, tokens.read)) throw new ApiError(401, 'unauthorized', 'authorization', 'authorization: a bearer token of this supervisor');
  if (method !== 'GET' && !mayWrite) throw new ApiError(403, 'forbidden', 'authorization', 'authorization: this token may only read');
}

function sameToken(given: string, token: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(token);
  return left.length === right.length && left.length > 0 && timingSafeEqual(left, right);
}

function allow(method: string, allowed: string): void {
  if (method !== allowed) throw new ApiError(405, 'method_not_allowed', 'method', `method: ${allowed}`);
}

function checkVariable(service: SupervisedService, variable: string): void {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(variable)) throw new ApiError(400, 'invalid', 'variable', 'variable: capital letters, digits and _, at most 64');
  const current = service.environment()[variable];
  if (current === undefined) throw new ApiError(404, 'unknown_variable', 'variable', `variable: this service has no ${variable}`);
  if (managed.has(variable) || isSecret(variable, current)) throw new ApiError(403, 'managed', 'variable', `variable: ${variable} is managed and can't be set`);
}

function checkRevision(service: SupervisedService, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const { revision } = service.status();
  if (ifMatch.replaceAll('"', '').trim() !== String(revision)) {
    throw new ApiError(412, 'precondition_failed', 'if-match', `if-match: the revision is ${revision} now`);
  }
}

function readValue(body: unknown): string {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['value'] : undefined;
  if (typeof value !== 'string') throw new ApiError(400, 'invalid', 'value', 'value: a string');
  if (value.length > valueLimit) throw new ApiError(400, 'too_long', 'value', `value: at most ${valueLimit} characters`);
  if (/\p{Cc}/u.test(value)) throw new ApiError(400, 'invalid', 'value', 'value: no control characters');
  return value;
}

async function readJson(incoming: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new ApiError(413, 'too_large', 'body', `body: at most ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ApiError(400, 'invalid', 'body', 'body: not JSON');
  }
}

function statusDocument(service: SupervisedService): unknown {
  const status = service.status();
  return {
    name: status.name,
    state: status.state,
    started_at: status.startedAt,
    restarts: status.restarts,
    last_exit: status.lastExit,
    revision: status.revision,
    revisions: status.revisions.map((revision) => ({ ...revision, environment: hideSecrets(revision.environment) })),
    log: status.log,
  };
}

function sendJson(outgoing: http.ServerResponse, status: number, body: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
