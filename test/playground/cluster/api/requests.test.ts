import { connect } from 'node:tls';
import { assert, asyncProperty, constantFrom, integer, uint8Array } from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

let api: TestApi;
let namespace = '';
let count = 0;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  count += 1;
  namespace = `test-${count}`;
  api.server.plane.client.create('namespaces', { metadata: { name: namespace } });
});

const maps = (): string => `/api/v1/namespaces/${namespace}/configmaps`;
const map = (name: string, data: Record<string, string> = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

test('what can not be read gets Kubernetes\' own answer, and the server stays', async () => {
  const malformed = await api.call('POST', maps(), '{"metadata": {bad');
  expect([malformed.code, malformed.body['reason'], malformed.body['message']]).toEqual([400, 'BadRequest', expect.stringContaining('the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character')]);
  // Told by the announced length alone: nobody has to send ten megabytes to hear it.
  const large = await api.call('POST', maps(), map('large', { text: 'x'.repeat(10 * 1024 * 1024) })).catch((error: Error) => error);
  expect(large instanceof Error ? 'broken off while sending' : [large.code, large.body['message']]).toSatisfy((answer) => answer === 'broken off while sending' || String(answer) === '413,Request entity too large: limit is 3145728');
  const unknown = await api.call('POST', `${maps()}?fieldValidation=Strict`, { ...map('a'), extra: 1 });
  expect([unknown.code, unknown.body['message']]).toEqual([400, expect.stringContaining('strict decoding error: unknown field "extra"')]);
  const warned = await api.call('POST', `${maps()}?fieldValidation=Warn`, { ...map('a'), extra: 1 });
  expect([warned.code, warned.headers['warning']]).toEqual([201, '299 - "unknown field \\"extra\\""']);
  expect((await api.call('POST', maps(), 'hello', { 'content-type': 'text/plain' })).code).toBe(415);
  expect((await api.call('POST', maps(), 'k8s?', { 'content-type': 'application/vnd.kubernetes.protobuf' })).code).toBe(400);
  expect((await api.call('PATCH', `${maps()}/a`, '{}', { 'content-type': 'application/json' })).body['reason']).toBe('UnsupportedMediaType');
  expect((await api.call('GET', '/healthz')).text).toBe('ok');
});

test('any bytes at all end in an answer', async () => {
  await assert(asyncProperty(uint8Array({ maxLength: 200 }), constantFrom('application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'), async (bytes, type) => {
    const text = Buffer.concat([Buffer.from(type.endsWith('protobuf') ? 'k8s\0' : ''), bytes]).toString('latin1');
    const { code } = await api.call('POST', maps(), text, { 'content-type': type });
    expect([400, 413, 415, 422]).toContain(code);
  }), { numRuns: 60 });
  expect(api.lines).toEqual([]);
});

test('connections that break off leave the server as it was', async () => {
  const { hostname, port } = new URL(api.server.url);
  for (const start of ['GET / HT', 'POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"a"', '\0\0\0', 'GET /%E0%A4%A HTTP/1.1\r\nhost: x\r\n\r\n']) {
    await new Promise<void>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port), ca: api.server.certificateAuthority, servername: 'localhost' }, () => {
        socket.write(start, () => {
          socket.destroy();
          resolve();
        });
      });
      socket.on('error', () => resolve());
    });
  }
  expect((await api.call('GET', '/version')).body['gitVersion']).toBe('v1.36.2');
});

test('tokens: none is anonymous, a broken one is nobody', async () => {
  const path = '/api/v1/namespaces/default/secrets';
  const broken = await api.call('GET', path, undefined, { authorization: 'Bearer abc.def.ghi' });
  expect([broken.code, broken.body]).toEqual([401, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 }]);
  const anonymous = await api.call('GET', path, undefined, { authorization: '' });
  expect([anonymous.code, anonymous.body['message']]).toEqual([403, 'secrets is forbidden: User "system:anonymous" cannot list resource "secrets" in API group "" in the namespace "default"']);
  const nowhere = await api.call('GET', '/nowhere', undefined, { authorization: '' });
  expect(nowhere.body['message']).toBe('forbidden: User "system:anonymous" cannot get path "/nowhere"');
  expect((await api.call('GET', '/apis/nowhere/v1/things')).code).toBe(404);
});

