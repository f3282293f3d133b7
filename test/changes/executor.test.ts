import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { changeStates, transitions } from '../../src/changes/change.ts';
import { verifyDigest } from '../../src/changes/digest.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../src/changes/errors.ts';
import { haltChanges } from '../../src/changes/halt.ts';
import { testAlert, testDraft } from '../support/store.ts';
import type { Bench } from './bench.ts';
import { ana, finding, findingWords, openBench } from './bench.ts';

let bench: Bench;
beforeEach(async () => { bench = await openBench(); });
afterEach(() => bench.close());

const clear = { keys: [], unread: [] };
const seen = { keys: [finding], unread: [] };
const last = async (id: { id: string; incidentId: string }) => (await bench.events(await bench.get(id.id))).at(-1);
const stop = (incidentId: string) => bench.store.incidents.setStatus(incidentId, ['open', 'investigating', 'diagnosed', 'mitigating'], 'stopped', { type: 'incident.stopped', by: ana });

async function run() {
  const change = await bench.approved();
  await bench.executor.execute(change.id, bench.signal);
  return bench.get(change.id);
}

describe('preview', () => {
  test('a draft becomes a proposal that carries everything, bound by a digest', async () => {
    const change = await bench.proposed();
    expect(change).toMatchObject({ state: 'proposed', command: ['POST /restart'], risk: { level: 'medium' }, policy: { version: bench.policy.version, approvalsNeeded: 1 }, preview: 'It runs; password [hidden]' });
    expect(verifyDigest(change)).toBe(true);
    expect(change.verification.checks).toEqual(['it took', `gone: ${findingWords}`, 'no new findings, and nothing unreadable that could be read before']);
    expect(Date.parse(change.expiresAt)).toBeGreaterThan(Date.now() + 14 * 60_000);
    expect(await last(change)).toEqual({ type: 'change.proposed', change });
  });

  test('what can not be previewed is refused with the reason, for good', async () => {
    bench.steer.prepare = () => { throw new RefusedError('There is no such service, hunter2.'); };
    const change = await bench.proposed();
    expect(await last(change)).toEqual({ type: 'change.refused', changeId: change.id, title: change.title, reason: 'There is no such service, [hidden].' });
    bench.steer.prepare = () => undefined;
    await bench.executor.preview(change.id);
    expect((await bench.get(change.id)).state).toBe('refused');
    expect(await bench.decide(change, ana)).toMatchObject({ outcome: 'refused' });
  });

  test('an action that is not well-formed never reaches a target', async () => {
    const change = await bench.proposed({ action: { kind: 'http.operation', operation: 7, parameters: {} } as never });
    expect(change.state).toBe('refused');
    expect(bench.steer.calls).toEqual([]);
  });

  test('a command that would show a secret is refused', async () => {
    const leaky = await openBench({}, { redact: (text) => text.replaceAll('POST', '[hidden]') });
    const change = await leaky.proposed();
    expect((await leaky.events(change)).at(-1)).toMatchObject({ type: 'change.refused', reason: expect.stringMatching(/holds a secret/) });
    await leaky.close();
  });

  test('what stands where a secret was is never written in its place', async () => {
    const change = await bench.proposed({ action: { kind: 'http.operation', operation: 'restart', parameters: { service: 'user=app password=[redacted]' } } });
    expect(await last(change)).toMatchObject({ type: 'change.refused', reason: expect.stringMatching(/\[redacted\], which stands for something that sre-agent was not shown/) });
    expect(bench.steer.calls).toEqual([]);
  });

  test.each([['observe', /findings only/], ['advise', /does not run it. By hand: POST \/restart/]])('autonomy %s runs nothing', async (autonomy, words) => {
    const careful = await openBench({ autonomy });
    const change = await careful.proposed();
    expect((await careful.events(change)).at(-1)).toMatchObject({ type: 'change.refused', reason: expect.stringMatching(words) });
    expect(await careful.decide(change, ana)).toMatchObject({ outcome: 'refused' });
    await careful.close();
  });

  test('in a stopped incident nothing is proposed', async () => {
    const { incident } = await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow' });
    const { id } = await bench.store.changes.draft(incident.id, testDraft(), 'database/shop');
    await stop(incident.id);
    await bench.executor.preview(id);
    expect((await bench.get(id)).state).toBe('superseded');
  });
});

