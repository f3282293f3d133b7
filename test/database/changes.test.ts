import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChangeState } from '../../src/changes/change.ts';
import { changeStates, transitions } from '../../src/changes/change.ts';
import type { Store } from '../../src/incident/store.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';

let store: Store;
let close: () => Promise<void>;
let incidentId: string;

beforeAll(async () => {
  ({ store, close } = await createTestStore());
  incidentId = (await store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'A problem' })).incident.id;
});
afterAll(() => close());

const digest = 'a'.repeat(64);
const later = (): string => new Date(Date.now() + 3_600_000).toISOString();
const step = (changeId: string) => ({ type: 'change.superseded', changeId, reason: 'test' }) as const;

async function propose(expiresAt = later()) {
  const change = await store.changes.draft(incidentId, testDraft(), 'database/shop');
  const proposed = await store.changes.transition(change.id, { from: 'drafted', to: 'proposed', set: { digest, expiresAt, command: ['CREATE INDEX'] }, event: step(change.id) });
  if (!proposed) throw new Error('not proposed');
  return proposed;
}

test('a draft has an id of its own, an event, and nothing that could run', async () => {
  const change = await store.changes.draft(incidentId, testDraft(), 'database/shop');
  expect(change).toMatchObject({ id: expect.stringMatching(/^C\d+$/), incidentId, state: 'drafted', digest: '', expiresAt: '', command: [], lockKey: 'database/shop', risk: { level: 'high' }, title: testDraft().title });
  expect(await store.changes.get(change.id)).toEqual(change);
  expect((await store.timeline.read(incidentId)).at(-1)?.event).toEqual({ type: 'change.drafted', changeId: change.id, title: change.title });
  expect((await store.changes.list(incidentId)).map((each) => each.id)).toContain(change.id);
  expect((await store.changes.inState(['drafted'])).map((each) => each.id)).toContain(change.id);
  expect(await store.changes.get('C0')).toBeUndefined();
});

test('drafted at once, the smaller number was there first', async () => {
  const { incident } = await store.incidents.openOrJoin({ alert: testAlert({ fingerprint: 'numbers' }), channel: 'C1', title: 'Numbers' });
  await Promise.all(Array.from({ length: 40 }, () => store.changes.draft(incident.id, testDraft(), 'database/shop')));
  const numbers = (await store.timeline.read(incident.id)).flatMap(({ event }) => (event.type === 'change.drafted' ? [Number(event.changeId.slice(1))] : []));
  expect(numbers).toHaveLength(40);
  expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
});

test('what is set comes back exactly; identity and state cannot be set', async () => {
  const expiresAt = '2999-01-01T00:00:00Z';
  const change = await store.changes.draft(incidentId, testDraft(), 'database/shop');
  const set = { digest, expiresAt, preview: 'a\0b', resolved: { big: 1e21, text: '\ud800', nested: { b: 1, a: [null] } }, id: 'C0', incidentId: 'INC-0', state: 'done' } as const;
  const moved = await store.changes.transition(change.id, { from: 'drafted', to: 'proposed', set, event: step(change.id) });
  expect(moved).toEqual({ ...change, digest, expiresAt, preview: set.preview, resolved: set.resolved, state: 'proposed' });
  expect(await store.changes.get(change.id)).toEqual(moved);
});

test('only the steps of the state machine are taken, and only from where the change is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...changeStates), fc.constantFrom(...changeStates)), { maxLength: 12 }), async (steps) => {
      const { id } = await store.changes.draft(incidentId, testDraft(), 'database/shop');
      let state: ChangeState = 'drafted';
      for (const [guess, to] of steps) {
        const from: ChangeState = transitions[state].includes(to) ? state : guess;
        const legal: boolean = transitions[from].includes(to);
        const expected: string = !legal ? 'illegal_transition' : from === state ? to : 'lost';
        const outcome = await store.changes.transition(id, { from, to, event: step(id) }).then(
          (moved) => moved?.state ?? 'lost',
          (error: { code?: string }) => error.code,
        );
        expect(outcome).toBe(expected);
        if (expected === to) state = to;
        expect((await store.changes.get(id))?.state).toBe(state);
      }
    }),
    { numRuns: 40 },
  );
});

test('an unknown change is refused', async () => {
  await expect(store.changes.transition('C0', { from: 'drafted', to: 'refused', event: step('C0') })).rejects.toMatchObject({ code: 'change_not_found' });
});

test('a decision binds to the digest and to the expiry, in the same step', async () => {
  const change = await propose();
  const approve = { from: 'proposed', to: 'approved', notExpired: true, event: step(change.id) } as const;
  const events = (await store.timeline.read(incidentId)).length;
  expect(await store.changes.transition(change.id, { ...approve, digest: 'b'.repeat(64) })).toBeUndefined();
  const old = await propose(new Date(Date.now() - 1_000).toISOString());
  expect(await store.changes.transition(old.id, { ...approve, digest, event: step(old.id) })).toBeUndefined();
  expect((await store.timeline.read(incidentId)).length - events).toBe(2); // the draft and the proposal of `old`
  expect((await store.changes.transition(change.id, { ...approve, digest }))?.state).toBe('approved');
});

