import { describe, expect, test } from 'vitest';
import { restartsAfter } from '../../../src/rules/kubernetes/read-at-start.ts';
import { detectAll } from '../../../src/rules/detect-all.ts';
import { broken, database, ok, service as serviceReading, targets, times } from '../readings-support.ts';
import { ago, configMap, crashing, deployment, findings, pod, read, service, well } from './objects.ts';

const reader = (name: string, map: string) => [...deployment(name, [{ from: [map] }], { available: [1] }), ...service(name), well(name, { parts: { from: [map] } })];
const failing = (name: string, body: string, status = 503) => serviceReading(name, { samples: times(6, broken(body, status)) });
const keyOf = (name: string, key: string, value: string | null) => ({ kind: 'kubectl.configmap_key', target: 'main', namespace: 'shop', name, key, value });
const config = (data: Record<string, string>, applied: Record<string, string>, seconds = 60) => configMap('pay-config', data, { changed: Object.keys(data).filter((key) => data[key] !== applied[key]), applied, seconds });

describe('a service is unwell since its ConfigMap changed', () => {
  test('a limit that errors speak of goes back to what was applied', async () => {
    const found = await findings([...reader('pay', 'pay-config'), config({ RATE_LIMIT_RPS: '2', LOG_LEVEL: 'info' }, { RATE_LIMIT_RPS: '40', LOG_LEVEL: 'info' })], { services: [failing('pay', 'more than 2 requests a second', 429)] }, [{ name: 'pay' }]);
    expect(found).toContainEqual(expect.objectContaining({ resource: 'configmap/shop/pay-config', mechanism: 'rate-limit-too-low', severity: 'critical', title: expect.stringContaining('RATE_LIMIT_RPS went from 40 to 2'), remedy: keyOf('pay-config', 'RATE_LIMIT_RPS', '40') }));
    expect(found.find(({ resource }) => resource === 'service/pay')).toMatchObject({ blames: 'configmap/shop/pay-config' });
    expect(found.find(({ resource }) => resource === 'configmap/shop/pay-config')?.quotes.length).toBeGreaterThan(0);
  });

  test.each([
    ['UPSTREAM_TIMEOUT_MS', '3000', '90', 'ledger did not answer within 90 ms', 'timeout-too-short'],
    ['DB_POOL_SIZE', '20', '1', 'no connection was free in time: pool waiting 9', 'pool-too-small'],
    ['CACHE_TTL_MS', '300000', '10', 'all 2 workers busy and the queue is full', 'cache-ineffective'],
    ['UPSTREAM_RETRIES', '1', '9', 'attempt 9 failed: queue is full', 'retry-storm'],
    ['LEDGER_URL', 'http://ledger:8080', 'http://ledger-old.example:8080', 'getaddrinfo ENOTFOUND ledger-old.example', 'upstream-address-wrong'],
    ['NEW_CHECKOUT_ENABLED', 'false', 'true', 'boom', 'feature-flag'],
  ])('%s from %s to %s', async (key, before, after, says, mechanism) => {
    const found = await findings([...reader('pay', 'pay-config'), config({ [key]: after }, { [key]: before })], { services: [failing('pay', says)] }, [{ name: 'pay' }]);
    expect(found.filter(({ resource }) => resource === 'configmap/shop/pay-config')).toContainEqual(expect.objectContaining({ mechanism, remedy: keyOf('pay-config', key, before) }));
  });

  test('inside of a file: the flag is told, the whole file goes back', async () => {
    const [before, after] = ['{"old": "on", "eco-labels": "off"}', '{"old": "on", "eco-labels": "on"}'];
    const found = await findings([...reader('pay', 'pay-flags'), configMap('pay-flags', { 'flags.json': after }, { changed: ['flags.json'], applied: { 'flags.json': before } })], { services: [failing('pay', 'relation "eco_labels_weights" does not exist')] }, [{ name: 'pay' }]);
    expect(found).toContainEqual(expect.objectContaining({ mechanism: 'feature-flag', title: expect.stringContaining('flags.json: eco-labels went from "off" to "on"'), remedy: keyOf('pay-flags', 'flags.json', before) }));
  });

  test.each([7200, 7201])('what was written as it was made, by whole seconds, is no change (%i s ago, made 7200 s ago)', async (seconds) => {
    const made = configMap('pay-config', { LOG_LEVEL: 'info' }, { changed: ['LOG_LEVEL'], applied: { LOG_LEVEL: 'info' }, seconds });
    expect((await findings([...reader('pay', 'pay-config'), made], { services: [failing('pay', 'LOG_LEVEL info is spoken of')] }, [{ name: 'pay' }])).filter(({ resource }) => resource === 'configmap/shop/pay-config')).toEqual([]);
  });

  test('what was written together goes back together', async () => {
    const found = await findings([...reader('pay', 'pay-config'), config({ UPSTREAM_TIMEOUT_MS: '120', UPSTREAM_RETRIES: '5' }, { UPSTREAM_TIMEOUT_MS: '2000', UPSTREAM_RETRIES: '1' })], { services: [failing('pay', 'rates did not answer within 120 ms', 504)] }, [{ name: 'pay' }]);
    expect(found.find(({ resource }) => resource === 'configmap/shop/pay-config')?.remedy).toMatchObject({ kind: 'kubectl.patch', resource: 'configmap', type: 'merge', patch: JSON.stringify({ data: { UPSTREAM_TIMEOUT_MS: '2000', UPSTREAM_RETRIES: '1' } }) });
  });

  test('a key that was not there before is taken out where all pods that began since fall over', async () => {
    const oom = crashing('pay', { seconds: 30, last: { exitCode: 137, reason: 'OOMKilled', startedAt: ago(20), finishedAt: ago(10) }, parts: { from: ['common'], memory: '64Mi' } });
    const objects = [...deployment('pay', [{ from: ['common'], memory: '64Mi' }]), ...service('pay', { ready: 0 }), oom, configMap('common', { BUFFER_KIB: '99999' }, { changed: ['BUFFER_KIB'], applied: {} })];
    const found = await findings(objects, { services: [failing('pay', '')] }, [{ name: 'pay' }]);
    expect(found).toContainEqual(expect.objectContaining({ resource: 'configmap/shop/common', mechanism: 'bad-configmap-value', remedy: keyOf('common', 'BUFFER_KIB', null) }));
    expect(found.find(({ mechanism }) => mechanism === 'out-of-memory')).toMatchObject({ blames: 'configmap/shop/common' });
  });
});

