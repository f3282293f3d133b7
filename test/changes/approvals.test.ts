import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApprovals } from '../../src/changes/approvals.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import { testAlert } from '../support/store.ts';
import type { Bench } from './bench.ts';
import { ana, ben, openBench, person, requester } from './bench.ts';

describe('approvals', () => {
  let bench: Bench;
  beforeEach(async () => { bench = await openBench(); });
  afterEach(() => bench.close());

  test('an approver approves: it is approved, queued and in the timeline', async () => {
    const change = await bench.proposed();
    expect(await bench.decide(change, ana)).toEqual({ outcome: 'approved' });
    expect((await bench.get(change.id)).state).toBe('approved');
    expect(bench.queued).toEqual([`execute ${change.id}`]);
    expect((await bench.events(change)).at(-1)).toEqual({ type: 'change.approved', changeId: change.id, digest: change.digest, by: ana, approvals: 1, needed: 1 });
  });

  test('membership of a group counts as it is now', async () => {
    bench.group.members = [];
    const change = await bench.proposed();
    expect(await bench.decide(change, ben)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/not an approver/) });
    bench.group.members = [ben.userId];
    expect(await bench.decide(change, ben)).toEqual({ outcome: 'approved' });
  });

  test.each(['guest', 'bot', 'stranger'] as const)('a %s never counts, not even as a listed approver', async (kind) => {
    bench.people[ana.userId] = kind;
    const change = await bench.proposed();
    for (const decision of ['approve', 'reject'] as const) expect(await bench.decide(change, ana, decision, 'no')).toMatchObject({ outcome: 'refused' });
    expect((await bench.get(change.id)).state).toBe('proposed');
  });

  test('a refusal is in the timeline, with its reason', async () => {
    const change = await bench.proposed();
    const result = await bench.decide(change, person('UOUTSIDER'));
    expect(result.outcome).toBe('refused');
    expect((await bench.events(change)).at(-1)).toEqual({ type: 'click.refused', changeId: change.id, by: person('UOUTSIDER'), decision: 'approve', reason: result.outcome === 'refused' ? result.reason : '' });
  });

  test('Slack that does not answer makes nobody an approver', async () => {
    bench.group.error = new Error('ratelimited');
    const change = await bench.proposed();
    expect(await bench.decide(change, ben)).toEqual({ outcome: 'refused', reason: 'Slack did not say who is an approver; try again in a moment.' });
    expect(await bench.decide(change, ana)).toEqual({ outcome: 'approved' });
    const other = await bench.proposed();
    bench.directory.profile = () => Promise.reject(new Error('timeout'));
    expect(await bench.decide(other, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/try again/) });
  });

  test('an answer about somebody else is no answer', async () => {
    bench.directory.profile = (actor) => Promise.resolve({ ...actor, teamId: 'T2', displayName: '', kind: 'member' });
    expect(await bench.decide(await bench.proposed(), ana)).toMatchObject({ outcome: 'refused' });
  });

  test('nobody approves what they asked for, nor an incident they joined; they may reject it', async () => {
    bench.group.members = [requester.userId, ben.userId];
    const change = await bench.proposed();
    expect(await bench.decide(change, requester)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/somebody else must approve/) });
    await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow', requestedBy: ben });
    const later = await bench.proposed();
    const joined = (await bench.store.timeline.read(later.incidentId)).some(({ event }) => event.type === 'alert.joined' && event.by?.userId === ben.userId);
    expect(joined).toBe(true);
    expect(await bench.decide(later, ben)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/somebody else/) });
    expect(await bench.decide(later, requester, 'reject', 'not now')).toEqual({ outcome: 'rejected' });
  });

  test('one rejection closes, with its reason; without a reason it does not', async () => {
    const change = await bench.proposed();
    expect(await bench.decide(change, ana, 'reject', '   ')).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Say why/) });
    expect(await bench.decide(change, ana, 'reject', ' too risky ')).toEqual({ outcome: 'rejected' });
    expect((await bench.events(change)).at(-1)).toMatchObject({ type: 'change.rejected', reason: 'too risky', by: ana });
    expect(await bench.decide(change, ben)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/rejected this already/) });
  });

  test('an outsider can not reject either', async () => {
    expect(await bench.decide(await bench.proposed(), person('UOUTSIDER'), 'reject', 'no')).toMatchObject({ outcome: 'refused' });
  });

  test('what is approved can be rejected until it is claimed', async () => {
    const change = await bench.approved();
    expect(await bench.decide(change, ben, 'reject', 'wait')).toEqual({ outcome: 'rejected' });
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).toEqual(['prepare']);
    expect((await bench.get(change.id)).state).toBe('rejected');
  });

  test('a decision binds to the digest that was shown', async () => {
    const change = await bench.proposed();
    for (const digest of ['', 'f'.repeat(64), change.digest.toUpperCase(), change.digest.slice(1)]) {
      expect(await bench.decide({ ...change, digest }, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/another version/) });
    }
    expect(await bench.approvals.decide({ changeId: 'C999999', digest: change.digest, decision: 'approve', actor: ana })).toMatchObject({ outcome: 'refused' });
  });

  test('too late is refused and closes the change', async () => {
    const change = await bench.proposed();
    const late = createApprovals({ ...bench, enqueue: () => Promise.resolve(), now: () => new Date(Date.parse(change.expiresAt)) });
    expect(await late.decide({ changeId: change.id, digest: change.digest, decision: 'approve', actor: ana })).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/expired/) });
    expect((await bench.types(change)).slice(-2)).toEqual(['change.expired', 'click.refused']);
  });

  test('expiry is in the compare-and-set: a clock that lags here does not help', async () => {
    const past = await openBench({}, { now: () => new Date(Date.now() - 3_600_000) });
    try {
      const change = await past.proposed();
      const lagging = createApprovals({ ...past, enqueue: () => Promise.resolve(), now: () => new Date(Date.now() - 3_600_000) });
      expect(await lagging.decide({ changeId: change.id, digest: change.digest, decision: 'approve', actor: ana })).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/expired/) });
      expect((await past.get(change.id)).state).toBe('proposed');
    } finally {
      await past.close();
    }
  });

  test('a policy that changed since is not applied in silence', async () => {
    const change = await bench.proposed();
    const policy = createPolicy(policySchema.parse({ approvers: { users: [ana.userId] }, two_person_from: 'never' }));
    const other = createApprovals({ ...bench, policy, enqueue: (id, step) => { bench.queued.push(`${step} ${id}`); return Promise.resolve(); } });
    expect(await other.decide({ changeId: change.id, digest: change.digest, decision: 'approve', actor: ana })).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^The policy changed since this was proposed, so it is shown again as C\d+/) });
    expect((await bench.get(change.id)).state).toBe('superseded');
    expect(bench.queued).toEqual([expect.stringMatching(/^preview C\d+$/)]);
    expect(await bench.store.approvals.list(change.id)).toEqual([]);
  });

  test.each(['resolved', 'stopped'] as const)('nothing is approved in an incident that is %s', async (status) => {
    const change = await bench.proposed();
    await bench.store.incidents.setStatus(change.incidentId, ['open'], status);
    expect(await bench.decide(change, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(new RegExp(`incident is ${status}`)) });
    expect((await bench.get(change.id)).state).toBe('proposed');
  });

  test('two at once: one approval, one execution', async () => {
    const change = await bench.proposed();
    const results = await Promise.all([bench.decide(change, ana), bench.decide(change, ben)]);
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['approved', 'refused']);
    await Promise.all([1, 2, 3].map(() => bench.executor.execute(change.id, bench.signal)));
    expect(bench.steer.calls.filter((call) => call === 'execute')).toEqual(['execute']);
    expect((await bench.get(change.id)).state).toBe('done');
  });

  test('approve against reject at once: never both, and a rejected one never runs', async () => {
    for (let round = 0; round < 10; round += 1) {
      const change = await bench.proposed({}, { fingerprint: `race-${round}` });
      const [approve, reject] = await Promise.all([bench.decide(change, ana), bench.decide(change, ben, 'reject', 'no'), bench.executor.execute(change.id, bench.signal)]);
      await bench.executor.execute(change.id, bench.signal);
      const { state } = await bench.get(change.id);
      expect(state).toBe(reject.outcome === 'rejected' ? 'rejected' : 'done');
      expect([approve.outcome, reject.outcome]).not.toEqual(['refused', 'refused']);
    }
  });

  test('approved, but the queue is down: the sweep queues it', async () => {
    const change = await bench.proposed();
    const broken = createApprovals({ ...bench, enqueue: () => Promise.reject(new Error('queue down')) });
    expect(await broken.decide({ changeId: change.id, digest: change.digest, decision: 'approve', actor: ana })).toEqual({ outcome: 'approved' });
    await bench.executor.sweep();
    expect(bench.queued).toEqual([`execute ${change.id}`]);
  });
});

describe('two people', () => {
  let bench: Bench;
  beforeEach(async () => { bench = await openBench({ two_person_from: 'low' }); });
  afterEach(() => bench.close());

  test('one vote each; the second person decides', async () => {
    const change = await bench.proposed();
    expect(await bench.decide(change, ana)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    expect(await bench.decide(change, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/approved this already; 1 more person/) });
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('proposed');
    expect(await bench.decide(change, ben)).toEqual({ outcome: 'approved' });
  });

  test('both at once are two', async () => {
    const change = await bench.proposed();
    const results = await Promise.all([bench.decide(change, ana), bench.decide(change, ben)]);
    expect(results.filter(({ outcome }) => outcome === 'approved')).toHaveLength(1);
    expect((await bench.get(change.id)).state).toBe('approved');
  });

  test('a state set past the approvals does not run', async () => {
    const change = await bench.proposed();
    await bench.decide(change, ana);
    await bench.store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: change.id, digest: change.digest, by: ana, approvals: 2, needed: 2 } });
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.events(change)).at(-1)).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/needs the approval of 2 and has 1/) });
    expect(bench.steer.calls).not.toContain('execute');
  });
});
