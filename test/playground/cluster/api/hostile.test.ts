/** What nobody sends by accident: each gets an answer, nothing of it stays, and the server lives. */
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../../support/wait-for.ts';
import { startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

let api: TestApi;
const maps = '/api/v1/namespaces/shop/configmaps';
const things = '/apis/example.com/v1/namespaces/shop/things';
const map = (name: string, more: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });
const patch = (path: string, type: string, body: unknown) => api.call('PATCH', path, body, { 'content-type': `application/${type}` });

beforeAll(async () => {
  api = await startTestApi();
  const { client } = api.server.plane;
  client.create('namespaces', { metadata: { name: 'shop' } });
  client.create('customresourcedefinitions.apiextensions.k8s.io', {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com', scope: 'Namespaced', names: { plural: 'things', kind: 'Thing', listKind: 'ThingList', singular: 'thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  });
  await waitFor('the custom kind', async () => (await api.call('GET', things)).code === 200);
});
afterAll(() => api.stop());
afterEach(async () => {
  const left = [(await api.call('GET', '/healthz')).text, ...api.lines, ...Object.keys(Object.prototype), ({} as Record<string, unknown>)['polluted']];
  if (left.join() !== 'ok,') throw new Error(`It left its mark: ${left.join()}`);
});

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const thing = (spec: string): string => `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"deep"},"spec":${spec}}`;

test.each([1_000, 200_000])('%i levels deep', async (depth) => {
  expect((await api.call('POST', things, thing(nested(depth)))).body['message']).toContain('exceeded max depth');
  expect((await api.call('POST', maps, `{"metadata":{"name":"deep"},"x":${nested(depth)}}`)).code).toBe(400);
  expect((await patch(`${things}/deep?fieldManager=m`, 'apply-patch+yaml', thing(nested(depth)))).body['message']).toContain('exceeded max depth');
  for (const yaml of [`spec: ${'['.repeat(depth)}`, `spec:\n  ${'- '.repeat(depth)}`, `${'? '.repeat(depth)}a`]) {
    expect((await api.call('POST', things, yaml, { 'content-type': 'application/yaml' })).code).toBe(400);
    expect((await patch(`${things}/deep?fieldManager=m`, 'apply-patch+yaml', yaml)).code).toBe(400);
  }
});

