import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostRules } from '../../../src/tools/host/host-rules.ts';
import { parseTable } from '../../../src/packet-filter/table.ts';
import { secret } from '../../support/changes.ts';

let answer: { status: number; body: unknown };
let asked: string[];
let url: string;
const server = () => createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  response.writeHead(answer.status, { location: 'http://127.0.0.1:1/' }).end(JSON.stringify(answer.body));
});
let running: ReturnType<typeof server>;

beforeEach(async () => {
  asked = [];
  const { hash, chains } = parseTable('-P INPUT DROP -c 1 2\n-N OURS\n-A INPUT -p tcp -m tcp --dport 5432 -c 7 420 -j DROP', 'ipv4');
  answer = { status: 200, body: { hash, chains } };
  running = server();
  await new Promise<void>((resolve) => { running.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(running.address() as AddressInfo).port}`;
});
afterEach(() => void running.close());

const look = (host = 'edge') => hostRules([{ name: 'edge', url, readToken: secret('read-token'), writeToken: secret('write-token') }]).run({ host, family: 'ipv4' }, { signal: new AbortController().signal });

test('lists chains, numbers and counters, with the token that only reads', async () => {
  expect(await look()).toEqual({ command: 'iptables -t filter -S -v (on edge)', output: 'chain INPUT (policy DROP):\n  1. -p tcp -m tcp --dport 5432 -j DROP [7 packets, 420 bytes]\nchain OURS: no rules' });
  expect(asked).toEqual(['GET /v1/rules?table=filter&family=ipv4 Bearer read-token']);
});

test.each<[string, number, unknown, RegExp]>([
  ['a wrong token', 401, { error: 'unauthorized', message: 'The token is missing or wrong.' }, /answered 401: The token is missing or wrong/],
  ['a redirect', 302, {}, /answered 302/],
  ['an answer of something else', 200, { rules: [] }, /not understood/],
])('says what is wrong: %s', async (_what, status, body, words) => {
  answer = { status, body };
  const result = await look();
  expect(result.failed).toBe(true);
  expect(result.output).toMatch(words);
  expect(asked).toHaveLength(1);
});

test('a host that nobody configured is not asked', async () => {
  expect(await look('other')).toMatchObject({ failed: true });
  expect(asked).toEqual([]);
});

test('of a flow only the rules that it may meet are shown, and what decides', async () => {
  const tool = hostRules([{ name: 'edge', url, readToken: secret('read-token') }]);
  const ask = (flow: object, family = 'ipv4') => tool.run(tool.input.parse({ host: 'edge', family, flow }), { signal: new AbortController().signal });
  const met = await ask({ direction: 'in', protocol: 'tcp', destination_port: 5432 });
  expect(met.output).toContain('  INPUT 1. -p tcp -m tcp --dport 5432 -j DROP [7 packets]\n  decided by INPUT 1: DROP');
  // This stub is an agent that does not know the other tables.
  expect(met.output).toContain('could not be read: the other tables');
  expect(asked).toEqual(['GET /v1/rules?table=filter&family=ipv4 Bearer read-token', 'GET /v1/read?what=packet-filter&family=ipv4 Bearer read-token']);
  expect((await ask({ direction: 'in', protocol: 'tcp', destination_port: 80 })).output).toContain('chain INPUT (policy DROP): no rule matches\n  decided by the policy: DROP');
  expect(await ask({ direction: 'in', source: '2001:db8::1' })).toMatchObject({ failed: true, output: expect.stringContaining('is no ipv4 address') as string });
  for (const flow of [{ direction: 'in', source: '-F' }, { direction: 'in', in_interface: '-i' }, { direction: 'sideways' }]) expect(tool.input.safeParse({ host: 'edge', flow }).success).toBe(false);
});