describe('nothing is claimed', () => {
  const drifted = config({ SEARCH_DEPTH: '9' }, { SEARCH_DEPTH: '3' });

  test('while the service is well', async () => {
    const found = await findings([...reader('pay', 'pay-config'), drifted], { services: [serviceReading('pay', { samples: times(6, ok(20)) })] }, [{ name: 'pay' }]);
    expect(found.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test('of a silent change long ago', async () => {
    const found = await findings([...reader('pay', 'pay-config'), config({ SEARCH_DEPTH: '9' }, { SEARCH_DEPTH: '3' }, 90_000)], { services: [failing('pay', 'boom')] }, [{ name: 'pay' }]);
    expect(found.map(({ mechanism }) => mechanism)).not.toContain('bad-configmap-value');
  });

  test('of a change to the better', async () => {
    const found = await findings([...reader('pay', 'pay-config'), config({ UPSTREAM_TIMEOUT_MS: '5000' }, { UPSTREAM_TIMEOUT_MS: '2000' }, 90_000)], { services: [failing('pay', 'ledger timed out', 504)] }, [{ name: 'pay' }]);
    expect(found.map(({ mechanism }) => mechanism)).not.toContain('timeout-too-short');
  });

  test('with a remedy where nothing notes the former value', async () => {
    const found = await findings([...reader('pay', 'pay-config'), configMap('pay-config', { MODE: 'strict' }, { changed: ['MODE'] })], { services: [failing('pay', 'MODE strict is not supported')] }, [{ name: 'pay' }]);
    expect(found.find(({ resource }) => resource === 'configmap/shop/pay-config')).toMatchObject({ severity: 'critical' });
    expect(found.find(({ resource }) => resource === 'configmap/shop/pay-config')).not.toHaveProperty('remedy');
  });
});

test('variables are read at start, files are not: only the former need a restart', async () => {
  const objects = [...reader('pay', 'pay-config'), config({ RATE_LIMIT_RPS: '2' }, { RATE_LIMIT_RPS: '40' })];
  const readings = await read(objects, { services: [failing('pay', 'rate limit', 429)] });
  const change = { kind: 'kubectl.configmap_key', target: 'main', namespace: 'shop', name: 'pay-config', key: 'RATE_LIMIT_RPS', value: '40' } as const;
  expect(restartsAfter(change, readings, targets([{ name: 'pay' }]))).toEqual([{ kind: 'kubectl.rollout_restart', target: 'main', namespace: 'shop', workload: 'deployment', name: 'pay' }]);
  expect(restartsAfter({ ...change, name: 'other' }, readings, targets([{ name: 'pay' }]))).toEqual([]);
});

test('who checks with an older version of a shared Secret than who signs is restarted', async () => {
  const using = (name: string, seconds: number) => {
    const withSecret = (object: Record<string, unknown>): Record<string, unknown> => JSON.parse(JSON.stringify(object).replace('"env":[]', '"env":[{"name":"TOKEN_KEY","valueFrom":{"secretKeyRef":{"name":"signing","key":"k"}}}]'));
    return [...deployment(name, [{}], { available: [1] }).map(withSecret), ...service(name), pod(name, { ready: true, seconds, state: { running: { startedAt: ago(seconds) } } })];
  };
  const door = [...deployment('door', [{ environment: { GUARD_URL: 'http://guard:8080' } }], { available: [1] }), ...service('door'), well('door')];
  const parts = { services: [failing('door', 'guard answered 401', 502)], logs: { 'door-r1-abcde': ['error: upstream guard answered 401: token was signed with key 1, this service accepts key 2'] } };
  const found = await findings([...using('login', 60), ...using('guard', 7000), ...door], parts, [{ name: 'door' }]);
  expect(found).toContainEqual(expect.objectContaining({ resource: 'deployment/shop/guard', mechanism: 'signing-key-mismatch', remedy: expect.objectContaining({ kind: 'kubectl.rollout_restart', name: 'guard' }) }));
  expect(found.find(({ resource }) => resource === 'service/door')).toMatchObject({ blames: 'deployment/shop/guard' });
  const same = await findings([...using('login', 7000), ...using('guard', 7000), ...door], parts, [{ name: 'door' }]);
  expect(same.map(({ mechanism }) => mechanism)).not.toContain('signing-key-mismatch');
});

test('a field of the pod spec that is new since the rollout is named, and a dependency that answers us is not blamed for being unreachable', async () => {
  const objects = [...deployment('pay', [{}, {}], { available: [0, 1] }), ...service('pay'), well('pay', { revision: 2, seconds: 60 })];
  const aliased = objects.map((one) => ((one['kind'] === 'ReplicaSet' && (one['metadata'] as { name: string }).name === 'pay-r2') || one['kind'] === 'Deployment' ? { ...one, spec: { ...(one['spec'] as object), template: { metadata: { labels: { app: 'pay' } }, spec: { ...((one['spec'] as { template: { spec: object } }).template.spec), hostAliases: [{ ip: '10.9.9.9', hostnames: ['ledger'] }] } } } } : one));
  const readings = { services: [serviceReading('pay', { samples: times(6, broken('ledger unreachable: connect ECONNREFUSED 10.9.9.9:8080', 502)), dependsOn: ['ledger'] }), serviceReading('ledger', { samples: times(6, ok(900)) })] };
  const found = await findings(aliased, readings, [{ name: 'pay', dependsOn: ['ledger'] }, { name: 'ledger' }]);
  expect(found).toContainEqual(expect.objectContaining({ resource: 'deployment/shop/pay', mechanism: 'host-aliases-changed-since-rollout', remedy: expect.objectContaining({ kind: 'kubectl.rollout_undo', to_revision: 1 }) }));
  expect(found.find(({ resource }) => resource === 'service/pay')).toMatchObject({ blames: 'deployment/shop/pay' });
});

test('a database whose slots one client holds is where a change of that client shows', async () => {
  const readings = await read([...reader('pay', 'pay-config'), config({ POLL_MS: '5' }, { POLL_MS: '60000' })], { services: [serviceReading('pay', { samples: times(6, broken('remaining connection slots are reserved')), databases: ['main-db'] })] });
  const full = database('main-db', { connections: { limit: 100, reserved: 3, used: 97, byClient: [{ user: 'pay_role', application: 'pay', count: 90, idle: 2 }] } });
  const found = detectAll({ ...readings, databases: [full] }, targets([{ name: 'pay', databases: ['main-db'] }])).map(({ finding }) => finding);
  expect(found.find(({ mechanism }) => mechanism === 'connections-exhausted')).toMatchObject({ blames: 'configmap/shop/pay-config' });
});
