import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowedHostsOf, assertAddressAllowed, parseAllowedUrl } from '../../../src/tools/http/allowed-url.ts';
import { probe } from '../../../src/tools/http/request.ts';

let server: Server;
let base: string;
let host: string;
const seen: IncomingMessage['headers'][] = [];

const pages: Record<string, (response: ServerResponse) => void> = {
  '/ok': (response) => response.setHeader('x-version', '7').end('fine'),
  '/broken': (response) => response.writeHead(503).end('pool exhausted'),
  '/redirect': (response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
  '/hang': () => undefined,
  '/half': (response) => void response.write('first part', () => setTimeout(() => response.destroy(), 50)),
  '/drip': (response) => {
    response.write('start');
    const timer = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/huge': (response) => {
    const block = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    const more = (): void => {
      while (sent < 200 && !response.destroyed) {
        sent += 1;
        if (!response.write(block)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  },
  '/binary': (response) => response.end(Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
};

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers);
    const page = pages[request.url ?? ''];
    if (page === undefined) response.writeHead(404).end();
    else page(response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  base = `http://${host}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const options = () => ({ timeoutMilliseconds: 20_000, allowedHosts: [host] });

describe('probe', () => {
  test('gives status, headers, body and timing', async () => {
    const result = await probe(`${base}/ok`, options());
    expect(result).toMatchObject({ status: 200, body: 'fine', bodyTruncated: false, headers: { 'x-version': '7' } });
    expect(result.error).toBeUndefined();
    expect(result.milliseconds).toBeGreaterThan(0);
    expect(await probe(`${base}/broken`, options())).toMatchObject({ status: 503, body: 'pool exhausted' });
    expect(await probe(`${base}/ok`, { ...options(), method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('sends only what it is told', async () => {
    seen.length = 0;
    await probe(`${base}/ok`, { ...options(), headers: { authorization: 'Bearer x' } });
    expect(Object.keys(seen[0] ?? {}).sort()).toEqual(['accept', 'authorization', 'connection', 'host', 'user-agent']);
  });

  test('follows no redirect', async () => {
    expect(await probe(`${base}/redirect`, options())).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/latest' } });
  });

  test('ends a server that never answers, or never stops answering', async () => {
    expect(await probe(`${base}/hang`, { ...options(), timeoutMilliseconds: 200 })).toMatchObject({ error: { code: 'TIMEOUT' } });
    const dripping = await probe(`${base}/drip`, { ...options(), timeoutMilliseconds: 2_000 });
    expect(dripping).toMatchObject({ status: 200, error: { code: 'TIMEOUT' } });
    expect(dripping.body).toContain('start');
  });

  test('stops when aborted', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(await probe(`${base}/hang`, { ...options(), signal: stop.signal })).toMatchObject({ error: { code: 'ABORTED' } });
  });

  test('keeps the first part of a body that breaks off', async () => {
    const result = await probe(`${base}/half`, options());
    expect(result).toMatchObject({ status: 200, body: 'first part' });
    expect(result.error?.code).toBeTruthy();
  });

  test('reads no more than the cap of a 200 MB body', async () => {
    const rss = process.memoryUsage().rss;
    const result = await probe(`${base}/huge`, { ...options(), maxBytes: 10_000 });
    expect(result.body.length).toBe(10_000);
    expect(result.bodyTruncated).toBe(true);
    expect(process.memoryUsage().rss - rss).toBeLessThan(100 * 1024 * 1024);
  });

  test('takes binary', async () => {
    expect((await probe(`${base}/binary`, options())).body).toContain('\uFFFD');
  });

  test('names the errno when nothing listens, and survives nonsense instead of HTTP', async () => {
    const nonsense = createTcpServer((socket) => void socket.on('error', () => undefined).resume().end('NOPE\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => nonsense.once('listening', resolve));
    const { port } = nonsense.address() as AddressInfo;
    const allowed = { ...options(), allowedHosts: [`127.0.0.1:${port}`] };
    expect((await probe(`http://127.0.0.1:${port}/`, allowed)).error?.code).toMatch(/^HPE_|BAD_HTTP/);
    await new Promise((resolve) => nonsense.close(resolve));
    expect(await probe(`http://127.0.0.1:${port}/`, allowed)).toMatchObject({ error: { code: 'ECONNREFUSED' } });
  });

  test('checks the address that a name resolves to', async () => {
    const name = `localhost:${host.split(':')[1] ?? ''}`;
    expect(await probe(`http://${name}/ok`, { ...options(), allowedHosts: [name] })).toMatchObject({ status: 200 });
    expect(await probe('http://no-such-host.invalid/', { ...options(), allowedHosts: ['no-such-host.invalid:80'] })).toMatchObject({ error: { code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string } });
  });
});

describe('the allowlist', () => {
  const allowed = ['checkout.internal:8080', '169.254.169.254:80', 'metadata.google.internal:80', '[::ffff:a9fe:a9fe]:80', '[fd00:ec2::254]:80', '0.0.0.0:80'];
  test.each([
    'file:///etc/hostname', 'ftp://checkout.internal:8080/', 'gopher://checkout.internal:8080/', 'data:text/plain,x', 'javascript:1',
    'http://user@checkout.internal:8080/', 'http://user:password@checkout.internal:8080/', 'http://:p@checkout.internal:8080/',
    'http://checkout.internal/', 'http://checkout.internal:8081/', 'https://checkout.internal/', 'http://checkout.internal.evil.test:8080/',
    'http://evil.test#@checkout.internal:8080/', 'http://evil.test\\@checkout.internal:8080/', 'http://checkout.internal:8080@evil.test/',
    'http://169.254.169.254/latest/meta-data', 'http://2852039166/', 'http://0xa9.0xfe.0xa9.0xfe/', 'http://[::ffff:169.254.169.254]/', 'http://[fd00:ec2::254]/', 'http://metadata.google.internal/', 'http://0/',
    'not a url', '', '//checkout.internal:8080/', 'http://',
  ])('%s is refused', async (url) => {
    expect(() => parseAllowedUrl(url, allowed)).toThrow(expect.objectContaining({ code: 'REQUEST_REFUSED' }));
    await expect(probe(url, { timeoutMilliseconds: 1_000, allowedHosts: allowed })).rejects.toMatchObject({ code: 'REQUEST_REFUSED' });
  });

  test('lets configured hosts through, however they are written', () => {
    expect(parseAllowedUrl('HTTP://Checkout.Internal:8080/a?b', allowed).href).toBe('http://checkout.internal:8080/a?b');
  });

  test.each(['169.254.169.254', '169.254.0.1', '0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'fe80::1', 'ff02::1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', 'fd00:ec2::254', '168.63.129.16', '100.100.100.200', 'METADATA.google.internal.'])('%s is never contacted', (address) => {
    expect(() => assertAddressAllowed(address)).toThrow(/never contacted/);
  });

  test.each(['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', 'checkout'])('%s may be, when configured', (address) => {
    expect(() => assertAddressAllowed(address)).not.toThrow();
  });

  test('no URL gets past unless its parsed host and port are on the list', () => {
    fc.assert(fc.property(fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string(), fc.string({ unit: 'binary' }).map((text) => `http://${text}`)), (text) => {
      expect(() => parseAllowedUrl(text, ['only.this:1'])).toThrow(expect.objectContaining({ code: 'REQUEST_REFUSED' }));
    }), { numRuns: 500 });
  });

  test('is made from services, status documents and operations', () => {
    expect(allowedHostsOf({
      services: [{ name: 'a', url: 'http://a.test', checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [], status: 'https://status.test/a' }],
      operations: [{ name: 'o', description: '', effect: 'other', parameters: {}, read: { url: 'http://ops.test:81/{service}', value: '/v' }, change: { method: 'PUT', url: 'http://ops.test:82/{service}' }, undo: { kind: 'impossible' } }],
    })).toEqual(['a.test:80', 'ops.test:81', 'ops.test:82', 'status.test:443']);
  });
});
