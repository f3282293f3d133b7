/** The policy's ruling on the way of a change: asked at the preview, at the click, and before the run. */
import { afterEach, describe, expect, test } from 'vitest';
import { createApprovals } from '../../src/changes/approvals.ts';
import type { Change } from '../../src/changes/change.ts';
import { createExecutor } from '../../src/changes/executor.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import { matterOf } from '../../src/changes/question.ts';
import type { Actor } from '../../src/incident/types.ts';
import { testAlert, testDraft } from '../support/store.ts';
import type { Bench } from './bench.ts';
import { ana, ben, openBench, person, requester } from './bench.ts';

let bench: Bench;
/** Minutes that the clocks of gateway and executor are ahead. */
let ahead: number;
const now = () => new Date(Date.now() + ahead * 60_000);
const inMinutes = (count: number) => `${new Date(Date.now() + count * 60_000).toISOString().slice(0, 19)}Z`;
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const always = { name: 'always', days, from: '00:00', to: '24:00', time_zone: 'UTC' };
const soon = { name: 'sale', from: inMinutes(3), to: inMinutes(600) };
const byItself = { rules: [{ name: 'restarts', autonomy: 'auto', scope: { targets: ['checkout'], kinds: ['http.operation'] } }] };

async function open(settings: Record<string, unknown> = {}): Promise<void> {
  ahead = 0;
  bench = await openBench({ not_production: ['checkout'], ...settings }, { now }); // so its risk is low by day
}
afterEach(() => bench.close());

const decide = (change: Change, actor: Actor, reason?: string) =>
  createApprovals({ ...bench, now, enqueue: (id, step) => { bench.queued.push(`${step} ${id}`); return Promise.resolve(); } }).decide({ changeId: change.id, digest: change.digest, decision: 'approve', actor, ...(reason !== undefined && { reason }) });
const last = async (change: Change) => (await bench.events(change)).at(-1);
const ran = () => bench.steer.calls.includes('execute');

