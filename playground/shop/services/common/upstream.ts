/** JSON over HTTP to another service: a timeout for each try, one more try for GETs, request id passed on. */
import { RequestFailure, errorCode, errorMessage } from './failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Upstream {
  /** Throws RequestFailure 502 (unreachable or its error), 504 (timeout); 404 is passed on. */
  get(path: string, requestId: string): Promise<unknown>;
  post(path: string, body: unknown, requestId: string): Promise<unknown>;
}

export function createUpstream(settings: { name: string; baseUrl: string; timeoutMilliseconds: number; log: Log; metrics: Metrics }): Upstream {
  const { name, baseUrl, timeoutMilliseconds, log, metrics } = settings;

  const once = async (method: string, path: string, body: unknown, requestId: string, attempt: number): Promise<unknown> => {
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    const url = `${baseUrl}${path}`;
    try {
      const response = await fetch(url, {
        method,
        headers: { 'x-request-id': requestId, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      const text = await response.text();
      metrics.upstream(name, String(response.status), elapsed() / 1000);
      if (response.status === 404) throw new RequestFailure(404, 'NOT_FOUND', `${name} has no ${path}`);
      if (!response.ok) {
        log('error', `upstream ${name} answered ${response.status}`, { request_id: requestId, upstream: name, url, status: response.status, code: 'UPSTREAM_STATUS', milliseconds: elapsed(), attempt, body: text.slice(0, 300) });
        throw new RequestFailure(502, 'UPSTREAM_STATUS', `${name} answered ${response.status}`, name);
      }
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof RequestFailure) throw error;
      if (error instanceof Error && error.name === 'TimeoutError') {
        metrics.upstream(name, 'timeout', elapsed() / 1000);
        log('error', `upstream ${name} did not answer within ${timeoutMilliseconds} ms`, { request_id: requestId, upstream: name, url, code: 'ETIMEDOUT', timeout_ms: timeoutMilliseconds, attempt });
        throw new RequestFailure(504, 'ETIMEDOUT', `${name} did not answer within ${timeoutMilliseconds} ms`, name);
      }
      const code = errorCode(error);
      metrics.upstream(name, code, elapsed() / 1000);
      log('error', `upstream ${name} unreachable: ${errorMessage(error)}`, { request_id: requestId, upstream: name, url, code, milliseconds: elapsed(), attempt });
      throw new RequestFailure(502, code, `${name} unreachable: ${errorMessage(error)}`, name);
    }
  };

  return {
    get: async (path, requestId) => {
      try {
        return await once('GET', path, undefined, requestId, 1);
      } catch (error) {
        if (error instanceof RequestFailure && error.code !== 'UPSTREAM_STATUS' && error.status !== 404) return once('GET', path, undefined, requestId, 2);
        throw error;
      }
    },
    post: (path, body, requestId) => once('POST', path, body, requestId, 1),
  };
}
