import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/incident/store.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;
let unique = 0;

beforeAll(async () => ({ store, close } = await createTestStore()));
afterAll(() => close());

async function openIncident(channel = 'C1') {
  const alert = testAlert({ fingerprint: `problem-${++unique}` });
  return (await store.incidents.openOrJoin({ alert, channel, title: alert.title, requestedBy: { userId: 'U1', teamId: 'T1' } })).incident;
}

test('an alert opens an incident, the same problem joins it, and after its end opens a new one', async () => {
  const alert = testAlert();
  const opened = await store.incidents.openOrJoin({ alert, channel: 'C9', title: 'Checkout', requestedBy: { userId: 'U1', teamId: 'T1' } });
  expect(opened).toMatchObject({ opened: true, incident: { id: expect.stringMatching(/^INC-\d+$/), status: 'open', channel: 'C9', requestedBy: 'U1', severity: 'critical' } });
  const joined = await store.incidents.openOrJoin({ alert, channel: 'C9', title: 'Checkout' });
  expect(joined).toMatchObject({ opened: false, incident: { id: opened.incident.id } });
  expect((await store.timeline.read(opened.incident.id)).map((each) => each.event.type)).toEqual(['incident.opened', 'alert.joined']);
  expect(await store.incidents.findByFingerprint(alert.fingerprint)).toEqual(opened.incident);

  expect(await store.incidents.setStatus(opened.incident.id, ['open'], 'resolved', { type: 'incident.resolved', reason: 'over' })).toBe(true);
  expect(await store.incidents.setStatus(opened.incident.id, ['open'], 'stopped')).toBe(false);
  expect(await store.incidents.findByFingerprint(alert.fingerprint)).toBeUndefined();
  const again = await store.incidents.openOrJoin({ alert, channel: 'C9', title: 'Checkout' });
  expect(again.opened).toBe(true);
  expect(again.incident.id).not.toBe(opened.incident.id);
  expect((await store.incidents.list({ channel: 'C9', limit: 10 })).map((each) => each.id)).toEqual([again.incident.id, opened.incident.id]);
  expect((await store.incidents.list({ channel: 'C9', unfinished: true, limit: 10 })).map((each) => each.id)).toEqual([again.incident.id]);
  expect(await store.incidents.list({ limit: 1 })).toHaveLength(1);
});

test('an incident is found by the message that is its root card', async () => {
  const incident = await openIncident('C2');
  await store.cards.put({ incidentId: incident.id, key: 'root', channel: 'C2', ts: '', shown: '' });
  expect(await store.incidents.findByThread('C2', '')).toBeUndefined();
  await store.cards.put({ incidentId: incident.id, key: 'root', channel: 'C2', ts: '1.2', shown: 'h' });
  await store.cards.put({ incidentId: incident.id, key: 'note:3', channel: 'C2', ts: '1.3', shown: 'h' });
  expect((await store.incidents.findByThread('C2', '1.2'))?.id).toBe(incident.id);
  expect(await store.incidents.findByThread('C2', '1.3')).toBeUndefined();
  expect(await store.incidents.findByThread('C3', '1.2')).toBeUndefined();
  expect((await store.cards.list(incident.id)).map((card) => card.key)).toEqual(['note:3', 'root']);
});

test('evidence is numbered within its incident, and what PostgreSQL cannot hold is replaced', async () => {
  const [one, two] = [await openIncident(), await openIncident()];
  const input = { specialist: 'database', tool: 'sql', command: 'SELECT 1', text: 'a\0b', fullText: 'a\0b \ud800 é', failed: false } as const;
  expect((await store.evidence.add(one.id, input)).id).toBe('E1');
  const added = await Promise.all(Array.from({ length: 10 }, () => store.evidence.add(one.id, input)));
  expect(new Set(added.map((each) => each.id)).size).toBe(10);
  expect((await store.evidence.add(two.id, input)).id).toBe('E1');
  const found = await store.evidence.get(one.id, 'E5');
  expect(found).toMatchObject({ id: 'E5', text: 'a\uFFFDb', fullText: 'a\uFFFDb \uFFFD é', failed: false });
  expect(found?.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await store.evidence.list(one.id)).toHaveLength(11);
  for (const id of ['E99', 'F1', 'E0', 'E99999999999', "E1'"]) expect(await store.evidence.get(one.id, id)).toBeUndefined();
});

test('any text survives in an event and in a change, exactly', async () => {
  const incident = await openIncident();
  const text = 'NUL \0, half a pair \ud800, emoji 🔥, __proto__, "quotes" \\u0000';
  await store.timeline.append(incident.id, { type: 'question.asked', by: { userId: 'U1', teamId: 'T1' }, text, messageTs: '1.1' });
  expect((await store.timeline.read(incident.id, 1))[0]?.event).toMatchObject({ text });
  expect(await store.timeline.verify(incident.id)).toBeUndefined();
  const change = await store.changes.draft(incident.id, testDraft({ rationale: text }), 'database/shop');
  expect((await store.changes.get(change.id))?.rationale).toBe(text);
});

test('an event of an unknown incident is refused', async () => {
  await expect(store.timeline.append('INC-0', { type: 'incident.resolved', reason: 'x' })).rejects.toMatchObject({ code: 'incident_not_found' });
});

test('the newest turn is kept', async () => {
  expect(await store.turns.load('INC-1-1')).toBeUndefined();
  await store.turns.save('INC-1-1', 1, [{ role: 'user' }]);
  await store.turns.save('INC-1-1', 3, { b: 1, a: ['\0'] });
  await store.turns.save('INC-1-1', 2, 'late');
  expect(await store.turns.load('INC-1-1')).toEqual({ turn: 3, messages: { b: 1, a: ['\0'] } });
});

test('model calls, dead letters and seen keys are remembered', async () => {
  const incident = await openIncident();
  const call = { incidentId: incident.id, agent: 'database', model: 'm', inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, dollars: null, seconds: 0.5, stopReason: 'end_turn', promptHash: 'p', at: '2026-01-01T00:00:00.000Z' } as const;
  await store.modelCalls.add(call);
  expect(await store.modelCalls.list(incident.id)).toEqual([call]);
  await store.deadLetters.add({ source: 'pagerduty', reason: 'bad', body: '{\0' });
  expect(await store.deadLetters.list(1)).toMatchObject([{ source: 'pagerduty', reason: 'bad', body: '{\uFFFD' }]);
  const sights = await Promise.all(Array.from({ length: 20 }, () => store.firstSight('event-1')));
  expect(sights.filter(Boolean)).toHaveLength(1);
  expect(await store.firstSight('event-2')).toBe(true);
});

test('one holder has the lease until it ends', async () => {
  const incident = await openIncident();
  const taken = await Promise.all(Array.from({ length: 10 }, (_, index) => store.cards.lease(incident.id, `gateway-${index}`, 600)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  const holder = `gateway-${taken.indexOf(true)}`;
  expect(await store.cards.lease(incident.id, holder, 0)).toBe(true);
  expect(await store.cards.lease(incident.id, 'another', 600)).toBe(true);
  expect(await store.cards.lease(incident.id, holder, 600)).toBe(false);
});
