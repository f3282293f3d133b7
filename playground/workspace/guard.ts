/**
 * Who may talk to the workspace: this machine, by its own name. A web page elsewhere can make a browser send requests
 * to loopback, or point a name of its own at it; neither gets an answer.
 */
import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Why the request is refused, or undefined when it may pass. */
export function refuse(request: IncomingMessage): string | undefined {
  const host = parseHost(request.headers.host);
  if (host === undefined) return 'The playground answers to localhost and 127.0.0.1 only; open it under one of these names.';
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const origin = request.headers.origin;
  if (origin !== undefined && !isOwnOrigin(origin, host.port)) return 'Requests from other sites are refused.';
  const site = request.headers['sec-fetch-site'];
  if (origin === undefined && (site === 'cross-site' || site === 'same-site')) return 'Requests from other sites are refused.';
  return undefined;
}

function parseHost(header: string | undefined): { port: string } | undefined {
  if (header === undefined) return undefined;
  const match = /^(localhost|127\.0\.0\.1|\[::1\])(?::(\d+))?$/i.exec(header);
  return match === null ? undefined : { port: match[2] ?? '80' };
}

function isOwnOrigin(origin: string, port: string): boolean {
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  return url.protocol === 'http:' && LOOPBACK_NAMES.includes(url.hostname) && (url.port === '' ? '80' : url.port) === port;
}
