import { describe, expect, test } from 'vitest';
import { hostsInError } from '../../src/rules/hosts.ts';
import { detectAll } from '../../src/rules/detect-all.ts';
import { looksLikeError } from '../../src/rules/service/errors.ts';
import { speaksOfTime } from '../../src/rules/service/error-words.ts';
import { meaningOf } from '../../src/rules/kubernetes/setting-meaning.ts';
import { broken, ok, readings, service as serviceReading, targets, times } from './readings-support.ts';
import { ago, configMap, deployment, findings, service, well } from './kubernetes/objects.ts';

/** One of each: who says it, and whether it is about time. */
const lines: [string, boolean][] = [
  ['[2026-11-23T10:00:00Z] "GET /cart HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{connection_failure}', false],
  ['[2026-11-23T10:00:00Z] "GET /cart HTTP/1.1" 503 UH no_healthy_upstream', false],
  ['{"response_code":404,"response_flags":"NR","path":"/cart"}', false],
  ['{"response_code":504,"response_flags":"UT","path":"/cart"}', true],
  ['upstream connect error or disconnect/reset before headers. reset reason: connection failure', false],
  ['no healthy upstream', false],
  ['rpc error: code = Unavailable desc = name resolver error: produced zero addresses', false],
  ['io.grpc.StatusRuntimeException: UNAVAILABLE: io exception', false],
  ['rpc error: code = DeadlineExceeded desc = context deadline exceeded', true],
  ['DEADLINE_EXCEEDED: CallOptions exceeded by 2.0 s', true],
  ['RESOURCE_EXHAUSTED: quota of streams', false],
  ['Get "http://cart:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', true],
  ['dial tcp 10.96.0.9:8080: connect: connection refused', false],
  ['dial tcp: lookup cart on 10.96.0.10:53: no such host', false],
  ['read tcp 10.0.0.1:4711->10.0.0.9:5432: i/o timeout', true],
  ['ConnectionRefusedError: [Errno 111] nobody there', false],
  ['java.net.UnknownHostException: cart', false],
  ['java.net.SocketTimeoutException: Read', true],
  ['java.net.ConnectException: Connection', false],
  ['socket.gaierror: [Errno -3] Temporary name resolution', false],
  ['[error] 7#7: *1 upstream timed out (110) while reading response header from upstream', true],
  ['[emerg] host not found in upstream "cart"', false],
  ['[crit] no live upstreams while connecting to upstream', false],
];

test.each(lines)('%s', (line, time) => {
  expect(looksLikeError(line)).toBe(true);
  expect(speaksOfTime(line)).toBe(time);
});

test('words of every day are no errors', () => {
  for (const line of ['served UH and NR to the report', 'GET /cart HTTP/1.1 200 12ms', 'resolver started', 'the deadline of the campaign is Friday']) {
    expect(looksLikeError(line)).toBe(false);
    expect(speaksOfTime(line)).toBe(false);
  }
});

test('hosts are found in the words of Java, Python, nginx and PostgreSQL', () => {
  const host = (line: string): string | undefined => hostsInError(line)[0]?.host;
  expect(host('java.net.UnknownHostException: cart.internal')).toBe('cart.internal');
  expect(host('host not found in upstream "cart.internal" in /etc/nginx/nginx.conf:12')).toBe('cart.internal');
  expect(host("HTTPConnectionPool(host='cart.internal', port=8080): Max retries exceeded")).toBe('cart.internal');
  expect(host('could not translate host name "orders-db" to address: Name or service not known')).toBe('orders-db');
});

test('an address that is wrong speaks in these words too', () => {
  const meaning = meaningOf({ name: 'CART_URL', before: 'http://cart:8080', after: 'http://cart:80' });
  for (const line of ['no healthy upstream', 'UNAVAILABLE: io exception', 'java.net.UnknownHostException: carts', 'ConnectionRefusedError: [Errno 111]', 'host not found in upstream "carts"']) expect(meaning?.speaks?.test(line)).toBe(true);
});

test.each(['dial tcp 10.96.0.9:8080: connect: connection refused (api)', 'api: ConnectionRefusedError: [Errno 111]', 'api: java.net.ConnectException: Connection refused'])('a target port that nobody listens on, in the words of its caller: %s', async (words) => {
  const [object, slice] = service('api', { target: 9090 });
  const edited = { ...object, metadata: { ...(object?.['metadata'] as object), creationTimestamp: ago(7200), managedFields: [{ manager: 'kubectl-edit', time: ago(60), fieldsV1: { 'f:spec': { 'f:ports': {} } } }] } };
  const port = { port: { name: 'http', port: 8080 } };
  const found = await findings([edited, slice, ...deployment('api', [port], { available: [1] }), well('api', { parts: port })], { services: [serviceReading('web', { samples: times(6, broken(words, 502)), dependsOn: ['api'] })] }, [{ name: 'web', dependsOn: ['api'] }, { name: 'api' }]);
  expect(found.find((one) => one.resource === 'kube-service/shop/api')).toMatchObject({ mechanism: 'target-port-missing' });
});

describe('a service that is only slow is not why another does not reach it', () => {
  test.each(['api: no healthy upstream', 'api: UnknownHostException', 'api: connection refused', 'upstream connect error or disconnect/reset before headers (api)'])('%s', (words) => {
    const services = [serviceReading('web', { samples: times(6, broken(words, 502)), dependsOn: ['api'] }), serviceReading('api', { samples: times(6, ok(900)) })];
    expect(detectAll(readings({ services }), targets([{ name: 'web', dependsOn: ['api'] }, { name: 'api' }])).find(({ finding }) => finding.resource === 'service/web')?.finding.blames).toBeUndefined();
  });
});

test('a value of a setting that is only a part of another word is not what an error speaks of', async () => {
  const objects = (value: string) => [...service('web'), ...deployment('web', [{ from: ['web-config'] }], { available: [1] }), well('web', { parts: { from: ['web-config'] } }), configMap('web-config', { MODE: value }, { changed: ['MODE'], applied: { MODE: 'plain' } })];
  const speaks = async (value: string): Promise<boolean> => (await findings(objects(value), { services: [serviceReading('web', { samples: times(6, broken('Error: getaddrinfo failed', 502)) })] }, [{ name: 'web' }])).some(({ explanation }) => explanation.includes('The errors speak of it'));
  expect(await speaks('addr')).toBe(false);
  expect(await speaks('getaddrinfo')).toBe(true);
});
