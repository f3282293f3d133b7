import { describe, expect, test } from 'vitest';
import type { FindingBody } from '../../../src/incident/types.ts';
import { driftOf } from '../../../src/tools/readings/cluster/drift.ts';
import { broken, service as serviceReading, times } from '../readings-support.ts';
import { ago, configMap, crashing, deployment, event, findings, pod, service, well } from './objects.ts';

type Json = Record<string, unknown>;
const note = 'kubectl.kubernetes.io/last-applied-configuration';

/** As `kubectl apply` leaves it, and as somebody else's edit of these managed fields does. */
function applied(object: Json, asApplied: Json, edited?: { fields: Json; manager?: string; seconds?: number }): Json {
  const metadata = object['metadata'] as Json;
  const managed = [{ manager: 'kubectl-client-side-apply', operation: 'Update', time: ago(3600), fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${note}`]: {} } } } }, ...(edited === undefined ? [] : [{ manager: edited.manager ?? 'kubectl-edit', operation: 'Update', time: ago(edited.seconds ?? 60), fieldsV1: edited.fields }])];
  return { ...object, metadata: { ...metadata, annotations: { [note]: JSON.stringify({ ...asApplied, metadata: { name: metadata['name'] } }) }, managedFields: managed } };
}

const named = (kind: string, name: string, rest: Json): Json => ({ kind, apiVersion: 'v1', metadata: { name }, ...rest });
const of = (found: readonly FindingBody[], resource: string): FindingBody | undefined => found.find((one) => one.resource === resource);

describe('what differs from what was applied', () => {
  test('defaults of the server, another spelling of an amount, and what controllers keep are no drift', () => {
    const live = named('Service', 'api', { spec: { selector: { app: 'api' }, clusterIP: '10.0.0.1', sessionAffinity: 'None', ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: 30123 }] } });
    expect(driftOf(applied(live, { spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } }))).toBeUndefined();
    const workload = named('Deployment', 'api', { spec: { replicas: 5, template: { spec: { containers: [{ name: 'main', resources: { limits: { cpu: '500m', memory: '1Gi' } }, terminationMessagePath: '/dev/log' }] } } } });
    expect(driftOf(applied(workload, { spec: { replicas: 2, template: { metadata: { creationTimestamp: null }, spec: { containers: [{ name: 'main', resources: { limits: { cpu: '0.5', memory: '1024Mi' } } }] } } } }))).toBeUndefined();
  });

  test('says the field, what it was, what it is, who wrote it and when', () => {
    const live = named('Deployment', 'api', { spec: { template: { spec: { containers: [{ name: 'sidecar', image: 'proxy:1' }, { name: 'main', image: 'app:2' }] } } } });
    const drift = driftOf(applied(live, { spec: { template: { spec: { containers: [{ name: 'main', image: 'app:1' }, { name: 'sidecar', image: 'proxy:1' }] } } } }, { fields: { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { 'f:image': {} } } } } } }, seconds: 40 }));
    expect(drift?.fields).toEqual([{ pointer: '/spec/template/spec/containers/1/image', path: 'spec.template.spec.containers[main].image', noted: 'app:1', now: 'app:2', at: ago(40), manager: 'kubectl-edit' }]);
  });

  test('what was added counts only where another than the one who applies wrote it', () => {
    const live = named('ConfigMap', 'settings', { data: { MODE: 'a', PORT: '9' } });
    const fields = { 'f:data': { 'f:PORT': {} } };
    expect(driftOf(applied(live, { data: { MODE: 'a' } }, { fields }))?.fields).toMatchObject([{ pointer: '/data/PORT', now: '9' }]);
    expect(driftOf(applied(live, { data: { MODE: 'a' } }))).toBeUndefined();
  });

  test('an object that was never applied, and one whose note is no JSON, have none', () => {
    expect(driftOf(named('ConfigMap', 'settings', { data: { MODE: 'a' } }))).toBeUndefined();
    expect(driftOf({ kind: 'ConfigMap', metadata: { name: 'x', annotations: { [note]: '{' } }, data: {} })).toBeUndefined();
  });
});

describe('drift that explains a failure is put back, field by field', () => {
  const probed = (path: string): Json => ({ spec: { template: { spec: { containers: [{ name: 'main', readinessProbe: { httpGet: { path, port: 8080 } } }] } } } });
  const edit = { fields: { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { 'f:readinessProbe': { 'f:httpGet': { 'f:path': {} } } } } } } } } };

  test('a probe, where the history holds no earlier revision', async () => {
    const [object, ...sets] = deployment('ship', [{ probe: '/ready' }]);
    const notReady = pod('ship', { parts: { probe: '/ready' }, state: { running: { startedAt: ago(90) } } });
    const found = await findings([applied(object ?? {}, probed('/readyz'), edit), ...sets, notReady], { events: [event('Pod', 'ship-r1-abcde', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 404')] });
    expect(found.filter((one) => one.severity !== 'info')).toMatchObject([{ mechanism: 'readiness-probe-failing', remedy: { kind: 'kubectl.patch', resource: 'deployment', name: 'ship', type: 'json' } }]);
    const remedy = of(found, 'deployment/shop/ship')?.remedy;
    const patch = remedy?.kind === 'kubectl.patch' ? remedy.patch : '';
    const path = '/spec/template/spec/containers/0/readinessProbe/httpGet/path';
    expect(JSON.parse(patch)).toEqual([{ op: 'test', path, value: '/ready' }, { op: 'replace', path, value: '/readyz' }]);
  });

  test('a workload that is well keeps its drift as a remark', async () => {
    const [object, ...sets] = deployment('ship', [{ probe: '/ready' }], { available: [1] });
    const found = await findings([applied(object ?? {}, probed('/readyz'), edit), ...sets, well('ship', { parts: { probe: '/ready' } })]);
    expect(found).toMatchObject([{ severity: 'info', mechanism: 'probe-changed' }]);
  });

  test('pods of an older revision that fail as well acquit what was changed', async () => {
    const [object, ...sets] = deployment('ship', [{}, { probe: '/ready' }], { replicas: 2 });
    const failing = (revision: number) => crashing('ship', { revision, parts: { probe: '/ready' } });
    const found = await findings([applied(object ?? {}, probed('/readyz'), edit), ...sets, failing(1), failing(2)]);
    expect(of(found, 'deployment/shop/ship')).toMatchObject({ mechanism: 'crash-loop' });
    expect(of(found, 'deployment/shop/ship')).not.toHaveProperty('remedy');
  });

  test('one ConfigMap under several workloads is one root, and what each of them says is a symptom', async () => {
    const settings = applied(configMap('common', { LEVEL: 'info', PORT: '8597' }), { data: { LEVEL: 'info' } }, { fields: { 'f:data': { 'f:PORT': {} } } });
    const names = ['cart', 'catalog'];
    const found = await findings([settings, ...names.flatMap((name) => [...deployment(name, [{ from: ['common'], probe: '/ready' }]), pod(name, { parts: { from: ['common'], probe: '/ready' }, state: { running: { startedAt: ago(50) } } })])], {
      events: names.map((name) => event('Pod', `${name}-r1-abcde`, 'Unhealthy', 'Readiness probe failed: connect: connection refused')),
    });
    expect(of(found, 'configmap/shop/common')).toMatchObject({ severity: 'warning', remedy: { kind: 'kubectl.configmap_key', name: 'common', key: 'PORT', value: null } });
    for (const name of names) expect(of(found, `deployment/shop/${name}`)).toMatchObject({ blames: 'configmap/shop/common' });
  });

  test('a ConfigMap that was changed after the container began is not what it failed for', async () => {
    const settings = applied(configMap('common', { PORT: '8597' }), { data: {} }, { fields: { 'f:data': { 'f:PORT': {} } }, seconds: 5 });
    const found = await findings([settings, ...deployment('cart', [{ from: ['common'] }]), crashing('cart', { parts: { from: ['common'] } })]);
    expect(of(found, 'deployment/shop/cart')).not.toHaveProperty('blames');
    expect(of(found, 'configmap/shop/common')).toMatchObject({ severity: 'info' });
  });

  test('what was noted goes before a name that is only near', async () => {
    const [object, slice] = service('shop-api', { selector: { app: 'shop-ap' }, ready: 0 });
    const edited = { fields: { 'f:spec': { 'f:selector': { 'f:app': {} } } } };
    const found = await findings([applied(object ?? {}, { spec: { selector: { app: 'api' } } }, edited), slice, ...deployment('api', [{}], { available: [1] }), well('api')], {}, [{ name: 'shop-api' }]);
    expect(of(found, 'kube-service/shop/shop-api')).toMatchObject({ mechanism: 'selector-matches-no-pods', remedy: { patch: JSON.stringify([{ op: 'test', path: '/spec/selector/app', value: 'shop-ap' }, { op: 'replace', path: '/spec/selector/app', value: 'api' }]) } });
  });

  test('a service that is unwell while nothing else is wrong is explained by what was changed on its way', async () => {
    const [object, slice] = service('api');
    const edited = { fields: { 'f:spec': { 'f:ports': { 'k:{"port":8080,"protocol":"TCP"}': { 'f:targetPort': {} } } } } };
    const live = applied(object ?? {}, { spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 8080, targetPort: 9090 }] } }, edited);
    const found = await findings([live, slice, ...deployment('api', [{}], { available: [1] }), well('api')], { services: [serviceReading('api', { samples: times(6, broken('no', 502)) })] }, [{ name: 'api' }]);
    expect(of(found, 'service/api')).toMatchObject({ blames: 'kube-service/shop/api' });
    expect(of(found, 'kube-service/shop/api')).toMatchObject({ severity: 'warning', mechanism: 'target-port-changed', remedy: { kind: 'kubectl.patch' } });
  });

  test('what was changed weeks ago has proved itself', async () => {
    const live = (seconds: number): Json => applied(configMap('common', { MODE: 'b' }), { data: { MODE: 'a' } }, { fields: { 'f:data': { 'f:MODE': {} } }, seconds });
    expect(await findings([live(3600)])).toMatchObject([{ severity: 'info', mechanism: 'configmap-value-changed' }]);
    expect(await findings([live(30 * 86_400)])).toEqual([]);
  });

  test('secrets are neither shown nor written back', async () => {
    const live = applied(configMap('common', { API_TOKEN: 'new-one' }), { data: { API_TOKEN: 'old-one' } }, { fields: { 'f:data': { 'f:API_TOKEN': {} } } });
    const [only] = await findings([live]);
    expect(only).not.toHaveProperty('remedy');
    expect(JSON.stringify(only)).not.toMatch(/old-one|new-one/);
  });

  test('what a program keeps is repaired where that program reads', async () => {
    const manifest = (value: string): string => JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' }, spec: { template: { spec: { containers: [{ name: 'main', env: [{ name: 'STORE_URL', value }] }] } } } });
    const [object, ...sets] = deployment('cart', [{ environment: { STORE_URL: 'http://store:80' } }, { environment: { STORE_URL: 'http://stores:80' } }], { available: [0, 1] });
    const fields = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { 'f:env': { 'k:{"name":"STORE_URL"}': { 'f:value': {} } } } } } } } };
    const kept = applied(object ?? {}, JSON.parse(manifest('http://store:80')) as Json, { fields, manager: 'manifest-sync' });
    const found = await findings([kept, ...sets, well('cart', { revision: 2 }), configMap('desired', { 'cart.json': manifest('http://stores:80') }), ...service('store')], { services: [serviceReading('cart', { samples: times(6, broken('ENOTFOUND stores', 502)) })], logs: { 'cart-r2-abcde': ['Error: getaddrinfo ENOTFOUND stores'] } }, [{ name: 'cart' }]);
    const blamed = found.filter((one) => one.resource === 'deployment/shop/cart');
    expect(blamed.length).toBeGreaterThan(0);
    for (const one of blamed) expect(one).toMatchObject({ blames: 'configmap/shop/desired' });
    for (const one of blamed) expect(one).not.toHaveProperty('remedy');
    expect(of(found, 'configmap/shop/desired')).toMatchObject({ severity: 'warning', remedy: { kind: 'kubectl.configmap_key', key: 'cart.json', value: manifest('http://store:80') } });
  });
});
