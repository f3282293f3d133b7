/** Who asked: the request id that people search logs for, and W3C trace context beside it. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Trace {
  requestId: string;
  /** 32 hexadecimal digits. */
  traceId: string;
}

export function readTrace(headers: IncomingHttpHeaders): Trace {
  const parent = /^00-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/.exec(String(headers['traceparent'] ?? ''));
  const given = String(headers['x-request-id'] ?? '');
  return {
    traceId: parent?.[1] ?? randomBytes(16).toString('hex'),
    requestId: /^[\w-]{1,64}$/.test(given) ? given : randomBytes(8).toString('hex'),
  };
}

export function traceHeaders({ requestId, traceId }: Trace): Record<string, string> {
  return { 'x-request-id': requestId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
}

export const logged = ({ requestId, traceId }: Trace): Record<string, string> => ({ request_id: requestId, trace_id: traceId });