test('names and namespaces have to agree', async () => {
  await api.call('POST', maps(), map('a'));
  expect((await api.call('POST', maps(), map('a'))).body['message']).toBe('configmaps "a" already exists');
  expect((await api.call('POST', '/api/v1/namespaces/none/configmaps', map('a'))).body['message']).toBe('namespaces "none" not found');
  const elsewhere = { ...map('b'), metadata: { name: 'b', namespace: 'default' } };
  expect((await api.call('POST', maps(), elsewhere)).body['message']).toBe('the namespace of the provided object does not match the namespace sent on the request');
  expect((await api.call('PUT', `${maps()}/a`, map('b'))).body['message']).toBe('the name of the object (b) does not match the name on the URL (a)');
  const generated = await api.call('POST', maps(), { metadata: { generateName: 'made-' } });
  expect((generated.body['metadata'] as unknown as { name: string }).name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  expect((await api.call('POST', maps(), { metadata: {} })).body['message']).toBe('ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required');
});

test('of two writers with one version one wins, the other is told', async () => {
  const created = await api.call('POST', maps(), map('a'));
  const answers = await Promise.all(['one', 'two'].map((value) => api.call('PUT', `${maps()}/a`, { ...created.body, data: { value } })));
  expect(answers.map(({ code }) => code).toSorted()).toEqual([200, 409]);
  expect(answers.find(({ code }) => code === 409)?.body['message']).toBe('Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again');
});

test('a write that changes nothing leaves the version', async () => {
  const created = await api.call('POST', maps(), map('a', { key: 'value' }));
  const again = await api.call('PATCH', `${maps()}/a`, { data: { key: 'value' } }, { 'content-type': 'application/merge-patch+json' });
  expect(again.body['metadata']).toMatchObject({ resourceVersion: (created.body['metadata'] as unknown as { resourceVersion: string }).resourceVersion });
});

test('dry runs answer as if, and store nothing', async () => {
  expect((await api.call('POST', `${maps()}?dryRun=All`, map('a'))).code).toBe(201);
  expect((await api.call('GET', `${maps()}/a`)).code).toBe(404);
  await api.call('POST', maps(), map('a'));
  expect((await api.call('DELETE', `${maps()}/a?dryRun=All`)).body['status']).toBe('Success');
  expect((await api.call('GET', `${maps()}/a`)).code).toBe(200);
  expect((await api.call('POST', `${maps()}?dryRun=Some`, map('b'))).code).toBe(422);
});

test('finalizers hold an object back, preconditions guard it', async () => {
  await api.call('POST', maps(), { ...map('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } });
  const wrong = await api.call('DELETE', `${maps()}/a`, { preconditions: { uid: 'other' } });
  expect([wrong.code, wrong.body['message']]).toEqual([409, expect.stringMatching(/^Operation cannot be fulfilled on configmaps "a": Precondition failed: UID in precondition: other, UID in object meta: /)]);
  const deleted = await api.call('DELETE', `${maps()}/a`);
  expect(deleted.body['metadata']).toMatchObject({ deletionTimestamp: expect.any(String), finalizers: ['example.com/hold'] });
  const added = await api.call('PATCH', `${maps()}/a`, { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } }, { 'content-type': 'application/merge-patch+json' });
  expect(added.body['message']).toContain('metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted');
  await api.call('PATCH', `${maps()}/a`, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
  expect((await api.call('GET', `${maps()}/a`)).code).toBe(404);
});

test('the pages of a list are the list, whatever the page size', async () => {
  const names = Array.from({ length: 23 }, (_, index) => `map-${index}`);
  for (const name of names) await api.call('POST', maps(), map(name));
  await assert(asyncProperty(integer({ min: 1, max: 30 }), async (limit) => {
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await api.call('GET', `${maps()}?limit=${limit}&continue=${token}`);
      const { items, metadata } = body as unknown as { items: { metadata: { name: string } }[]; metadata: { continue?: string; remainingItemCount?: number } };
      seen.push(...items.map((item) => item.metadata.name));
      expect(metadata.remainingItemCount ?? 0).toBe(names.length - seen.length);
      token = metadata.continue ?? '';
    } while (token !== '');
    expect(seen).toEqual(names.toSorted());
  }), { numRuns: 10 });
  expect((await api.call('GET', `${maps()}?limit=2&continue=nonsense`)).body['message']).toContain('continue key is not valid');
});

test('later pages are of the version of the first; one that is too old says so and how to go on', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await api.call('POST', maps(), map(name));
  const page = async (query: string) => (await api.call('GET', `${maps()}?limit=2${query}`)).body as unknown as { items: { metadata: { name: string } }[]; metadata: { continue?: string }; code?: number; reason?: string };
  const first = await page('');
  await api.call('DELETE', `${maps()}/c`);
  await api.call('POST', maps(), map('cc'));
  const second = await page(`&continue=${first.metadata.continue ?? ''}`);
  expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c', 'd']);
  const old = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: 'b\0' })).toString('base64url');
  const expired = await page(`&continue=${old}`);
  expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
  expect((await page(`&continue=${expired.metadata.continue ?? ''}`)).items.map(({ metadata }) => metadata.name)).toEqual(['cc', 'd']);
});

test('tables, and lists of metadata', async () => {
  await api.call('POST', maps(), map('a', { x: '1' }));
  const table = await api.call('GET', `${maps()}?includeObject=None`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' });
  expect(table.body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', rows: [{ cells: ['a', 1, expect.any(String)] }] });
  const partial = await api.call('GET', maps(), undefined, { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' });
  expect(partial.body).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'a' } }] });
  expect(JSON.stringify(partial.body)).not.toContain('"data"');
});

test('services get an address of their own, and node ports; what is taken is refused', async () => {
  const services = `/api/v1/namespaces/${namespace}/services`;
  const service = (name: string, spec: object) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
  const first = await api.call('POST', services, service('first', { type: 'NodePort' }));
  const { clusterIP, ports } = first.body['spec'] as unknown as { clusterIP: string; ports: { nodePort: number }[] };
  expect(clusterIP).toMatch(/^127\.96\.\d+\.\d+$/);
  expect(ports[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
  const taken = await api.call('POST', services, service('second', { clusterIP }));
  expect([taken.code, taken.body['message']]).toEqual([422, `Service "second" is invalid: spec.clusterIPs: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`]);
  const port = await api.call('POST', services, service('third', { type: 'NodePort', ports: [{ port: 80, nodePort: ports[0]?.nodePort }] }));
  expect(port.body['message']).toBe(`Service "third" is invalid: spec.ports[0].nodePort: Invalid value: ${ports[0]?.nodePort}: provided port is already allocated`);
  expect((await api.call('POST', services, service('headless', { clusterIP: 'None' }))).body['spec']).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
});
