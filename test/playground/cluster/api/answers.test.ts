import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  api.server.plane.client.create('namespaces', { metadata: { name: 'shop' } });
  api.server.plane.client.create('serviceaccounts', { metadata: { name: 'default', namespace: 'shop' } });
});
afterAll(() => api.stop());

const pods = '/api/v1/namespaces/shop/pods';

test('JSON is written as Go writes it, safe inside HTML, in answers and watches', async () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'escaped' }, data: { text: '<a> & <b>' } };
  const answer = await api.call('POST', '/api/v1/namespaces/shop/configmaps', map);
  expect(answer.text).toContain('\\u003ca\\u003e \\u0026 \\u003cb\\u003e');
  expect(answer.body['data']).toEqual(map.data);
  const [first] = await api.watch('/api/v1/namespaces/shop/configmaps?watch=1&fieldSelector=metadata.name%3Descaped', 1);
  expect(first?.object).toMatchObject({ data: map.data });
});

test('a pod is validated before its quota is asked', async () => {
  api.server.plane.client.create('resourcequotas', { metadata: { name: 'none', namespace: 'shop' }, spec: { hard: { pods: '0' } } });
  const invalid = await api.call('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } });
  expect([invalid.code, invalid.body['message']]).toEqual([422, 'Pod "x" is invalid: spec.containers: Required value']);
  const valid = await api.call('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { containers: [{ name: 'x', image: 'x' }] } });
  expect([valid.code, valid.body['message']]).toEqual([403, 'pods "x" is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0']);
});

test('what was scaled has an owner without a time', async () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web' }] } };
  const web = '/apis/apps/v1/namespaces/shop/deployments';
  await api.call('POST', web, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template } });
  expect((await api.call('PATCH', `${web}/web/scale`, { spec: { replicas: 3 } }, { 'content-type': 'application/merge-patch+json' })).code).toBe(200);
  const owners = api.server.plane.client.get('deployments.apps', 'shop', 'web')?.metadata.managedFields ?? [];
  const scaled = owners.find(({ subresource }) => subresource === 'scale');
  expect(scaled).toMatchObject({ fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
  expect(scaled).not.toHaveProperty('time');
});

test('names of events sort in the order they were written in', () => {
  const { client } = api.server.plane;
  const about = client.get('namespaces', undefined, 'shop');
  if (about === undefined) throw new Error('no namespace');
  const reasons = Array.from({ length: 50 }, (_, index) => `Reason${index}`);
  for (const reason of reasons) client.event(about, { type: 'Normal', reason, message: reason });
  const events = client.list('events').filter(({ reason }) => reason?.startsWith('Reason') === true);
  expect(events.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1)).map(({ reason }) => reason)).toEqual(reasons);
});

test('a custom object is read in the version that was asked for', async () => {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await api.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.acme.io' },
    spec: {
      group: 'acme.io', names: { kind: 'Widget', plural: 'widgets' }, scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }, { name: 'v1beta1', served: true, storage: false, schema }],
    },
  });
  const collection = (version: string): string => `/apis/acme.io/${version}/namespaces/shop/widgets`;
  const created = await api.call('POST', collection('v1beta1'), { apiVersion: 'acme.io/v1beta1', kind: 'Widget', metadata: { name: 'one' }, size: 3 });
  expect([created.code, created.body['apiVersion']]).toEqual([201, 'acme.io/v1beta1']);
  for (const version of ['v1', 'v1beta1']) {
    expect((await api.call('GET', `${collection(version)}/one`)).body).toMatchObject({ apiVersion: `acme.io/${version}`, size: 3 });
    expect((await api.call('GET', collection(version))).body['items']).toMatchObject([{ apiVersion: `acme.io/${version}` }]);
  }
});
