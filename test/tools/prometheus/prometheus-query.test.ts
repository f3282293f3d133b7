import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../src/config/configuration-error.ts';
import type { QueryTarget } from '../../../src/config/targets.ts';
import { prometheusQuery } from '../../../src/tools/prometheus/prometheus-query.ts';
import { queryAnswer } from '../../../src/tools/prometheus/result.ts';
import { resultText } from '../../../src/tools/prometheus/series-text.ts';
import type { ToolResult } from '../../../src/tools/tool.ts';

let server: Server;
let target: QueryTarget;
let seen: { url: URL; method: string; headers: IncomingHttpHeaders }[] = [];
/** By path; text is sent as it is. */
let answers: Record<string, { status?: number; body: unknown; location?: string }> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    seen.push({ url, method: request.method ?? '', headers: request.headers });
    const { status = 200, body, location } = answers[url.pathname] ?? { status: 404, body: '404 page not found' };
    response.writeHead(status, location === undefined ? {} : { location }).end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  target = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prom/`, token: { variable: 'T', reveal: () => 'planted-token' } };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen = [];
  answers = {};
});

const now = (): Date => new Date('2026-11-22T12:00:00Z');

async function run(input: Record<string, unknown>, at: QueryTarget = target): Promise<ToolResult> {
  const tool = prometheusQuery(at, ['service'], now);
  return tool.run(tool.input.parse(input), { signal: new AbortController().signal });
}

const success = (data: unknown, more: object = {}) => ({ body: { status: 'success', data, ...more } });
const up = Date.parse('2026-11-22T11:00:00Z') / 1000;

describe('prometheus_query', () => {
  test('at one moment: the largest first, what is common said once', async () => {
    answers = { '/prom/api/v1/query': success({ resultType: 'vector', result: [{ metric: { job: 'shop', pod: 'a' }, value: [up, '0.25'] }, { metric: { job: 'shop', pod: 'b' }, value: [up, '12.345678'] }, { metric: { job: 'shop', pod: 'c' }, value: [up, 'NaN'] }] }, { warnings: ['a part did not answer'] }) };
    const { output, command, failed } = await run({ query: 'sum by (pod) (rate(x_total{a="it\'s"}[5m]))' });
    expect(failed).toBeUndefined();
    expect(output).toBe('all: {job="shop"}\n{pod="b"} 12.35\n{pod="a"} 0.25\n{pod="c"} NaN\n(3 series at 2026-11-22T11:00:00Z)\n(a part did not answer)');
    expect(command).toContain(`${target.url}/api/v1/query --data-urlencode`);
    expect(command).not.toContain('planted');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer planted-token' } });
    expect(Object.fromEntries(seen[0]?.url.searchParams ?? [])).toEqual({ query: 'sum by (pod) (rate(x_total{a="it\'s"}[5m]))', time: '1795348800', timeout: '15s' });
  });

  test('over time: least, most, mean, last and a peak that is not lost', async () => {
    const values = Array.from({ length: 120 }, (_, index): [number, string] => [up + index * 30, index === 57 ? '900' : String(index < 60 ? 1 : 2)]);
    answers = { '/prom/api/v1/query_range': success({ resultType: 'matrix', result: [{ metric: { __name__: 'm', pod: 'low' }, values: [[up, '0'], [up + 30, '+Inf']] }, { metric: { __name__: 'm', pod: 'high' }, values }] }) };
    const { output } = await run({ query: 'm', minutes: 60, until: '2026-11-22T13:00:00+01:00' });
    expect(Object.fromEntries(seen[0]?.url.searchParams ?? [])).toEqual({ query: 'm', start: '1795345200', end: '1795348800', step: '30', timeout: '15s' });
    const lines = output.split('\n');
    expect(lines[0]).toBe('all: m');
    expect(lines[2]).toMatch(/^\{pod="high"\} \| 1 +\| 11:00:00 \| 900 +\| 11:28:30 \| 8\.992 \| 2 +\| 1 1 1 1 1 900 2 2 2 2 2 2$/);
    expect(lines[3]).toMatch(/^\{pod="low"\} +\| 0 +\| 11:00:00 \| 0 +\| 11:00:00 \| 0 +\| Infinity \| 0 Infinity$/);
    expect(lines[4]).toBe('(2 series, 2026-11-22T11:00:00Z to 2026-11-22T11:59:30Z)');
  });

  test('nothing: names metrics that are called alike', async () => {
    answers = {
      '/prom/api/v1/query': success({ resultType: 'vector', result: [] }),
      '/prom/api/v1/label/__name__/values': { body: { status: 'success', data: ['go_goroutines', 'http_server_requests_total', 'http_server_errors_total'] } },
    };
    expect((await run({ query: 'rate(http_requests_total{path="/go"}[5m])' })).output).toBe('No series: nothing of that name and with these labels had a value then. Metrics with a like name: http_server_requests_total, http_server_errors_total.');
  });

  test('scalars and strings', async () => {
    answers = { '/prom/api/v1/query': success({ resultType: 'scalar', result: [up, '3'] }) };
    expect((await run({ query: '3' })).output).toBe('2026-11-22T11:00:00Z: 3');
  });

  test.each([
    [400, { status: 'error', errorType: 'bad_data', error: 'invalid parameter "query": 1:3: parse error' }, 'The query failed: HTTP 400: invalid parameter "query": 1:3: parse error.'],
    [401, 'no', 'The query failed: HTTP 401: no. The token of this source is missing or wrong in the configuration.'],
    [404, 'page not found', 'The query failed: HTTP 404: page not found. The configured address may lack a path before /api or /loki.'],
    [502, '', 'The query failed: HTTP 502.'],
    [200, '<html>', 'The query failed: the answer is no JSON: see whether that is the address of the query API.'],
    [200, { data: [] }, 'The answer is not what Prometheus answers to a query: is that the address of a Prometheus?'],
  ])('HTTP %s is said with its reason', async (status, body, expected) => {
    answers = { '/prom/api/v1/query': { status, body } };
    expect(await run({ query: 'x' })).toMatchObject({ failed: true, output: expected });
  });

  test('follows no redirect, so that the token goes nowhere else', async () => {
    answers = { '/prom/api/v1/query': { status: 302, body: '', location: '/prom/api/v1/other' } };
    expect(await run({ query: 'x' })).toMatchObject({ failed: true, output: 'The query failed: HTTP 302.' });
    expect(seen).toHaveLength(1);
  });

  test('a token that is not set, and an address that is never contacted, are failures in words', async () => {
    expect(await run({ query: 'x' }, { ...target, token: { variable: 'T', reveal: () => { throw new ConfigurationError(['T is not set']); } } })).toMatchObject({ failed: true, output: expect.stringContaining('T is not set') as string });
    expect(await run({ query: 'x' }, { url: 'http://169.254.169.254' })).toMatchObject({ failed: true, output: expect.stringContaining('never contacted') as string });
    expect(await run({ query: 'x' }, { url: 'http://127.0.0.1:1' })).toMatchObject({ failed: true, output: expect.stringContaining('ECONNREFUSED') as string });
    expect(seen).toHaveLength(0);
  });

  test('an answer that is too large says what to do', async () => {
    answers = { '/prom/api/v1/query': { body: 'x'.repeat(9 * 1024 * 1024) } };
    expect(await run({ query: 'x' })).toMatchObject({ failed: true, output: expect.stringContaining('over 8 MB. Ask for less') as string });
  });

  test.each([{}, { query: '' }, { query: 'a\nb' }, { query: 'x'.repeat(2_001) }, { query: 'x', minutes: 0 }, { query: 'x', minutes: 20_000 }, { query: 'x', until: 'yesterday' }, { query: 'x', url: 'http://evil.test' }, { query: 'x', step: 1 }])('%j is refused', (input) => {
    expect(prometheusQuery(target, ['service']).input.safeParse(input).success).toBe(false);
  });

  test('a query stays a parameter, whatever is in it', async () => {
    answers = { '/prom/api/v1/query': success({ resultType: 'scalar', result: [up, '3'] }) };
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('&', '#', '?', '=', '%26', '/', '../', ';', '+', ' ', '"', 'time', 'é', '\\'), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')), async (query) => {
      seen = [];
      await run({ query });
      expect(seen.map(({ url }) => [url.pathname, url.searchParams.get('query'), [...url.searchParams.keys()]])).toEqual([['/prom/api/v1/query', query, ['query', 'time', 'timeout']]]);
    }), { numRuns: 40 });
  });
});

test('no answer of the right shape throws', () => {
  const metric = fc.dictionary(fc.constantFrom('a', '__name__', '__proto__', 'le'), fc.string({ maxLength: 4 }), { maxKeys: 3 });
  const point = fc.tuple(fc.double(), fc.constantFrom('1', 'NaN', '+Inf', '-Inf', 'x', ''));
  const data = fc.oneof(
    fc.record({ resultType: fc.constant('vector'), result: fc.array(fc.record({ metric, value: point }, { requiredKeys: ['metric'] }), { maxLength: 3 }) }),
    fc.record({ resultType: fc.constant('matrix'), result: fc.array(fc.record({ metric, values: fc.array(point, { maxLength: 20 }) }, { requiredKeys: ['metric'] }), { maxLength: 3 }) }),
  );
  fc.assert(fc.property(data, (value) => {
    const parsed = queryAnswer.safeParse({ data: value });
    const text = parsed.success && parsed.data.data.resultType !== 'streams' ? resultText(parsed.data.data) : undefined;
    expect(text ?? 'x').not.toBe('');
  }), { numRuns: 300 });
});
