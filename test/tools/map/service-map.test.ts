import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Targets } from '../../../src/config/targets.ts';
import type { RunOptions } from '../../../src/process/run.ts';
import { mapText } from '../../../src/tools/map/map-text.ts';
import type { Call, MapInput } from '../../../src/tools/map/map-text.ts';
import { callsOfMetrics, callsOfStatus } from '../../../src/tools/map/read-calls.ts';
import { serviceMap } from '../../../src/tools/map/service-map.ts';
import { cluster, ended } from '../kubectl/support.ts';

const service = (name: string, more: Partial<MapInput['services'][number]> = {}) => ({ name, url: `http://${name}.internal:8080`, dependsOn: [], databases: [], ...more });
const call = (from: string, host: string, port: number | undefined, how: Call['how'] = 'configuration', detail = 'X_URL'): Call => ({ from, host, ...(port === undefined ? {} : { port }), how, detail });
const input = (more: Partial<MapInput>): MapInput => ({ services: [], databases: [], calls: [], read: new Set(), unread: [], ...more });

describe('the map', () => {
  test('compares what is declared with what is seen, the differences first', () => {
    expect(mapText(input({
      services: [service('checkout', { dependsOn: ['payments', 'mail'], databases: ['orders'] }), service('payments'), service('mail')],
      databases: [{ name: 'orders', places: [{ host: 'db.internal', port: 5432 }] }],
      calls: [
        call('checkout', 'payments.internal', 8080, 'configuration', 'PAYMENTS_URL'), call('checkout', 'DB.internal.', 5432, 'configuration', 'DATABASE_URL'), call('checkout', 'cache.internal', 6379, 'configuration', 'REDIS_URL'),
        call('checkout', 'payments', 8080, 'errors', 'connect ECONNREFUSED payments:8080'), call('checkout', 'checkout.internal', 8080), call('checkout', '0.0.0.0', 8080, 'configuration', 'LISTEN'),
      ],
      read: new Set(['checkout']),
      unread: ['the status document of mail'],
    }))).toBe([
      'difference: checkout calls cache.internal:6379, which is not declared',
      'difference: checkout is declared to need mail, and nothing of that is seen',
      'errors of checkout name payments',
      'checkout',
      '  -> payments: declared; configured by PAYMENTS_URL; errors name it: connect ECONNREFUSED payments:8080',
      '  -> mail: declared; nothing of it is seen in its configuration, errors or metrics',
      '  -> database orders: declared; configured by DATABASE_URL',
      '  -> cache.internal:6379: not declared; configured by REDIS_URL',
      'payments (called by checkout)',
      '  calls nothing that is known',
      'mail (called by checkout)',
      '  calls nothing that is known',
      'not seen: the status document of mail',
    ].join('\n'));
  });

  test.each([
    ['payments', 8080], ['payments.shop.svc', 80], ['payments.shop.svc.cluster.local', undefined], ['PAYMENTS.internal', 8080], ['payments.internal', undefined],
  ])('%s:%s is payments', (host, port) => {
    expect(mapText(input({ services: [service('checkout', { dependsOn: ['payments'] }), service('payments')], calls: [call('checkout', host, port)], read: new Set(['checkout']) }))).toMatch(/^no differences/);
  });

  test.each([['payments.internal', 9090], ['payments.example.com', 8080], ['notpayments', 8080]])('%s:%s is something else', (host, port) => {
    expect(mapText(input({ services: [service('checkout'), service('payments')], calls: [call('checkout', host, port)] }))).toContain(`difference: checkout calls ${host}:${port}, which is not declared`);
  });

  test('what could not be read is no difference', () => {
    const text = mapText(input({ services: [service('checkout', { dependsOn: ['payments'] }), service('payments')] }));
    expect(text).toMatch(/^no differences/);
    expect(text).toContain('-> payments: declared; its configuration was not seen');
  });

  test('any hosts make a map, one line for each pair', () => {
    const host = fc.oneof(fc.constantFrom('a', 'b', 'localhost', '::1', '[::1]', '__proto__', '', '.', 'a.b.svc'), fc.string({ maxLength: 6 }).map((text) => text.replaceAll('\n', '')));
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'deployment/c'), host, fc.option(fc.nat(9), { nil: undefined })), { maxLength: 12 }), (calls) => {
      const text = mapText(input({ services: [service('a', { dependsOn: ['b'] }), service('b')], calls: calls.map(([from, to, port]) => call(from, to, port)) }));
      expect(text.split('\n').filter((line) => line.startsWith('  -> ')).length).toBeLessThanOrEqual(calls.length + 1);
    }), { numRuns: 100 });
  });
});

test('metrics of clients name whom they call', () => {
  expect(callsOfMetrics('a', 'http_client_requests_total{upstream="payments:8080",status="200"} 4\nhttp_client_requests_total{upstream="payments:8080",status="500"} 1\nx{peer_service="mail"} 1\nx{target="http://search:9200/q"} 2\nidle{upstream="never:1"} 0\nx{path="/a:80"} 1')).toEqual([
    { from: 'a', host: 'payments', port: 8080, how: 'metrics', detail: 'http_client_requests_total' }, { from: 'a', host: 'mail', how: 'metrics', detail: 'x' }, { from: 'a', host: 'search', port: 9200, how: 'metrics', detail: 'x' },
  ]);
});

