import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ServiceTarget, Targets } from '../../../src/config/targets.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { collectReadings } from '../../../src/tools/readings/collect.ts';
import { memoryRecorder, targets } from '../../rules/readings-support.ts';

const servers: Server[] = [];

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); })));
});

function world(services: (Partial<ServiceTarget> & { name: string; url: string })[]): Targets {
  return targets(services.map((one) => ({ checks: [{ name: 'main', path: '/main' }], latencyBudgetMilliseconds: 60_000, ...one })));
}

async function collect(known: Targets, targetMilliseconds = 20_000) {
  const { record, all } = memoryRecorder();
  const readings = await collectReadings({ targets: known, record, signal: AbortSignal.timeout(60_000), targetMilliseconds });
  const findings = detectAll(readings, known).map(({ finding }) => finding);
  for (const finding of findings) for (const { evidence, quote } of finding.quotes) expect(all.find((one) => one.id === evidence)?.text).toContain(quote);
  return { readings, findings, evidence: all };
}

const document = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ name: 'api', state: 'running', started_at: '2026-01-01T00:00:00Z', restarts: 0, last_exit: null, revision: 1, revisions: [{ revision: 1, at: '2026-01-01T00:00:00Z', environment: { PORT: '1' }, healthy: true }], log: [], ...more });

test('a healthy service: six samples of each check, its process, no finding', async () => {
  const seen: (string | undefined)[] = [];
  const url = await listen((request, response) => {
    seen.push(request.headers.authorization);
    response.end(request.url === '/status' ? document() : 'fine');
  });
  const { readings, findings } = await collect(world([{ name: 'api', url, status: `${url}/status`, statusToken: { variable: 'T', reveal: () => 'token-1' } }]));
  expect(readings.services[0]?.checks[0]?.value.samples.map((sample) => sample.status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(readings.services[0]?.workload?.value.state).toBe('running');
  expect(readings.services[0]?.unread).toEqual([]);
  expect(findings).toEqual([]);
  expect(seen.filter((header) => header === 'Bearer token-1')).toHaveLength(1);
});

test('an error body is read and quoted; a dying, a closed and a hanging service are told apart; none delays the others', async () => {
  const failing = await listen((_request, response) => response.writeHead(503).end('{"error":"no database connection free"}'));
  const dying = await listen((request) => request.socket.destroy());
  const hanging = await listen(() => undefined);
  const closed = await listen(() => undefined);
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  const { readings, findings } = await collect(world([{ name: 'failing', url: failing }, { name: 'dying', url: dying }, { name: 'hanging', url: hanging }, { name: 'closed', url: closed }]));
  const first = (name: string) => readings.services.find((one) => one.name === name)?.checks[0]?.value.samples[0];
  expect(first('failing')).toMatchObject({ status: 503, body: '{"error":"no database connection free"}' });
  expect(first('dying')?.status).toBeUndefined();
  expect(first('hanging')).toMatchObject({ error: 'TIMEOUT' });
  expect(first('closed')).toMatchObject({ error: 'ECONNREFUSED' });
  expect(findings.filter((finding) => finding.mechanism === 'checks-failing').map((finding) => finding.resource).sort()).toEqual(['service/closed', 'service/dying', 'service/failing', 'service/hanging']);
});

test('a target that hangs past its time is cut off', async () => {
  const hanging = await listen(() => undefined);
  const fine = await listen((_request, response) => response.end('ok'));
  const { readings } = await collect(world([{ name: 'hanging', url: hanging, status: `${hanging}/status` }, { name: 'fine', url: fine }]), 1_500);
  expect(readings.services.find((one) => one.name === 'fine')?.checks[0]?.value.samples).toHaveLength(6);
  expect(readings.services.find((one) => one.name === 'hanging')?.unread.length).toBeGreaterThan(0);
});

test('a body of 10 MB is not swallowed, and a status document that is garbage, wrong or too large is unread', async () => {
  const large = await listen((request, response) => {
    response.on('error', () => undefined);
    response.end(request.url === '/status' ? `"${'x'.repeat(3 * 1024 * 1024)}"` : 'y'.repeat(10 * 1024 * 1024));
  });
  const garbage = await listen((request, response) => response.end(request.url === '/status' ? '{"name":' : 'ok'));
  const wrong = await listen((request, response) => response.end(request.url === '/status' ? document({ restarts: 'many' }) : 'ok'));
  const refused = await listen((request, response) => (request.url === '/status' ? response.writeHead(401).end('{}') : response.end('ok')));
  const { readings, findings, evidence } = await collect(world([{ name: 'large', url: large, status: `${large}/status` }, { name: 'garbage', url: garbage, status: `${garbage}/status` }, { name: 'wrong', url: wrong, status: `${wrong}/status` }, { name: 'refused', url: refused, status: `${refused}/status` }]));
  expect(readings.services.map((one) => one.unread.map((unread) => unread.message).join())).toEqual([
    expect.stringContaining('over 1 MB'), expect.stringContaining('not JSON'), expect.stringContaining('restarts'), expect.stringContaining('401'),
  ]);
  expect(readings.services[0]?.checks[0]?.value.samples.every((sample) => sample.status === 200)).toBe(true);
  expect(findings).toEqual([]);
  expect(Math.max(...evidence.map((one) => one.text.length))).toBeLessThan(50_000);
});

test('hosts of the environment are looked up and connected to; a name that never resolves leads back to the earlier value', async () => {
  const upstream = await listen((_request, response) => response.end('ok'));
  const right = { UPSTREAM_URL: upstream, METADATA: 'http://169.254.169.254/latest' };
  const revisions = [{ revision: 1, at: '2026-01-01T00:00:00Z', environment: right, healthy: true }, { revision: 2, at: new Date(Date.now() - 60_000).toISOString(), environment: { ...right, UPSTREAM_URL: 'http://ledger.invalid:80' }, healthy: true }];
  const api = await listen((request, response) => (request.url === '/status' ? response.end(document({ revision: 2, revisions })) : response.writeHead(502).end('getaddrinfo ENOTFOUND ledger.invalid')));
  const { readings, findings } = await collect({ ...world([{ name: 'api', url: api, status: `${api}/status` }]) });
  expect(readings.hosts.find((one) => one.host === 'ledger.invalid')?.lookup.value.error).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
  expect(readings.hosts.find((one) => one.host === '169.254.169.254')).toMatchObject({ lookup: { value: { addresses: [], error: 'REFUSED' } }, ports: [] });
  expect(findings.find((finding) => finding.mechanism === 'upstream-unresolvable')?.remedy).toMatchObject({ parameters: { service: 'api', variable: 'UPSTREAM_URL', value: upstream } });
});

test('a collection that is stopped stops, and leaves no connection open', async () => {
  const hanging = await listen(() => undefined);
  const controller = new AbortController();
  const collecting = collectReadings({ targets: world([{ name: 'hanging', url: hanging }]), record: memoryRecorder().record, signal: controller.signal });
  await new Promise<void>((resolve) => servers[0]?.once('request', () => resolve()));
  controller.abort(new Error('stopped'));
  await expect(collecting).rejects.toThrow('stopped');
  const open = (): Promise<number> => new Promise((resolve, reject) => servers[0]?.getConnections((error, count) => (error ? reject(error) : resolve(count))));
  for (const deadline = Date.now() + 45_000; (await open()) > 0 && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await open()).toBe(0);
});