describe('what is shown', () => {
  test('who approves, how many, why and until when are bound by the digest', async () => {
    await open({ rules: [{ name: 'owners', scope: { targets: ['checkout'] }, approvers: { users: [ben.userId] }, expiry_minutes: 5 }] });
    const { policy, expiresAt } = await bench.proposed();
    expect(policy).toEqual({ version: bench.policy.version, autonomy: 'approve', approvalsNeeded: 1, approvers: { users: [ben.userId], groups: [] }, requesterMayApprove: false, reasons: expect.arrayContaining(['approvers by rule "owners"']) });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(6 * 60_000);
  });

  test('what can not be undone asks two people', async () => {
    await open();
    bench.steer.undoKind = 'impossible';
    const change = await bench.proposed();
    expect(change.policy).toMatchObject({ approvalsNeeded: 2, reasons: expect.arrayContaining([expect.stringMatching(/2 people: it can not be undone/)]) });
    expect(await bench.decide(change, ana)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
  });

  test('quiet hours raise the risk, and say so', async () => {
    await open();
    const loud = (await bench.proposed()).risk.level;
    await bench.close();
    await open({ quiet_hours: [{ ...always, name: 'nights' }] });
    const quiet = await bench.proposed();
    expect([loud, quiet.risk.level]).toEqual(['low', 'medium']);
    expect(quiet.risk.reasons.at(-1)).toBe('quiet hours (nights): one level higher');
  });

  test('where only findings are wanted, its target is not even looked at; where only advice, it is shown and refused', async () => {
    await open({ rules: [{ name: 'look', autonomy: 'observe' }] });
    expect((await bench.proposed()).state).toBe('refused');
    expect(bench.steer.calls).toEqual([]);
    await bench.close();
    await open({ rules: [{ name: 'risky', scope: { risk: ['low'] }, autonomy: 'advise' }] });
    const advised = await bench.proposed();
    expect(advised).toMatchObject({ state: 'refused', command: ['POST /restart'], digest: '' });
    expect(await last(advised)).toMatchObject({ reason: expect.stringMatching(/By hand: POST \/restart/) });
  });

  test('an undo is ruled as what it takes back', async () => {
    await open();
    const change = await bench.proposed();
    const undo = await bench.store.changes.draft(change.incidentId, testDraft({ action: { kind: 'change.undo', change: change.id }, undoOf: change.id }), change.lockKey);
    expect(await matterOf(bench.store, undo)).toMatchObject({ kind: 'http.operation', target: 'checkout', channel: 'C1', isUndo: true, triedBefore: false });
  });
});

describe('by itself', () => {
  test('it is approved by the policy after its preview, says so, runs, and asks a person the second time', async () => {
    await open(byItself);
    const change = await bench.proposed();
    expect(change).toMatchObject({ state: 'approved', policy: { autonomy: 'auto', approvalsNeeded: 0 } });
    expect(await bench.types(change)).toEqual(['change.drafted', 'change.proposed', 'change.auto_approved']);
    expect(await last(change)).toEqual({ type: 'change.auto_approved', changeId: change.id, digest: change.digest, reasons: ['autonomy auto by rule "restarts"'] });
    expect(bench.queued).toEqual([`execute ${change.id}`]);
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('done');

    const again = await bench.proposed();
    expect(again).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve', approvalsNeeded: 1, reasons: expect.arrayContaining(['a person decides: it was tried before, or did not last']) } });
  });

  test.each([['a model', { proposedBy: 'claude' }], ['a person', { proposedBy: 'person' }]] as const)('never what %s proposed', async (_who, draft) => {
    await open(byItself);
    expect(await bench.proposed(draft)).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve', approvalsNeeded: 1 } });
  });

  test('never again what a person rejected in this incident', async () => {
    await open({ ...byItself, freezes: [{ name: 'short', from: inMinutes(-60), to: inMinutes(2) }] });
    const change = await bench.proposed();
    expect(change.policy.autonomy).toBe('approve');
    await bench.decide(change, ana, 'reject', 'not this');
    ahead = 3;
    expect(await bench.proposed()).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve', approvalsNeeded: 1 } });
  });

  test('what moves under it again and again is a person\'s in the end', async () => {
    await open(byItself);
    const change = await bench.proposed();
    bench.steer.drift = 'it moved';
    await bench.executor.execute(change.id, bench.signal);
    const stale = await last(change);
    const successor = stale?.type === 'change.stale' ? stale.successor ?? '' : '';
    await bench.executor.preview(successor);
    expect(await bench.get(successor)).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve' } });
  });

  test('never what can not be undone', async () => {
    await open(byItself);
    bench.steer.undoKind = 'impossible';
    expect(await bench.proposed()).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve', approvalsNeeded: 2 } });
  });

  test('the queue is down: the sweep starts it', async () => {
    await open(byItself);
    const change = await bench.proposed();
    bench.queued.length = 0;
    await bench.executor.sweep();
    expect(bench.queued).toEqual([`execute ${change.id}`]);
  });

  test('a freeze that began before it ran keeps it from running, and a person sees it', async () => {
    await open({ ...byItself, freezes: [soon] });
    const change = await bench.proposed();
    expect(change.state).toBe('approved');
    ahead = 5;
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    const stale = await last(change);
    expect(stale).toMatchObject({ type: 'change.stale', reason: expect.stringMatching(/^frozen: sale, until/), successor: expect.any(String) });
  });

  test('more risk than before: a person decides', async () => {
    await open({ ...byItself, quiet_hours: [{ ...soon, name: 'evening' }] });
    const change = await bench.proposed();
    expect(change.state).toBe('approved');
    bench.steer.undoKind = 'not_needed';
    ahead = 5;
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    expect(await last(change)).toMatchObject({ type: 'change.stale', reason: expect.stringMatching(/its risk is medium now.*it needs 1 approval now/) });
  });

  test('a policy that does not let it any more', async () => {
    await open(byItself);
    const change = await bench.proposed();
    const policy = createPolicy(policySchema.parse({ approvers: { users: [ana.userId] } }));
    await createExecutor({ ...bench.parts, policy, now }).execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    expect(await last(change)).toMatchObject({ type: 'change.stale', reason: 'the policy changed since this was approved' });
  });

  test('written into the row by somebody: without approvals it does not run', async () => {
    await open();
    const change = await bench.proposed();
    await bench.store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: { type: 'change.auto_approved', changeId: change.id, digest: change.digest, reasons: [] } });
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    expect(await last(change)).toMatchObject({ type: 'change.failed', reason: 'It needs the approval of 1 and has 0. Nothing was run.' });
  });
});

