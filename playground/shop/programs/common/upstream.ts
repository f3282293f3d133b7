/** JSON over HTTP to another program: a timeout for each try, one more try for what may be repeated, request id passed on. */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestFailure, errorCode, errorMessage } from './failure.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { logged, traceHeaders, type Trace } from './trace.ts';

export interface Upstream {
  /** Throws RequestFailure 502 (unreachable or its error), 504 (timeout); 404 is passed on. */
  get(path: string, trace: Trace): Promise<unknown>;
  post(path: string, body: unknown, trace: Trace): Promise<unknown>;
}

export interface UpstreamSettings {
  name: string;
  baseUrl: string;
  timeoutMilliseconds: number;
  /** Of GETs, after the first try. */
  retries: number;
  /** Most at once; further requests wait for one, and their time runs. */
  connections: number;
  log: Log;
  metrics: { observe(labels: Record<string, string>, seconds: number): void; retried(labels: Record<string, string>): void };
}

interface Answer {
  status: number;
  text: string;
}

export function upstreamMetrics(metrics: Metrics): UpstreamSettings['metrics'] {
  return {
    observe: metrics.histogram('upstream_request_duration_seconds', 'Time upstreams took'),
    retried: metrics.counter('upstream_retries_total', 'Requests to upstreams that were tried again'),
  };
}

export function createUpstream(settings: UpstreamSettings): Upstream {
  const { name, baseUrl, timeoutMilliseconds, log, metrics } = settings;
  const agent = new http.Agent({ keepAlive: true, maxSockets: settings.connections, maxFreeSockets: 4, timeout: 30_000 });

  const once = async (method: string, path: string, body: unknown, trace: Trace, attempt: number): Promise<unknown> => {
    const started = performance.now();
    const elapsed = (): number => Math.round(performance.now() - started);
    const url = `${baseUrl}${path}`;
    const about = (): Record<string, unknown> => ({ ...logged(trace), upstream: name, url, attempt, milliseconds: elapsed() });
    let answer: Answer;
    try {
      answer = await exchange(agent, method, url, body, trace, timeoutMilliseconds);
    } catch (error) {
      const code = errorCode(error);
      metrics.observe({ upstream: name, outcome: code }, elapsed() / 1000);
      if (code === 'ETIMEDOUT') {
        log('error', `upstream ${name} did not answer within ${timeoutMilliseconds} ms`, { ...about(), code, timeout_ms: timeoutMilliseconds, connections: { limit: settings.connections, busy: count(agent.sockets), waiting: count(agent.requests) } });
        throw new RequestFailure(504, code, `${name} did not answer within ${timeoutMilliseconds} ms`, name);
      }
      log('error', `upstream ${name} unreachable: ${errorMessage(error)}`, { ...about(), code });
      throw new RequestFailure(502, code, `${name} unreachable: ${errorMessage(error)}`, name);
    }
    metrics.observe({ upstream: name, outcome: String(answer.status) }, elapsed() / 1000);
    if (answer.status === 404) throw new RequestFailure(404, 'NOT_FOUND', `${name} has no ${path}`);
    if (answer.status >= 400) {
      log('error', `upstream ${name} answered ${answer.status}`, { ...about(), status: answer.status, code: 'UPSTREAM_STATUS', body: answer.text.slice(0, 300) });
      throw new RequestFailure(502, 'UPSTREAM_STATUS', `${name} answered ${answer.status}`, name);
    }
    return JSON.parse(answer.text);
  };

  return {
    get: async (path, trace) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once('GET', path, undefined, trace, attempt);
        } catch (error) {
          const passing = error instanceof RequestFailure && error.upstream === name && error.code !== 'UPSTREAM_STATUS';
          if (!passing || attempt > settings.retries) throw error;
          metrics.retried({ upstream: name });
          await sleep(40 + Math.random() * 80 * attempt);
        }
      }
    },
    post: (path, body, trace) => once('POST', path, body, trace, 1),
  };
}

const count = (lists: Readonly<Record<string, readonly unknown[] | undefined>>): number => Object.values(lists).reduce((sum, list) => sum + (list?.length ?? 0), 0);

/** Throws the error of the connection, or one with the code ETIMEDOUT. */
async function exchange(agent: http.Agent, method: string, url: string, body: unknown, trace: Trace, timeoutMilliseconds: number, again = true): Promise<Answer> {
  let reused = false;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = { ...traceHeaders(trace), accept: 'application/json', ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }) };
      const request = http.request(url, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      });
      const timer = setTimeout(() => {
        const late = Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' });
        request.destroy(late);
        // One that still waits for a connection of the agent says nothing when it is destroyed.
        reject(late);
      }, timeoutMilliseconds);
      request.on('error', (error) => {
        reused = request.reusedSocket;
        reject(error);
      });
      request.on('close', () => clearTimeout(timer));
      request.end(payload);
    });
  } catch (error) {
    // The other side closed a kept connection just then: it has read nothing of this.
    if (again && reused && errorCode(error) === 'ECONNRESET') return exchange(agent, method, url, body, trace, timeoutMilliseconds, false);
    throw error;
  }
}
