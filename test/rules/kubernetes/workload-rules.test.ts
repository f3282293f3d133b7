import { describe, expect, test } from 'vitest';
import { ago, configMap, crashing, deployment, event, findings, healthyNode, pod, service, well } from './objects.ts';
import { broken, service as serviceReading, times } from '../readings-support.ts';

const undo = (name: string, revision: number) => ({ kind: 'kubectl.rollout_undo', target: 'main', namespace: 'shop', workload: 'deployment', name, to_revision: revision });
const pending = (app: string, reason: string, message: string, more = {}) => pod(app, { revision: 2, phase: 'Pending', state: { waiting: { reason, message } }, ...more });

describe('a rollout that fails', () => {
  test('an image that is not there goes back to the revision that serves', async () => {
    const [one, ...others] = await findings([...deployment('pay', [{}, { image: 'registry.local/app:9' }], { available: [1, 0] }), well('pay'), pending('pay', 'ImagePullBackOff', 'Back-off pulling image "registry.local/app:9": registry.local/app:9: not found', { parts: { image: 'registry.local/app:9' } })]);
    expect(one).toMatchObject({ mechanism: 'image-not-found', resource: 'deployment/shop/pay', severity: 'warning', remedy: undo('pay', 1) });
    expect(others).toEqual([]);
  });

  test('a registry that is away, with the image that served before, has no way back', async () => {
    const found = await findings([...deployment('pay', [{}, {}]), pending('pay', 'ErrImagePull', 'dial tcp: lookup registry.local: no such host')]);
    expect(found).toMatchObject([{ mechanism: 'registry-unreachable', severity: 'critical' }]);
    expect(found[0]).not.toHaveProperty('remedy');
  });

  test('a crash quotes the line that decides, and names what changed', async () => {
    const found = await findings([...deployment('pay', [{ environment: { MODE: 'a' } }, { environment: { MODE: 'b' } }]), crashing('pay', { revision: 2 })], { logs: { 'pay-r2-abcde': ['starting', 'FATAL: MODE b is not supported'] } });
    expect(found).toMatchObject([{ mechanism: 'crash-loop-since-rollout', confidence: 0.96, remedy: undo('pay', 1) }]);
    expect(found[0]?.quotes.map(({ quote }) => quote)).toEqual(expect.arrayContaining(['FATAL: MODE b is not supported', expect.stringContaining('variable MODE was "a", is "b"')]));
  });

  test('skips an earlier revision that failed too', async () => {
    const objects = deployment('pay', [{}, { image: 'registry.local/app:8' }, { image: 'registry.local/app:9' }], { available: [0, 0, 0] });
    const found = await findings([...objects, crashing('pay', { revision: 3, seconds: 40 })], { events: [event('Pod', 'pay-r2-zzzzz', 'BackOff', 'Back-off restarting failed container', { seconds: 45 })] });
    expect(found[0]).toMatchObject({ remedy: undo('pay', 1) });
  });

  test('a mere restart of what served before is nothing to undo', async () => {
    const found = await findings([...deployment('pay', [{}, {}]), crashing('pay', { revision: 2 })]);
    expect(found).toMatchObject([{ mechanism: 'crash-loop' }]);
    expect(found[0]).not.toHaveProperty('remedy');
  });

  test('older pods that fail as well acquit the newest revision', async () => {
    const found = await findings([...deployment('pay', [{ image: 'registry.local/app:1' }, { image: 'registry.local/app:2' }], { replicas: 2 }), crashing('pay', { revision: 2 }), crashing('pay', { revision: 1 })]);
    expect(found).toMatchObject([{ mechanism: 'crash-loop' }]);
    expect(found[0]).not.toHaveProperty('remedy');
  });
});