describe('the executor counts for itself', () => {
  /** As if the gateway had let it through. */
  async function smuggled(by: Actor): Promise<Change> {
    const change = await bench.proposed();
    await bench.store.approvals.add({ changeId: change.id, digest: change.digest, by, decision: 'approve' });
    await bench.store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: change.id, digest: change.digest, by, approvals: 1, needed: 1 } });
    await bench.executor.execute(change.id, bench.signal);
    return change;
  }

  test.each([['nobody the policy lists', person('UOUTSIDER'), { approvers: { users: [ana.userId] } }], ['who asked for it', requester, {}], ['who asked for it, though listed', requester, { approvers: { users: [requester.userId] } }]])('an approval of %s does not make it run', async (_who, by, settings) => {
    await open(settings);
    const change = await smuggled(by);
    expect(ran()).toBe(false);
    expect(await last(change)).toMatchObject({ type: 'change.failed', reason: 'It needs the approval of 1 and has 0. Nothing was run.' });
  });

  test('one of who asked does, where the policy says that it may', async () => {
    await open({ allow_self_approval: true });
    await smuggled(requester);
    expect(ran()).toBe(true);
  });
});

test('anyone means every full member, and still no guest, no bot, no stranger, nor who asked', async () => {
  await open({ approvers: { anyone: true }, i_accept_that_anyone_in_slack_can_change_production: true });
  const change = await bench.proposed();
  expect(change.policy.approvers).toMatchObject({ anyone: true });
  const somebody = person('USOMEBODY');
  for (const kind of ['guest', 'bot', 'stranger'] as const) {
    bench.people[somebody.userId] = kind;
    expect(await decide(change, somebody)).toMatchObject({ outcome: 'refused' });
  }
  delete bench.people[somebody.userId];
  expect(await decide(change, requester)).toMatchObject({ outcome: 'refused' });
  expect(await decide(change, somebody)).toEqual({ outcome: 'approved' });
  await bench.executor.execute(change.id, bench.signal);
  expect(ran()).toBe(true);
});

describe('a freeze', () => {
  test('shows the change and lets nobody run it; it can be rejected', async () => {
    await open({ freezes: [always] });
    const change = await bench.proposed();
    expect(change).toMatchObject({ state: 'proposed', policy: { frozen: { name: 'always', until: expect.any(String) } } });
    expect(await decide(change, ana, 'it is urgent')).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^Frozen: always, until .* UTC; an undo still runs\.$/) });
    expect((await bench.get(change.id)).state).toBe('proposed');
    expect(await bench.decide(change, ana, 'reject', 'later')).toEqual({ outcome: 'rejected' });
  });

  test('that ended before the click is over', async () => {
    await open({ freezes: [{ name: 'short', from: inMinutes(-60), to: inMinutes(2) }] });
    const change = await bench.proposed();
    expect(change.policy.frozen?.name).toBe('short');
    ahead = 3;
    expect(await decide(change, ana)).toEqual({ outcome: 'approved' });
  });

  test('breaks for two people who each say why', async () => {
    await open({ freezes: [{ ...always, break_glass: { approvals: 2 } }] });
    const change = await bench.proposed();
    expect(change.policy).toMatchObject({ approvalsNeeded: 2, frozen: { breakGlass: 2 } });
    expect(await decide(change, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Say why it can't wait/) });
    expect(await decide(change, ana, 'customers can not pay')).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    expect(await decide(change, ben, '  ')).toMatchObject({ outcome: 'refused' });
    expect(await decide(change, ben, 'I saw it, too')).toEqual({ outcome: 'approved' });
    expect(await last(change)).toMatchObject({ type: 'change.approved', reason: 'I saw it, too', approvals: 2 });
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('done');
  });

  test.each([[undefined, /^frozen: sale, until .*; an undo still runs$/], [{ approvals: 2 }, /^frozen: sale, until .*; 2 approvers with a reason/]])('that began between approval and run keeps it from running (%j)', async (break_glass, words) => {
    await open({ freezes: [{ ...soon, ...(break_glass && { break_glass }) }] });
    const change = await bench.proposed();
    expect(await decide(change, ana)).toEqual({ outcome: 'approved' });
    ahead = 5;
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    const stale = await last(change);
    expect(stale).toMatchObject({ type: 'change.stale', reason: expect.stringMatching(words) });
    const successor = stale?.type === 'change.stale' ? stale.successor ?? '' : '';
    await bench.executor.preview(successor);
    expect((await bench.get(successor)).policy.frozen?.name).toBe('sale');
  });

  test('that began between card and click is shown first', async () => {
    await open({ freezes: [{ ...soon, break_glass: { approvals: 2 } }] });
    const change = await bench.proposed();
    ahead = 5;
    const result = await decide(change, ana, 'now');
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^Frozen: sale.*so it is shown again as C\d+; decide on that card\.$/) });
    expect((await bench.get(change.id)).state).toBe('superseded');
    const fresh = (await bench.store.changes.list(change.incidentId)).at(-1);
    expect(fresh).toMatchObject({ state: 'drafted', action: change.action, findingKeys: change.findingKeys });
    expect(bench.queued).toEqual([`preview ${fresh?.id}`]);
    expect(await bench.store.approvals.list(change.id)).toEqual([]);
  });

  test('lets through what it allows', async () => {
    await open({ freezes: [{ ...always, allow: ['low'] }] });
    const change = await bench.proposed();
    expect(change.policy.frozen).toBeUndefined();
    expect(await decide(change, ana)).toEqual({ outcome: 'approved' });
  });
});

