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
    if (request.url === '/shop/moved') return void response.writeHead(302, { location: '/shop/moved-again' }).end();
    if (request.url === '/shop/moved-again') return void response.writeHead(307, { location: `${base}/shop/home` }).end();
    if (request.url === '/shop/loop') return void response.writeHead(301, { location: '?again' }).end();
    if (request.url === '/shop/loop?again') return void response.writeHead(301, { location: '/shop/loop' }).end();
    if (request.url?.startsWith('/shop/further')) return void response.writeHead(301, { location: `${request.url}/x` }).end();
    if (request.url?.startsWith('/shop/away/')) return void response.writeHead(302, { location: decodeURIComponent(request.url.slice('/shop/away/'.length)), 'set-cookie': 'session=abc' }).end();
    if (request.url === '/shop/binary') return void response.end(Buffer.from(Array.from({ length: 2_560 }, (_, index) => index % 256)));
    if (request.url === '/shop/slow') return void setTimeout(() => response.end('at last'), 250);
    if (request.url === '/shop/hang') return;
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
    expect(await run({ service: 'gone', path: '/' })).toMatchObject({ failed: true, output: expect.stringMatching(/ECONNREFUSED.*see whether the process runs/) as string });
  });

  test('says where the time went', async () => {
    const { output } = await run({ service: 'shop', path: '/slow', samples: 2 });
    expect(output).toMatch(/\nfirst byte p50 (2[4-9]\d|[3-9]\d\d)/);
    expect(output).toMatch(/HTTP 200 in \d+ ms \(connect [\d.]+, first byte \d+, body [\d.]+ ms; from 127\.0\.0\.1\)/);
    expect(output).toContain('errors: 0 %; answers: 200 x2');
    const named = httpProbe([{ name: 'named', url: base.replace('127.0.0.1', 'localhost'), checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] }]);
    expect((await named.run(named.input.parse({ service: 'named', path: '/' }), { signal: new AbortController().signal })).output).toMatch(/\(dns [\d.]+, connect [\d.]+, first byte/);
  });

  test('tells a process that does not answer from packets that are dropped, and ends in time', async () => {
    const impatient = httpProbe([{ name: 'shop', url: `${base}/shop`, checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] }], { timeoutMilliseconds: 200, patienceMilliseconds: 500 });
    const { output, failed } = await impatient.run(impatient.input.parse({ service: 'shop', path: '/hang', samples: 30 }), { signal: new AbortController().signal });
    expect(failed).toBe(true);
    expect(output).toMatch(/TIMEOUT, no complete answer within 200 ms \(it was connected to and did not answer/);
    expect(output).toMatch(/stopped after [1-5] of 30 requests: they took over/);
  });

  test('what was stopped by us is no failure of the service', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const { output } = await tool.run(tool.input.parse({ service: 'shop', path: '/slow', samples: 30 }), { signal: stop.signal });
    expect(output).not.toContain('ABORTED');
    expect(output).toMatch(/requests: the time was up|Stopped before/);
  });

  test('follows redirects when asked, hop by hop', async () => {
    requests.length = 0;
    expect((await run({ service: 'shop', path: '/moved' })).output).toMatch(/HTTP 302[^]*location: \/shop\/moved-again/);
    expect(requests).toEqual(['GET /shop/moved']);
    requests.length = 0;
    const { output, command } = await run({ service: 'shop', path: '/moved', follow: true });
    expect(command).toContain('curl -sS -i -L ');
    expect(requests).toEqual(['GET /shop/moved', 'GET /shop/moved-again', 'GET /shop/home']);
    expect(output).toMatch(/1\. http\S+\/moved HTTP 302 [^]*\n {3}then http\S+\/moved-again HTTP 307 [^]*\n {3}then http\S+\/home HTTP 200 [^]*\nbody:\nfine$/);
    expect((await run({ service: 'shop', path: '/loop', follow: true })).output).toContain('a loop');
    requests.length = 0;
    expect((await run({ service: 'shop', path: '/further', follow: true })).output).toContain('no more than 5 redirects are followed');
    expect(requests).toHaveLength(6);
  });

  test.each(['http://evil.test/', 'http://169.254.169.254/latest', '//evil.test/', '/admin', '/shop/../admin', '/shop/%2e%2e/admin', 'file:///etc/passwd', 'http://127.0.0.1:1@evil.test/', 'https://127.0.0.1:1/', 'http://user:pw@127.0.0.1:1/'])('a redirect to %s is shown and not followed', async (location) => {
    requests.length = 0;
    const { output } = await run({ service: 'shop', path: `/away/${encodeURIComponent(location)}`, follow: true });
    expect(requests).toHaveLength(1);
    expect(output).toMatch(/not requested/);
    expect(output).not.toContain('session=abc');
  });

  test('does not show binary', async () => {
    expect((await run({ service: 'shop', path: '/binary' })).output).toMatch(/\nbody: binary, [\d,]+ characters or more, not shown$/);
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
    for (const wrong of [{ service: 'other', path: '/' }, { service: 'shop', path: '/', method: 'POST' }, { service: 'shop', path: '/', samples: 31 }, { service: 'shop', path: '/', headers: {} }, { service: '__proto__', path: '/' }]) expect(tool.input.safeParse(wrong).success).toBe(false);
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
