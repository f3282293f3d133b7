/** The Undo button: a change of its own, with a preview and an approval, that brings back what was there. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExecutionError } from '../../src/changes/errors.ts';
import { createOfferUndo, undoHours } from '../../src/changes/offer-undo.ts';
import type { Actor } from '../../src/incident/types.ts';
import { testAlert } from '../support/store.ts';
import type { Bench } from './bench.ts';
import { ana, ben, finding, openBench, person } from './bench.ts';

const seen = { keys: [finding], unread: [] };
const clear = { keys: [], unread: [] };
let bench: Bench;
beforeEach(async () => { bench = await openBench(); });
afterEach(() => bench.close());

async function finished(prepareBench: () => void = () => undefined) {
  prepareBench();
  const change = await bench.approved();
  await bench.executor.execute(change.id, bench.signal);
  return bench.get(change.id);
}

const offer = (changeId: string, actor: Actor = ana, now: () => Date = () => new Date()) =>
  createOfferUndo({ store: bench.store, policy: bench.policy, directory: bench.directory, now, enqueue: async (id) => void bench.queued.push(`preview ${id}`) })({ changeId, actor });

async function drafted(changeId: string): Promise<string> {
  const result = await offer(changeId);
  if (result.outcome !== 'drafted') throw new Error(result.reason);
  return result.changeId;
}

async function runUndo(id: string) {
  await bench.executor.preview(id);
  const proposal = await bench.get(id);
  // Whoever asks does not approve it.
  expect(await bench.decide(proposal, ana)).toMatchObject({ outcome: 'refused' });
  expect(await bench.decide(proposal, ben)).toMatchObject({ outcome: 'approved' });
  await bench.executor.execute(id, bench.signal);
  return { proposal, after: await bench.get(id) };
}

test('a done change is taken back: previewed, approved by somebody else, run once, verified', async () => {
  const change = await finished();
  const id = await drafted(change.id);
  expect(bench.queued).toContain(`preview ${id}`);
  expect((await bench.events(change)).at(-1)).toEqual({ type: 'change.undo_asked', changeId: change.id, successor: id, by: ana });
  // What the change had removed comes back: that is no news.
  bench.steer.observations = [clear, seen];
  const { proposal, after } = await runUndo(id);
  expect(proposal).toMatchObject({ state: 'proposed', command: ['POST /back'], lockKey: change.lockKey, undoOf: change.id, preview: 'It goes back', undo: { kind: 'not_needed' } });
  expect(after.state).toBe('done');
  expect(bench.steer.calls.filter((call) => call === 'undo')).toHaveLength(1);
  expect(await offer(change.id)).toMatchObject({ outcome: 'refused', reason: `${id} took it back already.` });
  expect(await offer(id)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/propose it again/) as string });
});

test('something else that breaks by the undo is not accepted', async () => {
  const change = await finished();
  const id = await drafted(change.id);
  bench.steer.observations = [clear, { keys: [finding, 'down@service/cart'], unread: [] }];
  const { after } = await runUndo(id);
  expect(after.state).toBe('failed');
  expect((await bench.events(after)).at(-1)).toMatchObject({ reason: expect.stringMatching(/^new: down on service cart/) as string });
});

test('in an incident that is over it opens that incident again, beside one that was opened meanwhile', async () => {
  const change = await finished();
  await bench.store.incidents.setStatus(change.incidentId, ['open'], 'resolved', { type: 'incident.resolved', reason: 'over' });
  const { incident: other } = await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Again' });
  const id = await drafted(change.id);
  expect((await bench.store.incidents.get(change.incidentId))?.status).toBe('diagnosed');
  expect((await bench.store.incidents.findByFingerprint(testAlert().fingerprint))?.id).toBe(other.id);
  expect((await runUndo(id)).after.state).toBe('done');
});

test('two clicks at once draft one', async () => {
  const change = await finished();
  const results = await Promise.all([offer(change.id), offer(change.id, ben)]);
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['drafted', 'refused']);
  const open = (await bench.store.changes.list(change.incidentId)).filter(({ undoOf, state }) => undoOf === change.id && state === 'drafted');
  expect(open).toHaveLength(1);
});

test('after a rejection it may be asked for again', async () => {
  const change = await finished();
  const id = await drafted(change.id);
  await bench.executor.preview(id);
  await bench.decide(await bench.get(id), ben, 'reject', 'not now');
  expect(await offer(change.id)).toMatchObject({ outcome: 'drafted' });
});

describe('who and when', () => {
  test('only an approver, of this workspace', async () => {
    const change = await finished();
    expect(await offer(change.id, person('USTRANGER'))).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/not an approver/) as string });
    bench.people[ana.userId] = 'guest';
    expect(await offer(change.id)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^Guests/) as string });
    expect((await bench.events(change)).filter((event) => event.type === 'click.refused')).toHaveLength(2);
  });

  test('within a day, not while everything is stopped, not of what never ran', async () => {
    const change = await finished();
    expect(await offer(change.id, ana, () => new Date(Date.now() + undoHours * 3_600_000 + 60_000))).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/more than 24 hours/) as string });
    await bench.store.halt.set(ana);
    expect(await offer(change.id)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Everything is stopped/) as string });
    await bench.store.halt.lift();
    const other = await bench.proposed({}, { fingerprint: 'other' });
    expect(await offer(other.id)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/nothing to take back/) as string });
    expect(await offer('C999')).toMatchObject({ outcome: 'refused' });
  });

  test('what has no faithful undo has no button that works', async () => {
    const change = await finished(() => { bench.steer.undoKind = 'not_needed'; });
    expect(await offer(change.id)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/can not be taken back/) as string });
  });

  test('an unknown one may be taken back: the kind\'s own preview shows whether it is in place', async () => {
    const change = await finished(() => { bench.steer.execute = () => { throw new ExecutionError('no answer came', 'unknown'); }; });
    expect(change.state).toBe('unknown');
    const id = await drafted(change.id);
    expect((await runUndo(id)).after.state).toBe('done');
    expect((await bench.get(change.id)).state).toBe('unknown');
  });

  test('one that was undone by itself may not', async () => {
    const change = await finished(() => { bench.steer.observations = [seen]; });
    expect(change.state).toBe('undone');
    expect(await offer(change.id)).toMatchObject({ outcome: 'refused', reason: 'This change is undone: there is nothing to take back.' });
  });
});
