import { z } from 'zod';
import type { ServiceTarget } from '../../config/targets.ts';
import { median } from '../../rules/words.ts';
import { capText } from '../cap-text.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool } from '../tool.ts';
import { RequestRefusedError, hostOf } from './allowed-url.ts';
import type { ProbeResult } from './request.ts';
import { probe } from './request.ts';

const timeoutMilliseconds = 5_000;
const pauseMilliseconds = 100;
const bodyCharacters = 2_000;

export function httpProbe(services: readonly ServiceTarget[]): Tool {
  return defineTool({
    name: 'http_probe',
    description: 'Requests a path of a configured service (GET or HEAD, no redirects, no credentials), up to ten times in a row, and shows status, timing, telling headers and the beginning of the body. Only for paths that read and change nothing.',
    specialists: ['service', 'network'],
    input: z.strictObject({
      service: oneOf(services.map(({ name }) => name)).describe('Name of the configured service'),
      path: z.string().max(500).regex(/^\/(?!\/)[\x21-\x7E]*$/, 'must begin with one / and hold printable ASCII without spaces').describe('Path and query on the service, for example /health or /orders?limit=1'),
      method: z.enum(['GET', 'HEAD']).default('GET'),
      samples: z.number().int().min(1).max(10).default(1).describe('How many requests, one after another'),
    }),
    async run({ service, path, method, samples }, { signal }) {
      const target = services.find(({ name }) => name === service);
      const url = target === undefined ? undefined : urlBelow(target.url, path);
      const command = `curl -sS ${method === 'HEAD' ? '-I' : '-i'} -m ${timeoutMilliseconds / 1000} ${url?.href ?? path}${samples > 1 ? `   # ${samples} times` : ''}`;
      if (url === undefined) return { command, output: `Refused: ${path} leaves the address of ${service}; give a path below it, without dot segments.`, failed: true };
      try {
        const results: ProbeResult[] = [];
        while (results.length < samples && !signal.aborted) {
          if (results.length > 0) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
          results.push(await probe(url.href, { method, timeoutMilliseconds, signal, allowedHosts: [hostOf(url)] }));
        }
        return { command, output: render(results), failed: results.every(({ status }) => status === undefined) };
      } catch (error) {
        if (error instanceof RequestRefusedError) return { command, output: `Refused: ${error.message}.`, failed: true };
        throw error;
      }
    },
  });
}

/** Undefined when the path would leave the service's own address. */
function urlBelow(base: string, path: string): URL | undefined {
  if (!URL.canParse(base)) return undefined;
  const root = new URL(base);
  const folder = root.pathname.replace(/\/+$/, '');
  if (!URL.canParse(`${root.origin}${folder}${path}`) || /(?:^|\/)(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(path) || path.includes('\\')) return undefined;
  const url = new URL(`${root.origin}${folder}${path}`);
  url.hash = '';
  return url.origin === root.origin && url.pathname.startsWith(`${folder}/`) ? url : undefined;
}

function render(results: readonly ProbeResult[]): string {
  if (results.length === 0) return 'Stopped before the first request.';
  const good = results.filter((result) => isGood(result));
  const middle = median(results.filter(({ status }) => status !== undefined).map(({ milliseconds }) => milliseconds));
  const summary = `${good.length} of ${results.length} requests succeeded${middle === undefined ? '' : `, median ${Math.round(middle)} ms, slowest ${Math.round(Math.max(...results.map(({ milliseconds }) => milliseconds)))} ms`}`;
  const shown = results.findLast((result) => !isGood(result)) ?? results.at(-1);
  const headers = Object.entries(shown?.headers ?? {}).filter(([name]) => tellingHeaders.has(name)).sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    summary,
    ...results.map((result, index) => `${index + 1}. ${line(result)}`),
    ...(headers.length === 0 ? [] : ['headers:', ...headers.map(([name, value]) => `  ${name}: ${value.slice(0, 300)}`)]),
    ...(shown === undefined || shown.body === '' ? [] : ['body:', capText(shown.body, bodyCharacters, 'the rest of the body is not shown'), ...(shown.bodyTruncated ? ['(the body goes on)'] : [])]),
  ].join('\n');
}

function line({ status, milliseconds, headersMilliseconds, error }: ProbeResult): string {
  const time = `${Math.round(milliseconds)} ms`;
  if (status === undefined) return `no response after ${time}: ${error?.code ?? 'UNKNOWN'}, ${error?.message ?? ''}${remedy(error?.code)}`;
  const broken = error === undefined ? '' : `, then the body broke off: ${error.code}, ${error.message}`;
  return `HTTP ${status} in ${time}${headersMilliseconds === undefined ? '' : ` (headers after ${Math.round(headersMilliseconds)} ms)`}${broken}`;
}

function remedy(code: string | undefined): string {
  const advice: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there; look at service_status',
    ENOTFOUND: 'the name does not resolve; try dns_lookup',
    EAI_AGAIN: 'DNS did not answer; try dns_lookup',
    TIMEOUT: 'it accepts or drops connections without answering; try tcp_connect',
    ECONNRESET: 'the peer closed the connection',
    UND_ERR_SOCKET: 'the peer closed the connection',
  };
  const text = code === undefined ? undefined : advice[code];
  return text === undefined ? '' : ` (${text})`;
}

function isGood({ status, error }: ProbeResult): boolean {
  return status !== undefined && status < 400 && error === undefined;
}

const tellingHeaders = new Set(['age', 'cache-control', 'content-length', 'content-type', 'date', 'location', 'retry-after', 'server', 'traceparent', 'via', 'www-authenticate', 'x-cache', 'x-envoy-upstream-service-time', 'x-powered-by', 'x-ratelimit-remaining', 'x-request-id']);