test('a patch can not make an object deep or large step by step', async () => {
  await api.call('POST', things, thing('{"a":{"a":1}}'));
  const deeper = Array.from({ length: 400 }, () => ({ op: 'move', from: '/spec', path: '/kept' })).flatMap((move) => [move, { op: 'add', path: '/spec', value: {} }, { op: 'move', from: '/kept', path: '/spec/a' }]);
  expect((await patch(`${things}/deep`, 'json-patch+json', deeper)).code).toBe(422);
  const doubling = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/spec', path: `/spec/copy${index}` }));
  expect((await patch(`${things}/deep`, 'json-patch+json', doubling)).code).toBe(422);
  expect((await patch(`${things}/deep`, 'json-patch+json', Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Thing' })))).code).toBe(413);
});

test('names that JavaScript knows are names like others', async () => {
  const created = await api.call('POST', `${maps}?fieldValidation=Strict`, '{"metadata":{"name":"own","labels":{"constructor":"a"},"annotations":{"toString":"b"}},"data":{"__proto__":"x","constructor":"y"}}');
  expect(created.code).toBe(201);
  expect(created.text).toContain('"data":{"__proto__":"x","constructor":"y"}');
  await api.call('POST', maps, map('other'));
  const named = async (selector: string): Promise<string[]> => ((await api.call('GET', `${maps}?${selector}`)).body as unknown as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
  expect(await named('labelSelector=constructor')).toEqual(['own']);
  expect(await named('labelSelector=!constructor')).toContain('other');
  for (const field of ['constructor', '__proto__', 'toString']) expect((await api.call('GET', `${maps}?fieldSelector=${field}%3Dx`)).body['message']).toBe(`field label not supported: ${field}`);
  const unknown = await api.call('POST', `${maps}?fieldValidation=Strict`, '{"metadata":{"name":"strange","__proto__":{"polluted":1}},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  for (const field of ['__proto__', 'constructor', 'metadata.__proto__']) expect(unknown.body['message']).toContain(`unknown field "${field}"`);
});

test.each([
  ['merge-patch+json', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"spec":{"__proto__":{"polluted":2},"constructor":{"prototype":{"polluted":2}}},"metadata":{"__proto__":{"polluted":1}}}'],
  ['json-patch+json', '[{"op":"add","path":"/spec/__proto__","value":{"polluted":1}},{"op":"add","path":"/spec/__proto__/more","value":1}]'],
  ['json-patch+json', '[{"op":"add","path":"/__proto__/polluted","value":1}]'],
  ['json-patch+json', '[{"op":"copy","from":"/constructor/prototype","path":"/spec"},{"op":"add","path":"/constructor/prototype/polluted","value":1}]'],
  ['apply-patch+yaml', '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"proto"},"spec":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}'],
  ['apply-patch+yaml', 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: proto}\nspec:\n  __proto__: {polluted: 1}\n  <<: {constructor: {prototype: {polluted: 1}}}\n'],
])('no %s reaches beyond its object: %s', async (type, body) => {
  await api.call('POST', things, '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"proto"},"spec":{"a":1}}');
  const { code } = await patch(`${things}/proto?fieldManager=m&force=true`, type, body);
  expect([200, 400, 422]).toContain(code);
  for (const built of [maps, '/api/v1/namespaces/shop']) expect((await patch(built === maps ? `${maps}/other` : built, 'strategic-merge-patch+json', '{"__proto__":{"polluted":1},"metadata":{"annotations":{"__proto__":"x","a":"b"}}}')).code).toBeLessThan(500);
});

test('options of a deletion that can not be understood delete nothing', async () => {
  await api.call('POST', maps, map('kept'));
  for (const body of ['{"gracePeriodSeconds":"x"}', '{"dryRun":"All"}', '{"dryRun":["Some"]}', '{"preconditions":5}', '{"propagationPolicy":5}', '{"propagationPolicy":"Later"}', '{"orphanDependents":1}', '[]', '5', '"x"', '{', '{"propagationPolicy":"Orphan","orphanDependents":true}']) {
    expect([body, (await api.call('DELETE', `${maps}/kept`, body)).code]).toEqual([body, expect.toSatisfy((code) => code === 400 || code === 422)]);
  }
  expect((await api.call('GET', `${maps}/kept`)).code).toBe(200);
});

test('only who may impersonate is somebody else, and then has only their rights', async () => {
  const as = async (headers: Record<string, string>): Promise<unknown[]> => {
    const { code, body } = await api.call('GET', maps, undefined, headers);
    return [code, body['message']];
  };
  expect(await as({ 'Impersonate-User': 'bob' })).toEqual([403, 'configmaps is forbidden: User "bob" cannot list resource "configmaps" in API group "" in the namespace "shop"']);
  expect((await as({ 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:masters' }))[0]).toBe(200);
  expect((await as({ 'Impersonate-User': 'system:serviceaccount:shop:default' }))[1]).toContain('User "system:serviceaccount:shop:default" cannot list');
  expect((await as({ 'Impersonate-Group': 'system:masters' }))[0]).toBe(500);
  for (const [headers, what] of [
    [{ 'Impersonate-User': 'bob' }, 'users "bob" is forbidden: User "system:anonymous" cannot impersonate resource "users" in API group "" at the cluster scope'],
    [{ 'Impersonate-User': 'system:serviceaccount:shop:default' }, 'serviceaccounts "default" is forbidden: User "system:anonymous" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "shop"'],
  ] as const) expect(await as({ ...headers, authorization: '' })).toEqual([403, what]);
});

test.each(['resourceVersion=abc', 'resourceVersion=-1', 'resourceVersion=1.5', 'continue=e30', 'continue=%00', 'labelSelector=%3D', 'labelSelector=a,', 'fieldSelector=a', 'watch=1&resourceVersion=abc'])('refuses ?%s', async (query) => {
  const { code, body } = await api.call('GET', `${maps}?${query}`);
  expect([code, body['kind'], body['reason']]).toEqual([400, 'Status', 'BadRequest']);
});

test.each(['/api/v1/namespaces/shop/configmaps/..%2f..%2fetc', '/api/v1/namespaces/shop/configmaps/a%00b', '/api/v1/namespaces/shop/configmaps/%E0%A4%A', '/apis/__proto__/v1/pods', '/api/v1/constructor', '/apis/constructor', '/api/v1/../../../etc/passwd', '/openapi/v3/apis/constructor/v1'])('has nothing at %s', async (path) => {
  expect((await api.call('GET', path)).code).toBe(404);
});

test('hundreds of connections that never finish anything', async () => {
  const { hostname, port } = new URL(api.server.url);
  const sockets = await Promise.all(Array.from({ length: 150 }, (_, index) => new Promise<{ destroy(): void }>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), ca: api.server.certificateAuthority, servername: 'localhost' }, () => {
      socket.write(index % 2 === 0 ? 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ' : `POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\ncontent-type: application/json\r\n\r\n{"a`);
      resolve(socket);
    });
    socket.on('error', () => resolve(socket));
  })));
  expect((await api.call('GET', maps)).code).toBe(200);
  for (const socket of sockets) socket.destroy();
});
