import { createServer as createHttpServer } from 'node:http';
import { createSecureServer, createServer } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import * as fc from 'fast-check';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceTarget } from '../../../src/config/targets.ts';
import { grpcHealth } from '../../../src/tools/grpc/grpc-health.ts';
import { decodeStatus, encodeRequest } from '../../../src/tools/grpc/message.ts';
import type { ToolResult } from '../../../src/tools/tool.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const services: ServiceTarget[] = [];
let received: { path: string; body: Buffer }[] = [];
let reply: (stream: ServerHttp2Stream, service: string) => void = () => undefined;

async function listen(name: string, server: Server, scheme = 'http'): Promise<void> {
  servers.push(server.listen(0, '127.0.0.1').on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }));
  await new Promise((resolve) => server.once('listening', resolve));
  services.push({ name, url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] });
}

function answer(stream: ServerHttp2Stream, headers: Record<string, string | number | undefined>): void {
  const chunks: Buffer[] = [];
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    const body = Buffer.concat(chunks);
    received.push({ path: String(headers[':path']), body });
    reply(stream, body.subarray(7).toString());
  });
}

beforeAll(async () => {
  await listen('grpc', createServer().on('stream', answer).on('sessionError', () => undefined));
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'x' }], { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' });
  await listen('untrusted', createSecureServer({ key, cert }).on('stream', answer).on('sessionError', () => undefined), 'https');
  await listen('web', createHttpServer((_request, response) => response.end('fine')));
  await listen('silent', createTcpServer((socket) => void socket.resume()));
  services.push({ ...services[0] as ServiceTarget, name: 'gone', url: 'http://127.0.0.1:1' }, { ...services[0] as ServiceTarget, name: 'metadata', url: 'http://169.254.169.254' });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

async function run(input: Record<string, unknown>): Promise<ToolResult> {
  const tool = grpcHealth(services, 500);
  return tool.run(tool.input.parse({ service: 'grpc', ...input }), { signal: new AbortController().signal });
}

const message = (...body: number[]): Buffer => Buffer.from([0, 0, 0, 0, body.length, ...body]);

function serve(body: Buffer, status = '0'): typeof reply {
  return (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
    stream.end(body);
  };
}

describe('grpc_health', () => {
  test('asks the health service, and says what it answers and how long it took', async () => {
    received = [];
    reply = serve(message(8, 1));
    const { output, command, failed } = await run({});
    expect(output).toMatch(/^the server as a whole is SERVING\n\(connected after \d+ ms, answered \d+ ms later, \d+ ms in all, from 127\.0\.0\.1\)$/);
    expect({ failed, command }).toEqual({ failed: false, command: `grpc_health_probe -addr=${new URL(services[0]?.url ?? '').host}` });
    expect(received).toEqual([{ path: '/grpc.health.v1.Health/Check', body: Buffer.from([0, 0, 0, 0, 0]) }]);
    reply = serve(message(8, 2));
    expect((await run({ grpc_service: 'shop.v1.Checkout' })).output).toMatch(/^shop\.v1\.Checkout is NOT_SERVING\n/);
    expect(received[1]?.body.toString()).toContain('shop.v1.Checkout');
  });

  test.each([
    ['12', /^gRPC status 12 UNIMPLEMENTED: it speaks gRPC and has no health service/],
    ['5', /^gRPC status 5 NOT_FOUND: its health service does not know the server as a whole/],
    ['14', /^gRPC status 14 UNAVAILABLE: no backend\n/],
    ['99', /^gRPC status 99 : no backend/],
  ])('status %s without a message', async (code, expected) => {
    reply = (stream) => stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': code, 'grpc-message': 'no%20backend' }, { endStream: true });
    expect(await run({})).toMatchObject({ failed: true, output: expect.stringMatching(expected) as string });
  });

  test('what is no gRPC is said plainly', async () => {
    reply = (stream) => {
      stream.respond({ ':status': 404, 'content-type': 'text/html' });
      stream.end('<html>');
    };
    expect((await run({})).output).toMatch(/^no gRPC answer: HTTP 404, text\/html\./);
    expect(await run({ service: 'web' })).toMatchObject({ failed: true, output: expect.stringMatching(/^no answer: \w+, .*may not speak HTTP\/2/) as string });
    reply = serve(Buffer.from('nonsense'));
    expect((await run({})).output).toMatch(/^The answer is no health status\./);
    reply = (stream) => stream.close(2);
    expect(await run({})).toMatchObject({ failed: true, output: expect.stringMatching(/^no answer: ERR_HTTP2_STREAM_ERROR/) as string });
    reply = serve(Buffer.alloc(1024 * 1024));
    expect(await run({})).toMatchObject({ failed: true });
  });

  test('nothing there, no answer, a certificate that is not trusted, an address that is never contacted', async () => {
    expect(await run({ service: 'gone' })).toMatchObject({ failed: true, output: expect.stringContaining('ECONNREFUSED') as string });
    expect(await run({ service: 'silent' })).toMatchObject({ failed: true, output: expect.stringContaining('TIMEOUT') as string });
    received = [];
    expect(await run({ service: 'untrusted' })).toMatchObject({ failed: true, output: expect.stringMatching(/SELF_SIGNED_CERT.*look at the certificate/) as string });
    expect(received).toEqual([]);
    expect(await run({ service: 'metadata' })).toMatchObject({ failed: true, output: expect.stringContaining('never contacted') as string });
  });

  test.each([{ service: 'other' }, { grpc_service: '' }, { grpc_service: 'a/b' }, { grpc_service: 'x'.repeat(200) }, { url: 'http://evil.test' }])('%j is refused', (input) => {
    expect(grpcHealth(services).input.safeParse({ service: 'grpc', ...input }).success).toBe(false);
  });
});

describe('messages', () => {
  test('any bytes are a status or none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, framed) => {
      const status = decodeStatus(framed ? message(...bytes) : Buffer.from(bytes));
      expect(status === undefined || Number.isInteger(status)).toBe(true);
    }));
  });

  test('fields that are not known are passed over', () => {
    expect(decodeStatus(message())).toBe(0);
    expect(decodeStatus(message(0x12, 2, 8, 9, 8, 1, 0x19, 0, 0, 0, 0, 0, 0, 0, 0))).toBe(1);
    expect(decodeStatus(message(0x12, 200))).toBeUndefined();
    expect(encodeRequest('ab')).toEqual(Buffer.from([0, 0, 0, 0, 4, 10, 2, 97, 98]));
  });
});
