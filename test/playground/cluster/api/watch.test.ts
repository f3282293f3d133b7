import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi } from './api.ts';
import type { TestApi } from './api.ts';

let api: TestApi;
const maps = '/api/v1/namespaces/shop/configmaps';

beforeAll(async () => {
  api = await startTestApi();
  api.server.plane.client.create('namespaces', { metadata: { name: 'shop' } });
});
afterAll(() => api.stop());

const put = (name: string, labels: Record<string, string> = {}): void => void api.server.plane.client.create('configmaps', { metadata: { name, namespace: 'shop', labels } });
const label = (name: string, labels: Record<string, string>): void => void api.server.plane.client.modify('configmaps', 'shop', name, (copy) => {
  copy.metadata.labels = labels;
});
const told = (events: Awaited<ReturnType<TestApi['watch']>>): string[] => events.map(({ type, object }) => `${type} ${object.metadata.name}`);

test('from nothing: what is there, then what happens, in order', async () => {
  put('old');
  const events = await api.watch(`${maps}?watch=1`, 4, () => {
    put('new');
    label('new', { a: 'b' });
    api.server.plane.client.delete('configmaps', 'shop', 'old');
  });
  expect(told(events)).toEqual(['ADDED old', 'ADDED new', 'MODIFIED new', 'DELETED old']);
});

test('from a version: nothing before it, everything after it, also from before the watch began', async () => {
  const { metadata } = (await api.call('GET', maps)).body as unknown as { metadata: { resourceVersion: string } };
  put('later');
  label('later', { a: 'b' });
  expect(told(await api.watch(`${maps}?watch=1&resourceVersion=${metadata.resourceVersion}`, 2))).toEqual(['ADDED later', 'MODIFIED later']);
});

test('an object that comes to match appears, one that ceases to disappears', async () => {
  const { metadata } = (await api.call('GET', maps)).body as unknown as { metadata: { resourceVersion: string } };
  put('one', { tier: 'web' });
  put('two');
  label('two', { tier: 'web' });
  label('one', { tier: 'other' });
  label('one', { tier: 'third' });
  const events = await api.watch(`${maps}?watch=1&resourceVersion=${metadata.resourceVersion}&labelSelector=tier%20in%20(web)`, 3);
  expect(told(events)).toEqual(['ADDED one', 'ADDED two', 'DELETED one']);
  expect(Number(events[2]?.object.metadata.resourceVersion)).toBeGreaterThan(Number(events[1]?.object.metadata.resourceVersion));
});

test('an expired version is told in the stream', async () => {
  const [event] = await api.watch(`${maps}?watch=1&resourceVersion=1`, 1);
  expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/) } });
});

test('bookmarks and the end of the time', async () => {
  const events = await api.watch(`${maps}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1`, 1000);
  const marks = events.filter(({ type }) => type === 'BOOKMARK');
  expect(marks).toHaveLength(2);
  expect(marks[0]?.object.metadata).toMatchObject({ annotations: { 'k8s.io/initial-events-end': 'true' } });
});

test('a watch of tables has columns in its first event only', async () => {
  const response = await api.call('GET', `${maps}?watch=1&timeoutSeconds=1`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  const tables = response.text.trim().split('\n').map((line) => JSON.parse(line) as { object: { kind: string; columnDefinitions: unknown[]; rows: unknown[] } });
  expect(tables.map(({ object }) => [object.kind, object.columnDefinitions.length > 0, object.rows.length])).toEqual(tables.map((_, index) => ['Table', index === 0, 1]));
  expect(tables.length).toBeGreaterThan(1);
});