test('a status document gives hosts and names of variables, never values', () => {
  const calls = callsOfStatus('a', {
    name: 'a', state: 'running', startedAt: null, restarts: 0, lastExit: null, revision: 1,
    revisions: [{ revision: 1, at: '2026-11-22T10:00:00Z', environment: { DATABASE_URL: 'postgres://u:planted@db:5432/x', POOL: '10' }, healthy: true }],
    log: [{ at: '2026-11-22T10:00:00Z', line: 'error: connect ECONNREFUSED 10.0.0.7:6379' }, { at: '2026-11-22T10:00:01Z', line: 'GET http://elsewhere:80/ done' }],
  });
  expect(calls).toEqual([{ from: 'a', host: 'db', port: 5432, how: 'configuration', detail: 'DATABASE_URL' }, { from: 'a', host: '10.0.0.7', port: 6379, how: 'errors', detail: 'error: connect ECONNREFUSED 10.0.0.7:6379' }]);
  expect(JSON.stringify(calls)).not.toContain('planted');
});

describe('service_map', () => {
  let server: Server;
  let base: string;
  const started: string[][] = [];
  const secret = (value: string) => ({ variable: 'X', reveal: () => value });

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/status') return void response.end(JSON.stringify({ name: 'checkout', state: 'running', started_at: null, restarts: 0, last_exit: null, revision: 1, revisions: [{ revision: 1, at: '2026-11-22T10:00:00Z', environment: { REDIS_URL: 'redis://:planted@cache.internal:6379' }, healthy: true }], log: [] }));
      if (request.url === '/metrics') return void response.end('client_total{upstream="search:9200"} 3\n');
      response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  function targets(): Targets {
    const shared = { checks: [], latencyBudgetMilliseconds: 1, databases: [] };
    return {
      services: [{ name: 'checkout', url: base, ...shared, dependsOn: ['payments'], status: `${base}/status` }, { name: 'payments', url: 'http://payments:8080', ...shared, dependsOn: [], databases: ['orders'] }, { name: 'lost', url: 'http://127.0.0.1:1', ...shared, dependsOn: [], status: 'http://127.0.0.1:1/status' }],
      databases: [{ name: 'orders', kind: 'postgres', read: secret('postgres://reader:planted@orders-db:5432/orders') }], operations: [], hosts: [], resolvers: [], clusters: [cluster()],
    };
  }

  const labels = { app: 'payments' };
  const objects = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'payments-v2' }, spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'x:1', env: [{ name: 'DB_HOST', value: 'orders-db' }, { name: 'DB_PORT', value: '5432' }, { name: 'PASSWORD', value: 'planted' }], envFrom: [{ configMapRef: { name: 'shared' } }] }] } } } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'worker' }, spec: { replicas: 1, selector: { matchLabels: { app: 'worker' } }, template: { metadata: { labels: { app: 'worker' } }, spec: { containers: [{ name: 'app', image: 'x:1', env: [{ name: 'PAYMENTS', value: 'http://payments:8080' }] }] } } } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'payments' }, spec: { type: 'ClusterIP', selector: labels, ports: [{ port: 8080, targetPort: 8080 }] } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared' }, data: { MAIL_URL: 'https://mail.example.com/send' } },
  ];
  const run = async ({ argv }: RunOptions) => {
    started.push([...argv]);
    return ended({ stdout: argv[0] === 'logs' ? (argv[1] === 'deployment/worker' ? '2026-11-22T11:56:04Z dial tcp payments:8080: connect: connection refused\n' : '') : JSON.stringify({ kind: 'List', items: objects }) });
  };

  async function map(parts: Partial<Parameters<typeof serviceMap>[0]> = {}): Promise<string> {
    const tool = serviceMap({ targets: targets(), kubectl: '/usr/bin/kubectl', run, ...parts });
    const { output, failed } = await tool.run(tool.input.parse({}), { signal: new AbortController().signal });
    expect(failed).toBeUndefined();
    expect(output).not.toContain('planted');
    return output;
  }

  test('puts together supervisor, metrics, and the cluster with its logs', async () => {
    const output = await map();
    expect(output.split('\n')).toEqual(expect.arrayContaining([
      'difference: checkout calls cache.internal:6379, which is not declared',
      'difference: checkout calls search:9200, which is not declared',
      'difference: checkout is declared to need payments, and nothing of that is seen',
      'difference: payments calls mail.example.com:443, which is not declared',
      'errors of deployment/worker name payments',
      '  -> database orders: declared; configured by DB_HOST',
      '  -> mail.example.com:443: not declared; configured by MAIL_URL of ConfigMap shared',
      '  -> search:9200: not declared; called, by its metrics client_total',
      '  -> payments: not declared; configured by PAYMENTS; errors name it: dial tcp payments:8080: connect: connection refused',
      'payments (called by checkout and deployment/worker)',
      'not seen: the status document of lost',
    ]));
    expect(started.every(([verb]) => verb === 'get' || verb === 'logs')).toBe(true);
  });

  test('a cluster that can not be asked, or no kubectl, is a gap', async () => {
    expect(await map({ run: async () => ended({ exitCode: 1, stderr: 'Unable to connect to the server: dial tcp: i/o timeout' }) })).toMatch(/\nnot seen: namespace shop of cluster production: [^]*connect/);
    expect(await map({ kubectl: undefined })).toContain('not seen: namespace shop of cluster production: there is no kubectl');
  });

  test('stops when told to', async () => {
    const tool = serviceMap({ targets: targets(), kubectl: '/usr/bin/kubectl', run });
    await expect(tool.run({}, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
