import { lookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { RequestRefusedError, assertAddressAllowed, parseAllowedUrl } from './allowed-url.ts';

export interface ProbeOptions {
  /** For everything: DNS, connect, headers, body. */
  timeoutMilliseconds: number;
  /** `host:port` of configured targets; everything else is refused. */
  allowedHosts: readonly string[];
  signal?: AbortSignal;
  method?: 'GET' | 'HEAD';
  headers?: Record<string, string>;
  /** Default 64 KiB; the rest of the body is not read. */
  maxBytes?: number;
}

export interface ProbeResult {
  /** Absent when no response arrived. */
  status?: number;
  /** Lower-case names; a repeated header is joined with ', '. */
  headers: Record<string, string>;
  /** Decoded as UTF-8, bad bytes replaced. */
  body: string;
  bodyTruncated: boolean;
  /** To the end of what was read, and to the response's headers. */
  milliseconds: number;
  headersMilliseconds?: number;
  /** Where that time went, as far as it came. */
  phases: Phases;
  /** That was connected to. */
  address?: string;
  /** TIMEOUT, ABORTED, an errno (ECONNREFUSED), BAD_HTTP, or undici's code. A response may be there all the same when only its body failed. */
  error?: { code: string; message: string };
}

/** Milliseconds each. A phase that was not needed (an address needs no DNS, http no TLS) or not reached is absent. */
export interface Phases {
  dns?: number;
  connect?: number;
  tls?: number;
  /** From the connection to the response's headers: the server's own time, and one way there and back. */
  firstByte?: number;
}

/**
 * One GET or HEAD, no redirects followed. Never throws for trouble with the network: see `error`.
 * Throws RequestRefusedError when policy forbids the URL or the address it resolves to; nothing is sent then.
 */
export async function probe(url: string, options: ProbeOptions): Promise<ProbeResult> {
  const target = parseAllowedUrl(url, options.allowedHosts);
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutMilliseconds)));
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const started = performance.now();
  const elapsed = (): number => Math.round((performance.now() - started) * 10) / 10;
  const result: ProbeResult = { headers: {}, body: '', bodyTruncated: false, milliseconds: 0, phases: {} };
  const dispatcher = new Agent({ connections: 1, pipelining: 0, headersTimeout: 0, bodyTimeout: 0, connect: timedConnector(result, options.timeoutMilliseconds), maxHeaderSize: 32 * 1024 });
  try {
    const response = await request(target, { method: options.method ?? 'GET', headers: { accept: '*/*', 'user-agent': 'sre-agent', ...options.headers }, dispatcher, signal });
    result.status = response.statusCode;
    result.headersMilliseconds = elapsed();
    const { dns = 0, connect = 0, tls = 0 } = result.phases;
    result.phases.firstByte = tenths(Math.max(0, result.headersMilliseconds - dns - connect - tls));
    result.headers = flatten(response.headers);
    const read = await readCapped(response.body, options.maxBytes ?? 64 * 1024, (text) => (result.body = text));
    result.bodyTruncated = read.truncated;
  } catch (error) {
    const refused = findRefusal(error);
    if (refused !== undefined) throw refused;
    result.error = describe(error, { timedOut: timeout.aborted, stopped: options.signal?.aborted === true, milliseconds: options.timeoutMilliseconds });
  } finally {
    result.milliseconds = elapsed();
    void dispatcher.destroy().catch(() => undefined);
  }
  return result;
}

/** Fills in the phases and the address as they come. */
function timedConnector(result: ProbeResult, timeout: number): buildConnector.connector {
  let mark = performance.now();
  const lap = (phase: keyof Phases): void => {
    const now = performance.now();
    result.phases[phase] ??= tenths(now - mark);
    mark = now;
  };
  const connectTo = buildConnector({ timeout, lookup: (hostname, options, callback) => checkedLookup(hostname, options, (...answer) => {
    lap('dns');
    callback(...answer);
  }) });
  return (options, callback) => {
    mark = performance.now();
    // It returns the socket that it opens; the types do not say so.
    const socket = connectTo(options, callback) as unknown as Socket | undefined;
    socket?.once('connect', () => {
      lap('connect');
      if (socket.remoteAddress !== undefined) result.address = socket.remoteAddress;
    }).once('secureConnect', () => lap('tls'));
  };
}

const tenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;

/** The answer that is checked is the one that is connected to: there is no second lookup. One denied address refuses the whole answer. */
export const checkedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return void callback(error, '');
    try {
      for (const { address } of addresses) assertAddressAllowed(address);
    } catch (refused) {
      return void callback(refused as NodeJS.ErrnoException, '');
    }
    const first = addresses[0];
    if (options.all === true) return void callback(null, addresses);
    return void callback(null, first?.address ?? '', first?.family);
  });
};

async function readCapped(body: AsyncIterable<Buffer> & { destroy(): unknown }, maxBytes: number, onText: (text: string) => void): Promise<{ truncated: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let truncated = false;
  try {
    for await (const chunk of body) {
      const room = maxBytes - bytes;
      chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) {
        truncated = true;
        break;
      }
    }
  } finally {
    // A body that broke off still shows its first part.
    onText(Buffer.concat(chunks).toString('utf8'));
  }
  return { truncated };
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')]));
}

function findRefusal(error: unknown): RequestRefusedError | undefined {
  if (error instanceof RequestRefusedError) return error;
  if (error instanceof AggregateError) return error.errors.map(findRefusal).find((one) => one !== undefined);
  return error instanceof Error && error.cause !== undefined ? findRefusal(error.cause) : undefined;
}

function describe(error: unknown, how: { timedOut: boolean; stopped: boolean; milliseconds: number }): { code: string; message: string } {
  if (how.stopped) return { code: 'ABORTED', message: 'stopped before an answer came' };
  if (how.timedOut) return { code: 'TIMEOUT', message: `no complete answer within ${how.milliseconds} ms` };
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const { code, name } = one as { code?: unknown; name?: unknown };
  const fallback = name === 'HTTPParserError' ? 'BAD_HTTP' : 'UNKNOWN';
  return { code: typeof code === 'string' ? code : fallback, message: one instanceof Error ? one.message : String(one) };
}
