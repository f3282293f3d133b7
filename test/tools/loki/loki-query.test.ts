import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { QueryTarget } from '../../../src/config/targets.ts';
import { lokiQuery } from '../../../src/tools/loki/loki-query.ts';
import type { ToolResult } from '../../../src/tools/tool.ts';

let server: Server;
let target: QueryTarget;
let seen: { url: URL; headers: IncomingHttpHeaders }[] = [];
let answer: { status?: number; body: unknown };

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    seen.push({ url, headers: request.headers });
    const { status = 200, body } = url.pathname === '/loki/api/v1/labels' ? { body: { status: 'success', data: ['app', 'namespace'] } } : answer;
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  target = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tenant: 'shop', token: { variable: 'T', reveal: () => 'planted-token' } };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  seen = [];
});

async function run(input: Record<string, unknown>): Promise<ToolResult> {
  const tool = lokiQuery(target, ['service'], () => new Date('2026-11-22T12:00:00Z'));
  return tool.run(tool.input.parse(input), { signal: new AbortController().signal });
}

const at = Date.parse('2026-11-22T11:00:00Z');
const nano = (milliseconds: number): string => `${at + milliseconds}000123`;
const streams = (...result: [Record<string, string>, [string, string][]][]) => ({ body: { status: 'success', data: { resultType: 'streams', result: result.map(([stream, values]) => ({ stream, values })), stats: {} } } });

describe('loki_query', () => {
  test('lines of several streams in their order, alike ones once, common labels once', async () => {
    answer = streams(
      [{ namespace: 'shop', pod: 'a' }, [[nano(2000), 'order 2 done'], [nano(1000), 'order 1 done'], [nano(0), 'order 0 done']]],
      [{ namespace: 'shop', pod: 'b' }, [[nano(1500), 'FATAL: no connection\n']]],
    );
    const { output, command } = await run({ query: '{namespace="shop"} |= "o"' });
    expect(output).toBe([
      'all: {namespace="shop"}',
      '2026-11-22T11:00:00.000Z {pod="a"} order 0 done',
      '  [3 lines like this, first 2026-11-22T11:00:00.000Z, last 2026-11-22T11:00:02.000Z]',
      '2026-11-22T11:00:01.500Z {pod="b"} FATAL: no connection',
      '(4 lines of 2 kinds; 1 kind shown once with a count, all others line by line)',
      '(4 lines)',
    ].join('\n'));
    expect(command).toMatch(/^logcli --addr=http:\S+ --org-id=shop query '\{namespace="shop"\} \|= "o"' --from=2026-11-22T11:00:00Z --to=2026-11-22T12:00:00Z --limit=500$/);
    expect(seen.map(({ url }) => url.pathname)).toEqual(['/loki/api/v1/query_range']);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer planted-token', 'x-scope-orgid': 'shop' });
    expect(Object.fromEntries(seen[0]?.url.searchParams ?? [])).toEqual({ query: '{namespace="shop"} |= "o"', start: '1795345200000000000', end: '1795348800000000000', limit: '500', direction: 'backward', step: '30s' });
  });

  test('one stream is named once; a full answer may not be all', async () => {
    answer = streams([{ app: 'x' }, [[nano(0), 'one'], [nano(1), 'two']]]);
    expect((await run({ query: '{app="x"}', limit: 2, direction: 'forward' })).output).toBe('all: {app="x"}\n2026-11-22T11:00:00.000Z one\n2026-11-22T11:00:00.001Z two\n(2 lines, as many as were asked for: there may be more)');
    expect(seen[0]?.url.searchParams.get('direction')).toBe('forward');
  });

  test('metric queries are tables', async () => {
    answer = { body: { status: 'success', data: { resultType: 'matrix', result: [{ metric: { app: 'x' }, values: [[at / 1000, '3'], [at / 1000 + 30, '9']] }] } } };
    expect((await run({ query: 'sum by (app) (count_over_time({app="x"}[5m]))' })).output).toMatch(/\{app="x"\} +\| 3 +\| 11:00:00 \| 9 +\| 11:00:30/);
  });

  test('nothing, or an error: names the labels that there are', async () => {
    answer = streams();
    expect((await run({ query: '{job="x"}' })).output).toBe('Nothing matches in that time. Labels there are: app, namespace.');
    answer = { status: 400, body: 'parse error at line 1, col 2: syntax error\n' };
    expect(await run({ query: '{' })).toMatchObject({ failed: true, output: 'The query failed: HTTP 400: parse error at line 1, col 2: syntax error. Labels there are: app, namespace.' });
  });

  test('odd times and long lines do no harm', async () => {
    answer = streams([{}, [['x', 'a'], ['99999999999999999999', 'b'.repeat(100_000)]]]);
    expect((await run({ query: '{a="b"}' })).output.length).toBeLessThan(10_000);
  });

  test.each([{}, { query: 'a\u0000' }, { query: 'x', limit: 2_001 }, { query: 'x', direction: 'sideways' }, { query: 'x', minutes: -1 }, { query: 'x', tenant: 'other' }])('%j is refused', (input) => {
    expect(lokiQuery(target, ['service']).input.safeParse(input).success).toBe(false);
  });
});
