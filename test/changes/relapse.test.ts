/** A problem that comes back after its change was verified reopens the incident, and says which change it followed. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Observation } from '../../src/changes/executor.ts';
import { createDesk } from '../../src/incident/create-desk.ts';
import type { QueueBackend } from '../../src/queue/queue.ts';
import { noOffers } from '../support/desk.ts';
import { testAlert } from '../support/store.ts';
import type { Bench } from './bench.ts';
import { finding, openBench } from './bench.ts';

const seen: Observation = { keys: [finding], unread: [] };
const clear: Observation = { keys: [], unread: [] };
let clock = 0;
let investigated: string[] = [];
let bench: Bench;
beforeEach(async () => {
  clock = Date.now();
  investigated = [];
  bench = await openBench({}, { now: () => new Date(clock), investigate: async (id) => void investigated.push(id) });
});
afterEach(() => bench.close());

async function resolvedChange() {
  const change = await bench.approved();
  await bench.executor.execute(change.id, bench.signal);
  expect((await bench.get(change.id)).state).toBe('done');
  await bench.store.incidents.setStatus(change.incidentId, ['open'], 'resolved', { type: 'incident.resolved', reason: 'verified' });
  return change;
}

async function watch(...looks: Observation[]) {
  for (const look of looks) {
    bench.steer.observations = [look];
    await bench.executor.watch();
    clock += 61_000;
  }
}

const status = async (id: string) => (await bench.store.incidents.get(id))?.status;

test('seen in two looks, it reopens the incident once and has it investigated', async () => {
  const { id, incidentId } = await resolvedChange();
  await watch(clear, seen, clear, seen);
  expect(await status(incidentId)).toBe('resolved');
  await watch(seen);
  expect(await status(incidentId)).toBe('open');
  expect(investigated).toEqual([incidentId]);
  const events = (await bench.store.timeline.read(incidentId)).map(({ event }) => event);
  expect(events.at(-2)).toEqual({ type: 'change.relapsed', changeId: id, keys: [finding] });
  expect(events.at(-1)).toMatchObject({ type: 'incident.reopened', followed: id, reason: expect.stringMatching(/^slow on service checkout: back \d+ minutes after C\d+ was verified\.$/) as string });
  await watch(seen, seen);
  expect(investigated).toEqual([incidentId]);
});

test('it looks at most once a minute, only while there is such a change, and not while everything is stopped', async () => {
  bench.steer.calls = [];
  await watch(clear, clear);
  expect(bench.steer.calls).toEqual([]);
  await resolvedChange();
  bench.steer.calls = [];
  await bench.store.halt.set({ userId: 'U1', teamId: 'T1' });
  await watch(seen);
  expect(bench.steer.calls).toEqual([]);
  await bench.store.halt.lift();
  await watch(clear);
  bench.steer.calls = [];
  await Promise.all([bench.executor.watch(), bench.executor.watch()]);
  await bench.executor.watch();
  expect(bench.steer.calls).toEqual(['verify']);
  clock += 31 * 60_000;
  await watch(seen, seen);
  expect(bench.steer.calls).toEqual(['verify']);
});

test('where another incident is open for the alert by now, that one is told', async () => {
  const { id, incidentId } = await resolvedChange();
  const { incident: other } = await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Again' });
  await watch(seen, seen);
  expect(await status(incidentId)).toBe('resolved');
  expect((await bench.store.timeline.read(other.id)).at(-1)?.event).toMatchObject({ type: 'incident.reopened', followed: id, reason: expect.stringContaining(`This was ${incidentId} before.`) as string });
  expect(investigated).toEqual([]);
});

test('where another incident is about the same finding already, that one is told and nothing is reopened', async () => {
  const { id, incidentId } = await resolvedChange();
  const { incident: other } = await bench.store.incidents.openOrJoin({ alert: testAlert({ fingerprint: 'other' }), channel: 'C1', title: 'Slow again' });
  const [mechanism = '', resource = ''] = finding.split('@');
  await bench.store.timeline.append(other.id, { type: 'rules.looked', investigation: `${other.id}-1`, unread: [], seconds: 1, findings: [{ id: 'F1', specialist: 'service', source: 'rule', supported: true, severity: 'warning', resource, mechanism, title: 'Slow', explanation: '', confidence: 1, quotes: [] }] });
  await watch(seen, seen);
  expect([await status(incidentId), investigated]).toEqual(['resolved', []]);
  expect((await bench.store.timeline.read(other.id)).at(-1)?.event).toMatchObject({ type: 'incident.reopened', followed: id });
});

test('the same alert within the window is the same incident, investigated anew; later it is another one', async () => {
  const { id, incidentId } = await resolvedChange();
  const queued: string[] = [];
  const queue = { add: async (_name: string, job: string) => void queued.push(job) } as unknown as QueueBackend;
  const desk = createDesk({ ...noOffers, store: bench.store, queue, decide: () => Promise.reject(new Error('not used')), watchMinutes: 30, now: () => new Date(clock) });
  const [first, second] = await Promise.all([desk.open(testAlert(), { channel: 'C1' }), desk.open(testAlert(), { channel: 'C1' })]);
  expect([first?.incident.id, second?.incident.id]).toEqual([incidentId, incidentId]);
  expect((await bench.store.timeline.read(incidentId)).map(({ event }) => event).filter((event) => event.type === 'incident.reopened')).toMatchObject([{ followed: id }]);
  expect(queued).toHaveLength(1);
  await bench.store.incidents.setStatus(incidentId, ['open'], 'resolved', { type: 'incident.resolved', reason: 'over' });
  clock += 31 * 60_000;
  expect((await desk.open(testAlert(), { channel: 'C1' })).incident.id).not.toBe(incidentId);
});