describe('memory', () => {
  const killed = (parts: object) => crashing('pay', { revision: 2, last: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(5) }, parts });
  test('a lowered limit goes back', async () => {
    expect(await findings([...deployment('pay', [{ memory: '256Mi' }, { memory: '16Mi' }]), killed({ memory: '16Mi' })])).toMatchObject([{ mechanism: 'memory-limit-lowered', remedy: undo('pay', 1) }]);
  });
  test('without a rollout to blame, twice the limit is proposed with doubt', async () => {
    const [one] = await findings([...deployment('pay', [{ memory: '64Mi' }]), crashing('pay', { last: { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(5) }, parts: { memory: '64Mi' } })]);
    expect(one).toMatchObject({ mechanism: 'out-of-memory', remedy: { kind: 'kubectl.set_resources', container: 'main', limits: { memory: '128Mi' } } });
    expect(one?.confidence).toBeLessThan(0.7);
  });
});

describe('configuration', () => {
  test('a missing key of a Secret, untouched by the rollout', async () => {
    const found = await findings([...deployment('pay', [{}]), pod('pay', { phase: 'Pending', state: { waiting: { reason: 'CreateContainerConfigError', message: "couldn't find key api-key in Secret shop/provider" } } })]);
    expect(found).toMatchObject([{ mechanism: 'missing-secret-key', title: expect.stringContaining('Secret provider has no key api-key') as string }]);
    // Which other key it has, only the executor sees.
    expect(found[0]?.remedy).toEqual({ kind: 'kubectl.secret_key', target: 'main', namespace: 'shop', name: 'provider', key: 'api-key', from: { source: 'only other key' } });
  });

  test('a value of a ConfigMap that the log refuses is the cause; it goes back only where its former value is noted', async () => {
    const objects = (applied?: Record<string, string>) => [...deployment('pay', [{ from: ['pay-config'] }]), crashing('pay', { parts: { from: ['pay-config'] } }), configMap('pay-config', { POOL: 'many', OTHER: 'x' }, { changed: ['POOL'], ...(applied === undefined ? {} : { applied }) })];
    const logs = { 'pay-r1-abcde': ['Error: POOL must be a number, got "many"'] };
    const noted = await findings(objects({ POOL: '4', OTHER: 'x' }), { logs });
    expect(noted.find((one) => one.resource === 'configmap/shop/pay-config')).toMatchObject({ mechanism: 'configmap-value-refused', remedy: { kind: 'kubectl.configmap_key', name: 'pay-config', key: 'POOL', value: '4' } });
    expect(noted.find((one) => one.resource === 'deployment/shop/pay')).toMatchObject({ blames: 'configmap/shop/pay-config' });
    const unknown = await findings(objects(), { logs });
    expect(unknown.find((one) => one.resource === 'configmap/shop/pay-config')).not.toHaveProperty('remedy');
  });
});