describe('execution', () => {
  test('runs once, verifies, and says what was measured before and after', async () => {
    const change = await run();
    expect(await bench.types(change)).toEqual(['change.drafted', 'change.proposed', 'change.approved', 'change.claimed', 'change.executing', 'change.executed', 'change.verifying', 'change.verified']);
    expect(bench.steer.calls).toEqual(['prepare', 'verify', 'verify', 'prepare', 'execute', 'check', 'verify']);
    expect(await last(change)).toEqual({ type: 'change.verified', changeId: change.id, checks: ['it took', `gone: ${findingWords}`, 'nothing new was found'], before: [finding], after: [] });
    expect(change).toMatchObject({ state: 'done', written: { revision: '2' } });
    expect(JSON.stringify(await bench.events(change))).not.toContain('hunter2');
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls.filter((call) => call === 'execute')).toHaveLength(1);
    expect(await bench.store.timeline.verify(change.incidentId)).toBeUndefined();
  });

  test.each([
    ['the finding is still there', [seen, seen], `still there: ${findingWords}`],
    ['something new broke', [seen, { keys: ['down@service/cart'], unread: [] }], 'new: down on service cart'],
    ['what could be read can not be read any more', [seen, { keys: [], unread: ['database/shop: timeout'] }], "no data: database/shop can't be read any more"],
    ['the rules fail', [seen, new Error('boom')], 'no data: the systems could not be read'],
  ])('undone once when %s', async (_name, observations, reason) => {
    bench.steer.observations = observations;
    bench.steer.undo = () => { bench.steer.observations = [seen]; };
    const change = await run();
    expect(change.state).toBe('undone');
    expect(bench.steer.calls.filter((call) => call === 'undo')).toHaveLength(1);
    expect((await bench.types(change)).slice(-2)).toEqual(['change.undoing', 'change.undone']);
    expect(await last(change)).toMatchObject({ reason });
  });

  test('undone when its own check does not hold, or can not be read', async () => {
    bench.steer.check = () => ({ ok: false, details: ['it did not take'] });
    expect(await last(await run())).toMatchObject({ type: 'change.undone', reason: 'it did not take' });
    bench.steer.check = () => { throw new Error('refused'); };
    bench.steer.observations = [seen, clear];
    expect(await last(await run())).toMatchObject({ type: 'change.undone', reason: 'no data: refused' });
  });

  test('it may take a moment to help', async () => {
    bench.steer.observations = [seen, seen, seen, clear];
    expect((await run()).state).toBe('done');
  });

  test('a look that finds nothing before the soak is over does not end it', async () => {
    let clock = Date.now();
    const soaking = await openBench({ soak_seconds: 1 }, { now: () => new Date(clock), sleep: () => { clock += 300; return Promise.resolve(); } });
    soaking.steer.observations = [seen, clear, clear, seen, clear];
    const change = await soaking.approved();
    await soaking.executor.execute(change.id, soaking.signal);
    expect((await soaking.get(change.id)).state).toBe('done');
    expect(soaking.steer.calls.filter((call) => call === 'check')).toHaveLength(8);
    const steps = (await soaking.events(change)).flatMap((event) => (event.type === 'change.verifying' ? [event.step] : []));
    expect(steps).toEqual([expect.stringMatching(/^checking for 1 s/), expect.stringMatching(/^not yet/), 'it holds now; 1 s more of that and it counts']);
    await soaking.close();
  });

  test.each([
    ['ends, and then the change is done', [{ keys: [finding, 'errors@service/frontend'], unread: [] }, { keys: ['errors@service/frontend'], unread: [] }, ...Array.from({ length: 6 }, () => ({ keys: ['errors@service/frontend'], unread: [] })), clear], []],
    ['stays, and is not held against the change', [{ keys: [finding, 'errors@service/frontend'], unread: [] }, { keys: ['errors@service/frontend'], unread: [] }], ['errors@service/frontend']],
  ])('a symptom that was there before is waited for a while: it %s', async (_name, observations, after) => {
    let clock = Date.now();
    const soaking = await openBench({ soak_seconds: 1, verification_deadline_seconds: 30 }, { now: () => new Date(clock), sleep: () => { clock += 300; return Promise.resolve(); } });
    soaking.steer.observations = observations;
    const change = await soaking.approved();
    await soaking.executor.execute(change.id, soaking.signal);
    expect((await soaking.events(change)).at(-1)).toMatchObject({ type: 'change.verified', after });
    expect((await soaking.get(change.id)).state).toBe('done');
    await soaking.close();
  });

  test('what nobody could see before is not new', async () => {
    bench.steer.observations = [{ keys: [finding], unread: ['database shop: too many connections'] }, { keys: ['missing-index@table/shop/public.orders'], unread: [] }];
    expect((await run()).state).toBe('done');
  });

  test('a finding that no rule measured proves nothing, and that is said', async () => {
    bench.steer.observations = [clear];
    expect(await last(await run())).toMatchObject({ checks: ['it took', `no rule saw ${findingWords} before it ran, so that alone proves nothing`, 'nothing new was found'] });
  });

  test.each([
    ['impossible', 'There is no undo: Back to before.'],
    ['not_needed', 'There is no undo: Back to before.'],
  ] as const)('when it did not help and its undo is %s, a person must look', async (undoKind, words) => {
    bench.steer.undoKind = undoKind;
    bench.steer.observations = [seen];
    const change = await run();
    expect(await last(change)).toMatchObject({ type: 'change.failed', reason: expect.stringContaining(words) });
    expect(bench.steer.calls).not.toContain('undo');
  });

  test('an undo that is refused or does not show is not called undone', async () => {
    bench.steer.observations = [seen];
    bench.steer.undo = () => { throw new UndoRefusedError('Somebody changed it.'); };
    expect(await last(await run())).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/still there.*undo did not run: Somebody changed it/) });
    bench.steer.undone = { ok: false, details: ['the value is still new'] };
    bench.steer.observations = [seen];
    bench.steer.undo = () => { throw new Error('socket closed'); };
    expect(await last(await run())).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/undo failed, and nobody knows how far it came: socket closed/) });
    bench.steer.undo = () => undefined;
    expect(await last(await run())).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/undo ran, but the value is still new/) });
  });

  test('an undo whose answer was lost counts when everything is as it was', async () => {
    bench.steer.observations = [seen];
    bench.steer.undo = () => { throw new Error('socket closed'); };
    expect(await last(await run())).toMatchObject({ type: 'change.undone', output: expect.stringMatching(/No answer came \(socket closed\)/) });
  });

  test.each([
    ['none', 'failed', 'change.failed'],
    ['unknown', 'unknown', 'change.unknown'],
    ['partial', 'undone', 'change.undone'],
  ] as const)('a run that failed with effect %s ends %s', async (effect, state, type) => {
    bench.steer.execute = () => { throw new ExecutionError('the server said no', effect); };
    const change = await run();
    expect(change.state).toBe(state);
    expect(await last(change)).toMatchObject({ type, reason: expect.stringMatching(effect === 'unknown' ? /^the server said no Reading / : /^the server said no$/) });
  });

  test('an error nobody foresaw while it ran: nobody knows', async () => {
    bench.steer.execute = () => { throw new TypeError('bug'); };
    expect(await last(await run())).toMatchObject({ type: 'change.unknown', reason: expect.stringMatching(/nobody knows whether it took/) });
  });

  test('without a baseline nothing runs', async () => {
    bench.steer.observations = [new Error('no rules')];
    expect(await last(await run())).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/nothing was run: no rules/) });
    expect(bench.steer.calls).not.toContain('execute');
  });

  test('if the event can not be written, nothing runs', async () => {
    const change = await bench.approved();
    const transition = bench.store.changes.transition.bind(bench.store.changes);
    bench.store.changes.transition = (id, step) => (step.event.type === 'change.executing' ? Promise.reject(new Error('disk full')) : transition(id, step));
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('execute');
    expect(await last(change)).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/Nothing was run: disk full/) });
  });

  test('drift is stale: not run, and the same action is offered again', async () => {
    const change = await bench.approved();
    bench.steer.drift = 'revision was 1 and is 2 now';
    await bench.executor.execute(change.id, bench.signal);
    const event = await last(change);
    expect(event).toMatchObject({ type: 'change.stale', reason: 'revision was 1 and is 2 now', successor: expect.stringMatching(/^C\d+$/) });
    const successor = event?.type === 'change.stale' ? (event.successor ?? '') : '';
    expect(await bench.get(successor)).toMatchObject({ state: 'drafted', action: change.action, findingKeys: change.findingKeys });
    expect(bench.queued).toContain(`preview ${successor}`);
    expect(bench.steer.calls).not.toContain('execute');
    bench.steer.drift = undefined;
    await bench.executor.preview(successor);
    expect((await bench.get(successor)).digest).not.toBe(change.digest);
  });

  test('what needs more people now than when it was approved is stale', async () => {
    const change = await bench.approved();
    bench.steer.reversible = false;
    await bench.executor.execute(change.id, bench.signal);
    expect(await last(change)).toMatchObject({ type: 'change.stale', reason: expect.stringMatching(/risk is high now.*2 approvals/), successor: expect.stringMatching(/^C/) });
    expect(bench.steer.calls).not.toContain('execute');
  });

  test('an object that is gone is stale without another offer', async () => {
    const change = await bench.approved();
    bench.steer.prepare = () => { throw new RefusedError('That session has ended already.'); };
    await bench.executor.execute(change.id, bench.signal);
    expect(await last(change)).toEqual({ type: 'change.stale', changeId: change.id, reason: 'That session has ended already.' });
  });

  test('an approval that has expired does not run', async () => {
    const past = await openBench({}, { now: () => new Date(Date.now() - 3_600_000) });
    const change = await past.proposed();
    await past.store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: change.id, digest: change.digest, by: ana, approvals: 1, needed: 1 } });
    await past.executor.execute(change.id, past.signal);
    expect(past.steer.calls).not.toContain('execute');
    expect((await past.get(change.id)).state).toBe('approved');
    await past.close();
  });

  test('a busy target makes it wait; it stays approved and the sweep brings it again', async () => {
    const change = await bench.approved();
    const other = await bench.proposed({}, { fingerprint: 'other' });
    expect(await bench.store.changes.acquireLock(change.lockKey, other.id)).toBe(true);
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('approved');
    await bench.store.changes.releaseLock(change.lockKey, other.id);
    bench.queued.length = 0;
    await bench.executor.sweep();
    expect(bench.queued).toContain(`execute ${change.id}`);
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('done');
    expect(await bench.store.changes.acquireLock(change.lockKey, other.id)).toBe(true);
  });
});

