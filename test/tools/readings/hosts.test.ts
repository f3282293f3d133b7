import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import packet from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHosts } from '../../../src/tools/readings/hosts.ts';
import { memoryRecorder, service, targets } from '../../rules/readings-support.ts';

let dns: Socket;
let server: Server;
const asked: string[] = [];
const zone: Record<string, string> = { 'db.inside.test': '127.0.0.1', 'metadata.inside.test': '169.254.169.254' };

beforeAll(async () => {
  dns = createSocket('udp4');
  dns.on('message', (query, from) => {
    const { id = 0, questions: [question] = [] } = packet.decode(query);
    const data = zone[question?.name ?? ''];
    asked.push(question?.name ?? '');
    dns.send(packet.encode({ type: 'response', id, flags: data === undefined ? 3 : 0, questions: question ? [question] : [], answers: data === undefined ? [] : [{ type: 'A', name: question?.name ?? '', ttl: 5, data }] }), from.port, from.address);
  });
  await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve));
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  dns.close();
  server.close();
});

test('a name that only the configured resolvers know is found through them, and never a metadata address', async () => {
  const { record, all } = memoryRecorder();
  const port = (server.address() as AddressInfo).port;
  const wanted = ['db.inside.test', 'gone.inside.test', 'metadata.inside.test', '0123456789abcdef0123456789abcdef.inside.test'].map((host) => ({ host, port, usedBy: 'api' }));
  const [db, gone, metadata] = await readHosts([], wanted, { targets: { ...targets(), resolvers: [`127.0.0.1:${dns.address().port}`] }, record, signal: new AbortController().signal });
  expect(db).toMatchObject({ lookup: { value: { addresses: ['127.0.0.1'] } }, ports: [{ value: { port, open: true } }] });
  expect(gone?.lookup.value.error).toMatch(/ENOTFOUND|EAI_AGAIN/);
  expect(metadata).toMatchObject({ lookup: { value: { addresses: [], error: 'REFUSED' } }, ports: [] });
  expect(asked.sort()).toEqual(['db.inside.test', 'gone.inside.test', 'metadata.inside.test']);
  expect(all[0]?.text).toContain('db.inside.test: resolves to 127.0.0.1');
});

test('a log line brings in no host that configuration does not name', async () => {
  const { record } = memoryRecorder();
  const at = new Date().toISOString();
  const reading = service('api', {
    workload: {
      state: 'running', startedAt: null, log: ['connect ECONNREFUSED 127.0.0.1:6379', 'getaddrinfo ENOTFOUND exfiltrate.attacker.test', 'connect ECONNREFUSED db.inside.test:11'].map((line) => ({ at, line })),
      revisions: [{ revision: 1, at: '2020-01-01T00:00:00Z', environment: { DATABASE_HOST: 'db.inside.test:12' }, healthy: true }],
    },
  });
  asked.length = 0;
  const found = await readHosts([reading], [], { targets: { ...targets([]), resolvers: [`127.0.0.1:${dns.address().port}`] }, record, signal: new AbortController().signal });
  expect(found.map(({ host, ports }) => [host, ports.map(({ value }) => value.port).sort()])).toEqual([['db.inside.test', [11, 12]]]);
  expect(asked).toEqual(['db.inside.test']);
});
