/** GETs of a query API on its fixed address. */
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { QueryTarget } from '../../config/targets.ts';
import { RequestRefusedError, hostOf } from '../http/allowed-url.ts';
import { probe } from '../http/request.ts';

export interface AskOptions {
  signal: AbortSignal;
  /** Default 20 s. */
  timeoutMilliseconds?: number;
  /** Default 8 MB; a longer answer is a failure. */
  maxBytes?: number;
}

export type QueryAnswer = { json: unknown } | { failure: string };

/** `path` is ours, never a model's. No redirect is followed: the token goes to this address alone. */
export async function ask(target: QueryTarget, path: string, parameters: Record<string, string>, { signal, timeoutMilliseconds = 20_000, maxBytes = 8 * 1024 * 1024 }: AskOptions): Promise<QueryAnswer> {
  try {
    const url = apiUrl(target.url, path, parameters);
    const headers: Record<string, string> = {
      accept: 'application/json',
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token.reveal()}` }),
      ...(target.tenant === undefined ? {} : { 'x-scope-orgid': target.tenant }),
    };
    const answer = await probe(url.href, { timeoutMilliseconds, signal, headers, maxBytes, allowedHosts: [hostOf(url)] });
    if (answer.error !== undefined) return { failure: `no answer from ${url.host}: ${answer.error.code}, ${answer.error.message}${answer.error.code === 'TIMEOUT' ? '. Ask for less: a shorter time, fewer series, an aggregation' : ''}` };
    if (answer.bodyTruncated) return { failure: `the answer is over ${Math.round(maxBytes / 1024 / 1024)} MB. Ask for less: a shorter time, fewer series, an aggregation` };
    if (answer.status !== 200) return { failure: refusal(answer.status ?? 0, answer.body) };
    return { json: JSON.parse(answer.body) as unknown };
  } catch (error) {
    if (error instanceof RequestRefusedError || error instanceof ConfigurationError) return { failure: error.message };
    if (error instanceof SyntaxError) return { failure: 'the answer is no JSON: see whether that is the address of the query API' };
    throw error;
  }
}

export function apiUrl(base: string, path: string, parameters: Record<string, string>): URL {
  const url = new URL(`${base.replace(/\/+$/, '')}${path}`);
  url.search = new URLSearchParams(parameters).toString();
  return url;
}

function refusal(status: number, body: string): string {
  const why = reasonIn(body);
  if (status === 401 || status === 403) return `HTTP ${status}${why}. The token of this source is missing or wrong in the configuration`;
  if (status === 404) return `HTTP 404${why}. The configured address may lack a path before /api or /loki`;
  return `HTTP ${status}${why}`;
}

/** Prometheus explains itself in JSON, Loki in text. */
function reasonIn(body: string): string {
  let text = body;
  try {
    const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
    if (typeof error === 'string') text = error;
    else if (typeof message === 'string') text = message;
  } catch {
    // Text it is.
  }
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
  return line === '' ? '' : `: ${line}`;
}
