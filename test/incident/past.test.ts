import { afterAll, beforeAll, expect, it } from 'vitest';
import { pastIncidents } from '../../src/incident/past.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';

let kept: Awaited<ReturnType<typeof createTestStore>>;
beforeAll(async () => {
  kept = await createTestStore();
});
afterAll(() => kept?.close());

it('finds the same alert and the same services of the last days in the same channel, with what was tried', async () => {
  const { store } = kept;
  const open = async (title: string, fingerprint: string, channel = 'C1') => (await store.incidents.openOrJoin({ alert: testAlert({ fingerprint, title }), channel, title })).incident;
  const first = await open('checkout is slow', 'f1');
  const change = await store.changes.draft(first.id, testDraft(), 'a');
  await store.timeline.append(first.id, { type: 'diagnosis.stated', investigation: `${first.id}-1`, diagnosis: { summary: '', chain: [], ruledOut: [], unseen: [], rootCause: { title: 'No index', resource: 'table/shop/public.orders', mechanism: 'm', findings: [], confidence: 0.9 } } });
  await store.timeline.append(first.id, { type: 'change.relapsed', changeId: change.id, keys: [] });
  await store.incidents.setStatus(first.id, ['open'], 'resolved', { type: 'incident.resolved', reason: 'it is well again' });
  const related = await open('checkout fails', 'f2');
  await open('checkout fails elsewhere', 'f1b', 'C2');
  await open('payments fail', 'f3');
  const incident = await open('checkout is slow', 'f1');

  const parts = { store, incident, isAlike: (title: string) => title.includes('checkout') };
  expect(await pastIncidents(parts)).toMatchObject([
    { id: related.id, like: 'service', status: 'open', tried: [] },
    { id: first.id, like: 'alert', status: 'resolved', cause: { title: 'No index' }, resolved: 'it is well again', tried: [{ title: 'Index orders.customer_id', state: 'drafted', cameBack: true }] },
  ]);
  expect(await pastIncidents({ ...parts, now: new Date(Date.now() + 15 * 86_400_000) })).toEqual([]);
});