describe('what got stricter', () => {
  test('one more person since the card was shown', async () => {
    await open({ quiet_hours: [{ ...soon, effect: 'one_more_approver' }] });
    const change = await bench.proposed();
    ahead = 5;
    expect(await decide(change, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/^It needs 2 approvals now \(.*quiet hours "sale".*\), so it is shown again as/) });
    expect((await bench.get(change.id)).state).toBe('superseded');
  });

  test('who is no approver does not bring a fresh one about', async () => {
    await open({ quiet_hours: [{ ...soon, effect: 'one_more_approver' }] });
    const change = await bench.proposed();
    ahead = 5;
    expect(await decide(change, person('UOUTSIDER'))).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/not an approver/) });
    expect((await bench.get(change.id)).state).toBe('proposed');
  });

  test('other people approve it at another risk', async () => {
    await open({ rules: [{ name: 'seniors', scope: { risk: ['medium'] }, approvers: { users: [ben.userId] } }], quiet_hours: [{ ...soon, name: 'evening' }] });
    const change = await bench.proposed();
    expect(await decide(change, ana)).toEqual({ outcome: 'approved' });
    ahead = 5;
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    expect(await last(change)).toMatchObject({ type: 'change.stale', reason: expect.stringMatching(/its risk is medium now .* other people approve it now/) });
  });

  test('advice only, at the risk it has now', async () => {
    await open({ rules: [{ name: 'careful', scope: { risk: ['medium'] }, autonomy: 'advise' }], quiet_hours: [{ ...soon, name: 'evening' }] });
    const change = await bench.proposed();
    await decide(change, ana);
    ahead = 5;
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
    expect(await last(change)).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/Autonomy is advise for it now: its risk is medium/) });
  });
});

describe('one human being', () => {
  const twin = person('UTWIN');
  const samePerson = (first: string, second: string) => {
    const { profile } = bench.directory;
    bench.directory.profile = async (actor) => ({ ...(await profile(actor)), ...([first, second].includes(actor.userId) && { enterpriseUserId: 'WONE' }) });
  };

  test('two accounts of one person are one approval', async () => {
    await open({ two_person_from: 'low' });
    bench.group.members = [ben.userId, twin.userId];
    samePerson(ana.userId, twin.userId);
    const change = await bench.proposed();
    expect(await decide(change, ana)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    expect(await decide(change, twin)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    expect(await decide(change, ben)).toEqual({ outcome: 'approved' });
  });

  test('who asked does not approve under another account', async () => {
    await open();
    bench.group.members = [twin.userId];
    samePerson(requester.userId, twin.userId);
    expect(await decide(await bench.proposed(), twin)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/somebody else must approve/) });
  });

  test('the same id in two workspaces is one approval', async () => {
    await open({ two_person_from: 'low' });
    const change = await bench.proposed();
    await decide(change, ana);
    expect(await decide(change, { ...ana, teamId: 'T2' })).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    await bench.store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: change.id, digest: change.digest, by: ana, approvals: 2, needed: 2 } });
    await bench.executor.execute(change.id, bench.signal);
    expect(ran()).toBe(false);
  });

  test.each(['left the group', 'was deactivated', 'joined the incident'])('who %s meanwhile counts no more', async (what) => {
    await open({ two_person_from: 'low' });
    const cara = person('UCARA');
    bench.group.members = [ben.userId, cara.userId];
    const change = await bench.proposed();
    await decide(change, ben);
    if (what === 'left the group') bench.group.members = [cara.userId];
    if (what === 'was deactivated') bench.people[ben.userId] = 'stranger';
    if (what === 'joined the incident') await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow', requestedBy: ben });
    expect(await decide(change, ana)).toEqual({ outcome: 'counted', approvals: 1, needed: 2 });
    expect(await decide(change, cara)).toEqual({ outcome: 'approved' });
  });
});
