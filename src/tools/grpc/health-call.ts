/** One call of grpc.health.v1.Health/Check over HTTP/2, on a connection of its own. */
import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { RequestRefusedError, hostOf, parseAllowedUrl } from '../http/allowed-url.ts';
import { checkedLookup } from '../http/request.ts';
import { decodeStatus, encodeRequest } from './message.ts';

export interface HealthCall {
  /** The number in the answer: 1 is SERVING. */
  serving?: number;
  /** gRPC status code and message of the call itself; 0 is OK. */
  code?: number;
  message?: string;
  /** Of the response, when it was not a gRPC one. */
  httpStatus?: number;
  contentType?: string;
  address?: string;
  /** Milliseconds: to the connection (TLS included), from there to the answer. */
  connected?: number;
  answered?: number;
  milliseconds: number;
  /** TIMEOUT, ABORTED, errno, or what TLS or HTTP/2 say. */
  error?: { code: string; message: string };
}

export interface HealthOptions {
  /** Base URL of the server; https verifies its certificate. */
  url: string;
  /** Empty: the server as a whole. */
  service: string;
  timeoutMilliseconds: number;
  signal: AbortSignal;
}

const mostBytes = 64 * 1024;

/** Throws RequestRefusedError when policy forbids the address; trouble of any other kind is in the result. */
export async function callHealth({ url, service, timeoutMilliseconds, signal }: HealthOptions): Promise<HealthCall> {
  const target = parseAllowedUrl(url, URL.canParse(url) ? [hostOf(new URL(url))] : []);
  const started = performance.now();
  const elapsed = (): number => Math.round((performance.now() - started) * 10) / 10;
  const result: HealthCall = { milliseconds: 0 };
  const session = connect(target.origin, { lookup: checkedLookup });
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    await raceAbort(AbortSignal.any([signal, timeout]), converse(session, { target, service, onConnect: (socket) => {
      result.connected = elapsed();
      if (socket.remoteAddress !== undefined) result.address = socket.remoteAddress;
    }, result }));
    result.answered = Math.round((elapsed() - (result.connected ?? 0)) * 10) / 10;
  } catch (error) {
    if (error instanceof RequestRefusedError) throw error;
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (signal.aborted) result.error = { code: 'ABORTED', message: 'stopped before an answer came' };
    else if (timeout.aborted) result.error = { code: 'TIMEOUT', message: `no complete answer within ${timeoutMilliseconds} ms` };
    else result.error = { code: typeof code === 'string' ? code : 'UNKNOWN', message: String(message).replaceAll(/\s+/g, ' ').slice(0, 300) };
  } finally {
    result.milliseconds = elapsed();
    session.destroy();
  }
  return result;
}

interface Conversation {
  target: URL;
  service: string;
  onConnect(socket: Socket | TLSSocket): void;
  result: HealthCall;
}

function converse(session: ClientHttp2Session, { target, service, onConnect, result }: Conversation): Promise<void> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    session.once('close', () => reject(Object.assign(new Error('the peer closed the connection'), { code: 'ECONNRESET' })));
    session.once('goaway', (code) => reject(Object.assign(new Error(`the peer ended the HTTP/2 connection with code ${code}`), { code: 'GOAWAY' })));
    session.once('connect', (_session, socket) => {
      onConnect(socket);
      const stream = session.request({
        ':method': 'POST', ':path': `${target.pathname.replace(/\/+$/, '')}/grpc.health.v1.Health/Check`,
        'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'sre-agent', 'grpc-timeout': '5S',
      });
      listen(stream, result, resolve, reject);
      stream.end(encodeRequest(service));
    });
  });
}

function listen(stream: ClientHttp2Stream, result: HealthCall, resolve: () => void, reject: (error: unknown) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const take = (headers: IncomingHttpHeaders): void => {
    const code = Number(headers['grpc-status'] ?? Number.NaN);
    if (Number.isInteger(code)) result.code = code;
    if (typeof headers['grpc-message'] === 'string') result.message = decoded(headers['grpc-message']).slice(0, 500);
  };
  stream.on('response', (headers) => {
    const status = headers[':status'] ?? 0;
    const type = headers['content-type'] ?? '';
    if (status !== 200 || !type.startsWith('application/grpc')) {
      result.httpStatus = status;
      result.contentType = type;
    }
    take(headers);
  });
  stream.on('trailers', take);
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
    else stream.close();
  });
  stream.on('error', reject);
  stream.on('close', () => {
    const serving = bytes > mostBytes || result.httpStatus !== undefined ? undefined : decodeStatus(Buffer.concat(chunks));
    if (serving !== undefined) result.serving = serving;
    resolve();
  });
}

/** grpc-message is percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function raceAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  // When the time is up its own end is nobody's business any more.
  work.catch(() => undefined);
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
