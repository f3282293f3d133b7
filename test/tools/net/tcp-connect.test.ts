import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Targets } from '../../../src/config/targets.ts';
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
    operations: [], hosts: [], clusters: [{ name: 'c', kubeconfig: secret('/k'), namespaces: ['shop'] }], resolvers: ['10.0.0.53', '127.0.0.1:5353', '::1'],
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
    expect(known).toEqual(['10.0.0.53:53', `127.0.0.1:1`, `127.0.0.1:${port}`, '127.0.0.1:5353', '169.254.169.254:80', '[::1]:53', 'db.test:6543', 'no-such-host.invalid:80', 'status.test:443'].sort());
    expect(tcpConnect({ services: [], databases: [], operations: [], clusters: [], hosts: [], resolvers: [] })).toBeUndefined();
  });

  test('open, refused, and sends nothing', async () => {
    expect(await run(`127.0.0.1:${port}`)).toMatchObject({ failed: false, output: expect.stringMatching(/port \d+: open after \d+ ms/) as string });
    expect(await run('127.0.0.1:1')).toMatchObject({ failed: true, output: expect.stringContaining('ECONNREFUSED (the host is up') as string });
    expect(received).toBe('');
  });

  test('says when the name does not resolve, and never touches a metadata address', async () => {
    expect(await run('no-such-host.invalid:80')).toMatchObject({ failed: true, output: expect.stringMatching(/could not be looked up: (ENOTFOUND|EAI_AGAIN)\. Try dns_lookup/) as string });
    expect(await run('169.254.169.254:80')).toMatchObject({ failed: true, output: expect.stringContaining('never contacted') as string });
  });

  test.each(['127.0.0.1:22', 'evil.test:80', 'db.test:5432', '-f', 'db.test', 'toString'])('%s is not an endpoint of a target', async (endpoint) => {
    await expect(run(endpoint)).rejects.toThrow(/Invalid option/);
  });
});
