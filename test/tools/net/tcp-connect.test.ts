import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Targets } from '../../../src/config/targets.ts';
import type { Attempt, Ending } from '../../../src/tools/net/connect-address.ts';
import { connectAddress, describeAttempts } from '../../../src/tools/net/connect-address.ts';
import { knownEndpoints, tcpConnect } from '../../../src/tools/net/tcp-connect.ts';

let server: Server;
let port: number;
let received = '';

beforeAll(async () => {
  server = createServer((socket) => void socket.on('error', () => undefined).on('data', (chunk) => (received += chunk.toString()))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const secret = (value: string | undefined) => ({ variable: 'X', reveal: () => { if (value === undefined) throw new Error('not set'); return value; } });

function targets(): Targets {
  const shared = { checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] };
  return {
    services: [{ name: 'up', url: `http://127.0.0.1:${port}`, ...shared, status: 'https://status.test/x' }, { name: 'down', url: 'http://127.0.0.1:1', ...shared }, { name: 'metadata', url: 'http://169.254.169.254', ...shared }, { name: 'lost', url: 'http://no-such-host.invalid', ...shared }],
    databases: [{ name: 'shop', kind: 'postgres', read: secret('postgres://reader:planted@db.test:6543/shop') }, { name: 'unset', kind: 'postgres', read: secret(undefined) }],
    operations: [], hosts: [{ name: 'edge', url: 'https://edge.test:8090' }, { name: 'here', local: { units: [], certificates: [], ping: [] } }], clusters: [{ name: 'c', kubeconfig: secret('/k'), namespaces: ['shop'] }], resolvers: ['10.0.0.53', '127.0.0.1:5353', '::1'],
  };
}

async function run(endpoint: string) {
  const tool = tcpConnect(targets());
  if (tool === undefined) throw new Error('there is a tool');
  return tool.run(tool.input.parse({ endpoint }), { signal: new AbortController().signal });
}

describe('tcp_connect', () => {
  test('knows the endpoints of targets, and no credentials', () => {
    const known = knownEndpoints(targets());
    expect(known).toEqual(['10.0.0.53:53', `127.0.0.1:1`, `127.0.0.1:${port}`, '127.0.0.1:5353', '169.254.169.254:80', '[::1]:53', 'db.test:6543', 'edge.test:8090', 'no-such-host.invalid:80', 'status.test:443'].sort());
    expect(tcpConnect({ services: [], databases: [], operations: [], clusters: [], hosts: [], resolvers: [] })).toBeUndefined();
  });

  test('open, refused, and sends nothing', async () => {
    expect(await run(`127.0.0.1:${port}`)).toMatchObject({ failed: false, output: expect.stringMatching(/port \d+: 5 of 5 open, after [\d.]+ ms at least, [\d.]+ median, [\d.]+ p95$/) as string });
    expect(await run('127.0.0.1:1')).toMatchObject({ failed: true, output: expect.stringMatching(/0 of 5 open; 5 refused \(ECONNREFUSED\) after .* ms: the host is up/) as string });
    expect(received).toBe('');
  });

  test('tells an endpoint that greets from one that closes or resets at once', async () => {
    const options = { times: 2, signal: new AbortController().signal, timeoutMilliseconds: 3_000 };
    const tell = async (answer: (socket: Socket) => void): Promise<string> => {
      const other = createServer((socket) => void answer(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const { port: at } = other.address() as AddressInfo;
      const attempts = await connectAddress('127.0.0.1', { ...options, port: at });
      other.close();
      return describeAttempts('127.0.0.1', at, attempts);
    };
    expect(await tell((socket) => socket.write('220 ready\r\n'))).toMatch(/2 of 2 open.*The server spoke first/);
    expect(await tell((socket) => socket.end())).toMatch(/2 of 2 open.*closed again at once/);
    expect(await tell((socket) => socket.resetAndDestroy())).toMatch(/2 of 2 open.*reset at once|reset \(ECONNRESET\)/);
  });

  test('one bad address of several shows', async () => {
    const services = [{ name: 'up', url: `http://several.test:${port}`, checks: [], latencyBudgetMilliseconds: 1, dependsOn: [], databases: [] }];
    const tool = tcpConnect({ ...targets(), services }, async () => ['127.0.0.1', '127.0.0.9']);
    const result = await tool?.run(tool.input.parse({ endpoint: `several.test:${port}`, times: 2 }), { signal: new AbortController().signal });
    expect(result).toMatchObject({ failed: false, output: expect.stringMatching(/^127\.0\.0\.1 port \d+: 2 of 2 open.*\n127\.0\.0\.9 port \d+: 0 of 2 open; 2 refused.*\n1 of 2 addresses work/) as string });
  });

  test('mixed ends are counted apart', () => {
    const attempt = (ending: Ending, milliseconds: number, code?: string): Attempt => ({ ending, milliseconds, ...(code !== undefined && { code }) });
    expect(describeAttempts('10.0.0.7', 5432, [attempt('timeout', 3001.2), attempt('timeout', 3000)])).toBe('10.0.0.7 port 5432: 0 of 2 open; 2 timeout after 3000 to 3001 ms: no answer: a firewall or network policy drops it, or the host is down');
    expect(describeAttempts('10.0.0.7', 5432, [attempt('open', 9), attempt('open', 1), attempt('reset', 4, 'ECONNRESET'), attempt('unreachable', 0.4, 'EHOSTUNREACH')])).toMatch(/^10\.0\.0\.7 port 5432: 2 of 4 open, after 1 ms at least, 1 median, 9 p95; 1 reset \(ECONNRESET\) after 4 ms: .*; 1 unreachable \(EHOSTUNREACH\) after 0 ms/);
  });

  test('says when the name does not resolve, and never touches a metadata address', async () => {
    expect(await run('no-such-host.invalid:80')).toMatchObject({ failed: true, output: expect.stringMatching(/could not be looked up: (ENOTFOUND|EAI_AGAIN)\. Try dns_lookup/) as string });
    expect(await run('169.254.169.254:80')).toMatchObject({ failed: true, output: expect.stringContaining('never contacted') as string });
  });

  test.each(['127.0.0.1:22', 'evil.test:80', 'db.test:5432', '-f', 'db.test', 'toString'])('%s is not an endpoint of a target', async (endpoint) => {
    await expect(run(endpoint)).rejects.toThrow(/Invalid option/);
  });
});