test('whatever happens in whatever order, a change only takes steps that exist, and runs once at most', async () => {
  const happenings = ['preview', 'approve', 'reject', 'execute', 'sweep', 'recover', 'halt', 'drift', 'fail', 'unhelpful'] as const;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...happenings), { minLength: 2, maxLength: 10 }), async (sequence) => {
      round += 1;
      Object.assign(bench.steer, { drift: undefined, execute: () => undefined, calls: [], observations: [seen, clear] });
      const { incident } = await bench.store.incidents.openOrJoin({ alert: testAlert({ fingerprint: `walk-${round}` }), channel: 'C1', title: 'Slow' });
      const { id } = await bench.store.changes.draft(incident.id, testDraft({ action: { kind: 'http.operation', operation: 'restart', parameters: {} }, findingKeys: [finding] }), 'service/checkout');
      const path: string[] = [(await bench.get(id)).state];
      const steps: Record<(typeof happenings)[number], () => unknown> = {
        preview: () => bench.executor.preview(id),
        approve: async () => bench.decide(await bench.get(id), ana),
        reject: async () => bench.decide(await bench.get(id), ana, 'reject', 'no'),
        execute: () => bench.executor.execute(id, bench.signal),
        sweep: () => bench.executor.sweep(),
        recover: () => bench.executor.recover(),
        halt: () => haltChanges(bench.store, incident.id, 'halt'),
        drift: () => { bench.steer.drift = 'moved'; },
        fail: () => { bench.steer.execute = () => { throw new ExecutionError('no', 'none'); }; },
        unhelpful: () => { bench.steer.observations = [seen]; },
      };
      const transition = bench.store.changes.transition;
      bench.store.changes.transition = async (moved, step) => {
        const result = await transition(moved, step);
        if (result && moved === id) path.push(result.state);
        return result;
      };
      await Promise.all(sequence.slice(0, 2).map((name) => steps[name]()));
      for (const name of sequence.slice(2)) await steps[name]();
      bench.store.changes.transition = transition;
      for (const [position, state] of path.slice(1).entries()) expect(transitions[path[position] as (typeof changeStates)[number]]).toContain(state);
      expect(path.at(-1)).toBe((await bench.get(id)).state);
      expect(bench.steer.calls.filter((call) => call === 'execute').length).toBeLessThanOrEqual(1);
      expect(await bench.store.timeline.verify(incident.id)).toBeUndefined();
    }),
    { numRuns: 25 },
  );
});