test('of twenty who move a change at once, one wins and one event is written', async () => {
  const change = await propose();
  const before = (await store.timeline.read(incidentId)).length;
  const moved = await Promise.all(Array.from({ length: 20 }, () => store.changes.transition(change.id, { from: 'proposed', to: 'approved', digest, notExpired: true, event: step(change.id) })));
  expect(moved.filter((each) => each !== undefined)).toHaveLength(1);
  expect((await store.timeline.read(incidentId)).length).toBe(before + 1);
});

test('of twenty deliveries of one alert at once, one opens and all join it', async () => {
  const alert = testAlert({ fingerprint: 'storm' });
  const results = await Promise.all(Array.from({ length: 20 }, () => store.incidents.openOrJoin({ alert, channel: 'C1', title: 'Storm' })));
  expect(results.filter((each) => each.opened)).toHaveLength(1);
  expect(new Set(results.map((each) => each.incident.id)).size).toBe(1);
  const events = await store.timeline.read(results[0]?.incident.id ?? '');
  expect(events.map((each) => each.event.type)).toEqual(['incident.opened', ...Array.from({ length: 19 }, () => 'alert.joined')]);
});

test('drafts, evidence and events written at once do not block each other for good', async () => {
  const evidence = { specialist: 'database', tool: 'sql', command: 'SELECT 1', text: 'x', fullText: 'x', failed: false } as const;
  const change = await propose();
  const work = Array.from({ length: 15 }, (_, index) => [
    store.changes.draft(incidentId, testDraft(), `key-${index}`),
    store.evidence.add(incidentId, evidence),
    store.timeline.append(incidentId, step(change.id)),
    store.approvals.add({ changeId: change.id, digest, by: { userId: `U${index}`, teamId: 'T1' }, decision: 'approve' }),
    store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: step(change.id) }),
  ]);
  await Promise.all(work.flat());
  expect(await store.timeline.verify(incidentId)).toBeUndefined();
});

test('people who decide at once are each counted once', async () => {
  const change = await propose();
  const people = Array.from({ length: 10 }, (_, index) => ({ userId: `U${index}`, teamId: 'T1' }));
  const results = await Promise.all([...people, ...people].map((by) => store.approvals.add({ changeId: change.id, digest, by, decision: 'approve' })));
  expect(results.filter((each) => !each.duplicate).map((each) => each.approvals).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(results.filter((each) => each.duplicate)).toHaveLength(10);
  expect(await store.approvals.add({ changeId: change.id, digest, by: { userId: 'U0', teamId: 'T2' }, decision: 'approve' })).toEqual({ approvals: 11, duplicate: false });
  expect(await store.approvals.add({ changeId: change.id, digest, by: { userId: 'U99', teamId: 'T1' }, decision: 'reject', reason: 'no' })).toEqual({ approvals: 11, duplicate: false });
  expect(await store.approvals.add({ changeId: change.id, digest: 'b'.repeat(64), by: { userId: 'U0', teamId: 'T1' }, decision: 'approve' })).toEqual({ approvals: 1, duplicate: false });
  expect(await store.approvals.list(change.id)).toHaveLength(13);
  expect(await store.approvals.list(change.id)).toContainEqual({ digest, by: { userId: 'U99', teamId: 'T1' }, decision: 'reject', reason: 'no', at: expect.any(String) });
});

test('one change holds the lock of a target until it lets go or ends', async () => {
  const changes = await Promise.all(Array.from({ length: 10 }, () => propose()));
  const taken = await Promise.all(changes.map((change) => store.changes.acquireLock('database/one', change.id)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  const holder = changes[taken.indexOf(true)]?.id ?? '';
  const [other, third] = changes.filter((each) => each.id !== holder).map((each) => each.id) as [string, string];
  expect(await store.changes.acquireLock('database/one', holder)).toBe(true);
  await store.changes.releaseLock('database/one', other);
  expect(await store.changes.acquireLock('database/one', other)).toBe(false);
  await store.changes.releaseLock('database/one', holder);
  expect(await store.changes.acquireLock('database/one', other)).toBe(true);
  await store.changes.transition(other, { from: 'proposed', to: 'superseded', event: step(other) });
  expect(await store.changes.acquireLock('database/one', other)).toBe(false);
  expect(await store.changes.acquireLock('database/one', third)).toBe(true);
});

test('a change nobody works on is found', async () => {
  const [worked, left] = [await propose(), await propose()];
  await store.changes.heartbeat(worked.id, 'executor-1');
  const silent = (await store.changes.silent(['proposed'], 3_600)).map((each) => each.id);
  expect(silent).toContain(left.id);
  expect(silent).not.toContain(worked.id);
  expect((await store.changes.silent(['proposed'], 0)).map((each) => each.id)).toContain(worked.id);
  expect(await store.changes.silent(['executing'], 0)).toEqual([]);
});
