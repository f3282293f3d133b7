import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpProbe } from '../../../src/tools/http/http-probe.ts';
import type { Tool, ToolResult } from '../../../src/tools/tool.ts';

let server: Server;
let tool: Tool;
let base: string;
const requests: string[] = [];
let failures = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === '/shop/flaky') return void response.writeHead((failures += 1) % 2 === 0 ? 200 : 503, { 'retry-after': '3', 'x-private': 'no' }).end('pool exhausted');
    if (request.url === '/shop/long') return void response.end('x'.repeat(200_000));
    response.end('fine');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shared = { checks: [], latencyBudgetMilliseconds: 100, dependsOn: [], databases: [] };
  tool = httpProbe([{ name: 'shop', url: `${base}/shop/`, ...shared }, { name: 'gone', url: 'http://127.0.0.1:1', ...shared }, { name: 'metadata', url: 'http://169.254.169.254', ...shared }]);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function run(input: Record<string, unknown>): Promise<ToolResult> {
  return tool.run(tool.input.parse(input), { signal: new AbortController().signal });
}

describe('http_probe', () => {
  test('requests a path below the service', async () => {
    requests.length = 0;
    const result = await run({ service: 'shop', path: '/orders?limit=1' });
    expect(requests).toEqual(['GET /shop/orders?limit=1']);
    expect(result).toMatchObject({ command: `curl -sS -i -m 5 ${base}/shop/orders?limit=1`, failed: false });
    expect(result.output).toMatch(/^1 of 1 requests succeeded, median \d+ ms[^]*HTTP 200 in \d+ ms[^]*body:\nfine$/);
  });

  test('samples, and shows the one that failed', async () => {
    const { output } = await run({ service: 'shop', path: '/flaky', samples: 4 });
    expect(output).toMatch(/^2 of 4 requests succeeded/);
    expect(output).toContain('retry-after: 3');
    expect(output).not.toContain('x-private');
    expect(output).toContain('pool exhausted');
  });

  test('cuts long bodies and says what failed and what to try', async () => {
    expect((await run({ service: 'shop', path: '/long' })).output.length).toBeLessThan(3_000);
    expect(await run({ service: 'gone', path: '/' })).toMatchObject({ failed: true, output: expect.stringMatching(/ECONNREFUSED.*service_status/) as string });
  });

  test('HEAD has no body', async () => {
    requests.length = 0;
    expect((await run({ service: 'shop', path: '/x', method: 'HEAD' })).output).not.toContain('body:');
    expect(requests).toEqual(['HEAD /shop/x']);
  });

  test('never contacts a metadata address, though it is configured', async () => {
    expect(await run({ service: 'metadata', path: '/latest/meta-data' })).toMatchObject({ failed: true, output: expect.stringContaining('never contacted') as string });
  });

  test.each(['/../admin', '/a/../../admin', '/%2e%2e/admin', '/.%2E/admin', '/./', '/a\\..\\..\\admin', '/..', '/..?x'])('%s does not leave the service', async (path) => {
    requests.length = 0;
    expect(await run({ service: 'shop', path })).toMatchObject({ failed: true, output: expect.stringContaining('Refused') as string });
    expect(requests).toEqual([]);
  });

  test.each([['', 'no slash'], ['orders', 'no slash'], ['//evil.test/', 'another host'], ['/a b', 'a space'], ['/a\nHost: x', 'a newline'], ['/\u202Ea', 'bidi'], [`/${'x'.repeat(600)}`, 'long']])('%j is refused: %s', (path) => {
    expect(tool.input.safeParse({ service: 'shop', path }).success).toBe(false);
  });

  test('takes configured services, GET and HEAD, and nothing else', () => {
    for (const wrong of [{ service: 'other', path: '/' }, { service: 'shop', path: '/', method: 'POST' }, { service: 'shop', path: '/', samples: 11 }, { service: 'shop', path: '/', headers: {} }, { service: '__proto__', path: '/' }]) expect(tool.input.safeParse(wrong).success).toBe(false);
  });

  test('no accepted path reaches anything but the service', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('/', '..', '.', '%2e', '%2E', '%2f', '\\', '@', ':', '?', '#', 'a', '%00', ';', '//', 'http://evil.test'), { maxLength: 8 }).map((parts) => `/${parts.join('')}`), async (path) => {
      if (!tool.input.safeParse({ service: 'shop', path }).success) return;
      requests.length = 0;
      await run({ service: 'shop', path });
      for (const request of requests) expect(request).toMatch(/^GET \/shop\//);
    }), { numRuns: 150 });
  });
});
