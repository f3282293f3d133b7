/** What requests showed, as an engineer writes it down. Pure. */
import { capText } from '../cap-text.ts';
import type { Hop } from './follow.ts';
import type { Phases, ProbeResult } from './request.ts';

const bodyCharacters = 2_000;
const mostHeaderCharacters = 300;

/** One element per sample, each with its hops. `note` says why there are fewer than were asked for. */
export function probeText(samples: readonly (readonly Hop[])[], note?: string): string {
  const results = samples.flatMap((hops) => hops.at(-1)?.result ?? []);
  if (results.length === 0) return 'Stopped before the first request.';
  const good = results.filter(isGood);
  const times = samples.map((hops) => hops.reduce((sum, { result }) => sum + result.milliseconds, 0));
  const answered = times.filter((_, index) => results[index]?.status !== undefined);
  const middle = percentile(answered, 0.5);
  const worst = samples.findLast((hops) => !isGood(hops.at(-1)?.result)) ?? samples.at(-1) ?? [];
  return [
    `${good.length} of ${results.length} requests succeeded${middle === undefined ? '' : `, median ${Math.round(middle)} ms, slowest ${Math.round(Math.max(...times))} ms`}`,
    ...(results.length > 1 ? distribution(results, answered) : []),
    ...(note === undefined ? [] : [note]),
    ...samples.flatMap((hops, index) => hops.flatMap((hop, step) => hopLines(hop, step === 0 ? `${index + 1}. ` : '   then ', step > 0 || hops.length > 1))),
    ...details(worst.at(-1)?.result),
  ].join('\n');
}

function distribution(results: readonly ProbeResult[], answered: readonly number[]): string[] {
  const counts = new Map<string, number>();
  for (const { status, error } of results) {
    const name = status === undefined ? (error?.code ?? 'UNKNOWN') : error === undefined ? String(status) : `${status} cut off by ${error.code}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const failed = results.filter((result) => !isGood(result)).length;
  const phases = (['dns', 'connect', 'tls', 'firstByte'] as const).flatMap((phase) => {
    const values = results.flatMap(({ phases: { [phase]: value } }) => (value === undefined ? [] : [value]));
    return values.length === 0 ? [] : [`${phaseNames[phase]} ${percentiles(values)}`];
  });
  return [
    `errors: ${Math.round((100 * failed) / results.length)} %; answers: ${[...counts].sort(([, left], [, right]) => right - left).map(([name, count]) => `${name} x${count}`).join(', ')}`,
    ...(answered.length === 0 ? [] : [`total ${percentiles(answered)}`]),
    ...phases,
  ];
}

const phaseNames = { dns: 'dns', connect: 'connect', tls: 'tls', firstByte: 'first byte' } as const;

function percentiles(values: readonly number[]): string {
  const of = (share: number): string => round(percentile(values, share) ?? 0);
  return `p50 ${of(0.5)}, p90 ${of(0.9)}, p99 ${of(0.99)}, most ${of(1)} ms`;
}

/** Nearest rank. */
function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function hopLines({ url, result, stopped }: Hop, prefix: string, showUrl: boolean): string[] {
  return [`${prefix}${showUrl ? `${url} ` : ''}${line(result)}`, ...(stopped === undefined ? [] : [`   ${stopped}`])];
}

function line({ status, milliseconds, headersMilliseconds, phases, address, error }: ProbeResult): string {
  const time = `${Math.round(milliseconds)} ms`;
  const breakdown = [...phaseList(phases), ...(headersMilliseconds === undefined ? [] : [`body ${round(Math.max(0, milliseconds - headersMilliseconds))}`])].join(', ');
  const details = [breakdown === '' ? '' : `${breakdown} ms`, address === undefined ? '' : `from ${address}`].filter((part) => part !== '').join('; ');
  const shown = details === '' ? '' : ` (${details})`;
  if (status === undefined) return `no response after ${time}${shown}: ${error?.code ?? 'UNKNOWN'}, ${error?.message ?? ''}${remedy(error?.code, phases)}`;
  return `HTTP ${status} in ${time}${shown}${error === undefined ? '' : `, then the body broke off: ${error.code}, ${error.message}`}`;
}

function phaseList(phases: Phases): string[] {
  return (['dns', 'connect', 'tls', 'firstByte'] as const).flatMap((phase) => (phases[phase] === undefined ? [] : [`${phaseNames[phase]} ${round(phases[phase])}`]));
}

function round(milliseconds: number): string {
  return milliseconds < 10 ? String(Math.round(milliseconds * 10) / 10) : String(Math.round(milliseconds));
}

/** What it means and where to look next. Names no tool: which of them there are depends on the configuration and on who asks. */
function remedy(code: string | undefined, { connect, tls }: Phases): string {
  if (code === 'TIMEOUT') return ` (${tls !== undefined || connect !== undefined ? 'it was connected to and did not answer: the process hangs or waits for something; see its log, its threads and what it depends on' : 'no connection came about: packets are dropped on the way (network policy, firewall) or the host is down'})`;
  const text = code === undefined ? undefined : (advice[code] ?? (/CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code) ? 'its certificate is not trusted; look at the certificate and its chain' : undefined));
  return text === undefined ? '' : ` (${text})`;
}

const advice: Record<string, string | undefined> = Object.assign(Object.create(null) as Record<string, string>, {
  ECONNREFUSED: 'the host is up and nothing listens on that port; see whether the process runs and on which address and port it listens',
  ENOTFOUND: 'the name does not resolve; look it up in DNS, and compare it with the configured name',
  EAI_AGAIN: 'DNS did not answer; see whether the resolver is well',
  ECONNRESET: 'the peer closed the connection; see its log and restarts',
  UND_ERR_SOCKET: 'the peer closed the connection; see its log and restarts',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on that port',
});

function details(result: ProbeResult | undefined): string[] {
  if (result === undefined) return [];
  const headers = Object.entries(result.headers).filter(([name]) => tellingHeaders.has(name)).sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    ...(headers.length === 0 ? [] : ['headers:', ...headers.map(([name, value]) => `  ${name}: ${value.slice(0, mostHeaderCharacters)}`)]),
    ...(result.body === '' ? [] : bodyLines(result)),
  ];
}

function bodyLines({ body, bodyTruncated }: ProbeResult): string[] {
  const bad = body.slice(0, bodyCharacters).replaceAll(/[^\uFFFD\0]/g, '').length;
  if (bad > 20) return [`body: binary, ${body.length.toLocaleString('en-US')} characters or more, not shown`];
  return ['body:', capText(body, bodyCharacters, 'the rest of the body is not shown'), ...(bodyTruncated ? ['(the body goes on)'] : [])];
}

function isGood(result: ProbeResult | undefined): boolean {
  return result?.status !== undefined && result.status < 400 && result.error === undefined;
}

/** What tells of caches, proxies, limits and versions; never what carries a session or a credential. */
export const tellingHeaders: ReadonlySet<string> = new Set([
  'age', 'allow', 'alt-svc', 'cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'date', 'etag', 'expires', 'last-modified', 'location', 'proxy-status', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after', 'server', 'server-timing',
  'strict-transport-security', 'traceparent', 'transfer-encoding', 'vary', 'via', 'www-authenticate', 'x-cache', 'x-envoy-overloaded', 'x-envoy-upstream-service-time', 'x-powered-by', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-request-id', 'x-runtime', 'x-served-by', 'x-version',
]);