describe('probes', () => {
  test('a readiness probe that the newest revision changed', async () => {
    const notReady = pod('ship', { revision: 2, parts: { probe: '/ready' }, state: { running: { startedAt: ago(90) } } });
    const found = await findings([...deployment('ship', [{ probe: '/readyz' }, { probe: '/ready' }]), notReady], { events: [event('Pod', 'ship-r2-abcde', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 404')] });
    expect(found).toMatchObject([{ mechanism: 'readiness-probe-failing', remedy: undo('ship', 1) }]);
  });
  test('a pod that has just begun is left alone', async () => {
    const young = pod('ship', { seconds: 10, state: { running: { startedAt: ago(8) } } });
    expect(await findings([...deployment('ship', [{}]), young], { events: [event('Pod', 'ship-r1-abcde', 'Unhealthy', 'Readiness probe failed: connection refused', { count: 1 })] })).toEqual([]);
  });
});

describe('places', () => {
  const waiting = (message: string, more = {}) => pod('cart', { phase: 'Pending', node: '', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }], ...more });
  test('cordoned nodes are to blame, and can be uncordoned', async () => {
    const cordoned = { ...healthyNode, spec: { unschedulable: true } };
    const found = await findings([...deployment('cart', [{}]), waiting('0/1 nodes are available: 1 node(s) were unschedulable. preemption: 0/1 nodes are available')], { nodes: [cordoned] });
    expect(found.find((one) => one.resource === 'node/main/node1')).toMatchObject({ mechanism: 'node-cordoned', remedy: { kind: 'kubectl.uncordon', name: 'node1' } });
    expect(found.find((one) => one.resource === 'deployment/shop/cart')).toMatchObject({ blames: 'node/main/node1' });
  });
  test('a node selector that the newest revision brought', async () => {
    expect(await findings([...deployment('cart', [{}, { nodeSelector: { disk: 'nvme' } }]), waiting("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", { revision: 2 })])).toMatchObject([{ mechanism: 'unschedulable-no-node-matches', remedy: undo('cart', 1) }]);
  });
  test('a cordoned node that nobody misses is nothing', async () => {
    expect(await findings([...deployment('cart', [{}], { available: [1] }), well('cart')], { nodes: [{ ...healthyNode, spec: { unschedulable: true } }] })).toEqual([]);
  });
  test('a claim of a class that is not there', async () => {
    const claim = { kind: 'PersistentVolumeClaim', metadata: { name: 'data', creationTimestamp: ago(100) }, spec: { storageClassName: 'fast' }, status: { phase: 'Pending' } };
    const found = await findings([...deployment('cart', [{ claim: 'data' }]), waiting('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', { parts: { claim: 'data' } }), claim]);
    expect(found.find((one) => one.resource === 'persistentvolumeclaim/shop/data')).toMatchObject({ mechanism: 'storage-class-missing' });
    expect(found.find((one) => one.resource === 'deployment/shop/cart')).toMatchObject({ blames: 'persistentvolumeclaim/shop/data' });
  });
  test('a quota below what is used', async () => {
    const message = 'pods "ship-r1-x" is forbidden: exceeded quota: shop, requested: requests.memory=64Mi, used: requests.memory=1Gi, limited: requests.memory=512Mi';
    const quota = { kind: 'ResourceQuota', metadata: { name: 'shop' }, spec: { hard: { 'requests.memory': '512Mi' } }, status: { hard: { 'requests.memory': '512Mi' }, used: { 'requests.memory': '1Gi' } } };
    const found = await findings([...deployment('ship', [{}], { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] }), quota]);
    expect(found.find((one) => one.resource === 'resourcequota/shop/shop')).toMatchObject({ mechanism: 'quota-exceeded' });
    expect(found.find((one) => one.resource === 'deployment/shop/ship')).toMatchObject({ mechanism: 'pods-over-quota', blames: 'resourcequota/shop/shop' });
  });
});

describe('what calls what', () => {
  const failing = [serviceReading('front', { samples: times(6, broken('upstream failed', 502)), dependsOn: ['catalog'] })];
  const front = [...deployment('front', [{ environment: { CATALOG_URL: 'http://catalog:8080' } }], { available: [1] }), well('front'), ...service('front')];

  test('a selector that is almost that of one workload', async () => {
    const found = await findings([...front, ...deployment('catalog', [{}], { available: [1] }), well('catalog'), ...service('catalog', { selector: { app: 'catalogue' }, ready: 0 })], { services: failing }, [{ name: 'front', dependsOn: ['catalog'] }]);
    expect(found.find((one) => one.resource === 'kube-service/shop/catalog')).toMatchObject({ mechanism: 'selector-matches-no-pods', remedy: { kind: 'kubectl.patch', resource: 'service', type: 'merge', patch: '{"spec":{"selector":{"app":"catalog"}}}' } });
    expect(found.find((one) => one.resource === 'service/front')).toMatchObject({ blames: 'kube-service/shop/catalog' });
  });

  test('a workload at zero is scaled to what its event says', async () => {
    const found = await findings([...front, ...deployment('catalog', [{}], { replicas: 0 }), ...service('catalog', { ready: 0 })], { services: failing, events: [event('Deployment', 'catalog', 'ScalingReplicaSet', 'Scaled down replica set catalog-r1 from 3 to 0', { type: 'Normal' })] }, [{ name: 'front', dependsOn: ['catalog'] }]);
    expect(found.find((one) => one.resource === 'deployment/shop/catalog')).toMatchObject({ mechanism: 'scaled-to-zero', remedy: { kind: 'kubectl.scale', replicas: 3 } });
    expect(found.find((one) => one.resource === 'service/front')).toMatchObject({ blames: 'deployment/shop/catalog' });
  });

  test('one at zero that nobody counts on is left alone', async () => {
    expect(await findings([...deployment('batch', [{}], { replicas: 0 }), ...service('batch', { ready: 0 })])).toEqual([]);
  });

  test('a policy that lets in a name that nobody has', async () => {
    const policy = (name: string) => ({ kind: 'NetworkPolicy', metadata: { name: 'catalog' }, spec: { podSelector: { matchLabels: { app: 'catalog' } }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: name } } }], ports: [{ port: 8080, protocol: 'TCP' }] }] } });
    const rest = [...front, ...deployment('catalog', [{}], { available: [1] }), well('catalog'), ...service('catalog')];
    const found = await findings([...rest, policy('front-v2')], { services: failing }, [{ name: 'front', dependsOn: ['catalog'] }]);
    expect(found.find((one) => one.resource === 'networkpolicy/shop/catalog')).toMatchObject({
      severity: 'critical', remedy: { kind: 'kubectl.patch', resource: 'networkpolicy', type: 'json', patch: JSON.stringify([{ op: 'test', path: '/spec/ingress/0/from/0/podSelector/matchLabels/app', value: 'front-v2' }, { op: 'replace', path: '/spec/ingress/0/from/0/podSelector/matchLabels/app', value: 'front' }]) },
    });
    expect(found.find((one) => one.resource === 'service/front')).toMatchObject({ blames: 'networkpolicy/shop/catalog' });
    expect((await findings([...rest, policy('front')])).filter((one) => one.severity !== 'info')).toEqual([]);
  });

  test('a host that no Service has, since the newest revision', async () => {
    const objects = [...deployment('front', [{ environment: { CATALOG_URL: 'http://catalog:8080' } }, { environment: { CATALOG_URL: 'http://catalogue:8080' } }], { available: [0, 1] }), well('front', { revision: 2 }), ...service('front'), ...deployment('catalog', [{}], { available: [1] }), well('catalog'), ...service('catalog')];
    const found = await findings(objects, { services: failing, logs: { 'front-r2-abcde': ['Error: getaddrinfo ENOTFOUND catalogue'] } }, [{ name: 'front' }]);
    expect(found.find((one) => one.mechanism === 'upstream-service-missing')).toMatchObject({ resource: 'deployment/shop/front', severity: 'critical', remedy: undo('front', 1) });
  });

  test('a crash for want of what has no ready pod is a symptom', async () => {
    const objects = [...deployment('front', [{ environment: { CATALOG_URL: 'http://catalog:8080' } }]), crashing('front', { parts: { environment: { CATALOG_URL: 'http://catalog:8080' } } }), ...deployment('catalog', [{}]), crashing('catalog'), ...service('catalog', { ready: 0 })];
    const found = await findings(objects, { logs: { 'front-r1-abcde': ['Error: connect ECONNREFUSED catalog:8080'] } });
    expect(found.find((one) => one.resource === 'deployment/shop/front')).toMatchObject({ blames: 'deployment/shop/catalog' });
  });

  test('a healthy namespace gives no finding, restarts of long ago included', async () => {
    const recovered = well('catalog', { restarts: 12, last: { exitCode: 1, reason: 'Error', finishedAt: ago(7200) } });
    expect(await findings([...front, ...deployment('catalog', [{}, { image: 'registry.local/app:2' }], { available: [0, 1] }), { ...recovered, metadata: { ...(recovered['metadata'] as object), ownerReferences: [{ kind: 'ReplicaSet', name: 'catalog-r2', controller: true }] } }, ...service('catalog')], { services: [serviceReading('front'), serviceReading('catalog')] }, [{ name: 'front' }, { name: 'catalog' }])).toEqual([]);
  });
});
