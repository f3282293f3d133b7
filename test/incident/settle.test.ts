/** When an incident counts as resolved: only on what was measured, and never while something else of it is left. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import type { Diagnosis, Finding } from '../../src/incident/types.ts';
import { settleIncident } from '../../src/incident/settle.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';

let world: Awaited<ReturnType<typeof createTestStore>>;
let incidentId: string;
beforeEach(async () => {
  world = await createTestStore();
  incidentId = (await world.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow' })).incident.id;
  await world.store.incidents.setStatus(incidentId, ['open'], 'diagnosed');
});
afterEach(() => world.close());

const index = 'missing-index@table/shop/public.orders';
const slow = 'slow@service/checkout';
const bloat = 'bloat@table/shop/public.carts';
const by = { userId: 'UANA', teamId: 'T1' };

const finding = (id: string, key: string): Finding => ({
  id, specialist: 'database', source: 'a-rule', supported: true, severity: 'critical', mechanism: key.split('@')[0] ?? '', resource: key.split('@')[1] ?? '', title: key, explanation: '', confidence: 1, quotes: [],
});

async function diagnosed(keys: string[]): Promise<void> {
  const findings = keys.map((key, position) => finding(`F${position + 1}`, key));
  const rootCause: Diagnosis['rootCause'] = { title: 'Cause', resource: 'r', mechanism: 'm', findings: findings.map(({ id }) => id), confidence: 1 };
  await world.store.timeline.append(incidentId, { type: 'rules.looked', investigation: 'i', findings, unread: [], seconds: 1 });
  await world.store.timeline.append(incidentId, { type: 'diagnosis.stated', investigation: 'i', diagnosis: { summary: '', rootCause, chain: [], ruledOut: [], unseen: [] } });
}

async function proposed(findingKeys: string[], findings?: string[]): Promise<Change> {
  const { id } = await world.store.changes.draft(incidentId, testDraft({ findingKeys, ...(findings && { findings }) }), `lock/${Math.random()}`);
  const change = await world.store.changes.get(id);
  await world.store.changes.transition(id, { from: 'drafted', to: 'proposed', event: { type: 'change.proposed', change: change as Change } });
  return change as Change;
}

async function done(findingKeys: string[], before: string[], after: string[], findings?: string[]): Promise<Change> {
  const change = await proposed(findingKeys, findings);
  const { id } = change;
  const { transition } = world.store.changes;
  await transition(id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: id, digest: '', by, approvals: 1, needed: 1 } });
  await transition(id, { from: 'approved', to: 'claimed', event: { type: 'change.claimed', changeId: id, executor: 'x' } });
  await transition(id, { from: 'claimed', to: 'executing', event: { type: 'change.executing', changeId: id, command: [] } });
  await transition(id, { from: 'executing', to: 'verifying', event: { type: 'change.executed', changeId: id, output: '', seconds: 1 } });
  await transition(id, { from: 'verifying', to: 'done', event: { type: 'change.verified', changeId: id, checks: [], before, after } });
  return change;
}

async function status(): Promise<string | undefined> {
  await settleIncident(world.store, incidentId);
  return (await world.store.incidents.get(incidentId))?.status;
}

describe('an incident whose change was verified', () => {
  it('stays open while something else is wrong with what it was about', async () => {
    await diagnosed([index, 'checks-failing@service/checkout']);
    await done([index], [index, 'checks-failing@service/checkout'], ['checks-slow@service/checkout']);
    expect(await status()).toBe('diagnosed');
  });

  it('is resolved when all that it was about is gone', async () => {
    await diagnosed([index, slow]);
    await done([index], [index, slow], []);
    expect(await status()).toBe('resolved');
    const events = await world.store.timeline.read(incidentId);
    expect(events.at(-1)?.event).toMatchObject({ type: 'incident.resolved', reason: expect.stringMatching(/C1 .*was verified/) });
  });

  it('is not resolved while a finding of its cause is still there', async () => {
    await diagnosed([index, slow]);
    await done([index], [index, slow], [slow]);
    expect(await status()).toBe('diagnosed');
  });

  it('is not resolved by a change whose finding no rule ever measured', async () => {
    await diagnosed(['odd@service/checkout']);
    await done(['odd@service/checkout'], [slow], [slow]);
    expect(await status()).toBe('diagnosed');
  });

  it('is not resolved by an old change when a later investigation found the trouble again', async () => {
    await world.store.incidents.setStatus(incidentId, ['diagnosed'], 'investigating');
    await diagnosed([index]);
    await done([index], [index], []);
    await diagnosed([index]);
    await world.store.incidents.setStatus(incidentId, ['investigating'], 'diagnosed');
    expect(await status()).toBe('diagnosed');
  });

  it('waits for a proposal whose problem is left, and closes one whose problem is gone too', async () => {
    await diagnosed([index]);
    const other = await proposed([bloat]);
    await done([index], [index, bloat], [bloat]);
    expect(await status()).toBe('diagnosed');
    await done([index], [index, bloat], []);
    expect(await status()).toBe('resolved');
    expect((await world.store.changes.get(other.id))?.state).toBe('superseded');
  });

  it('is not resolved by relief, whose symptom is gone, while the change for the cause waits; that one resolves it', async () => {
    await diagnosed([index, slow]);
    const cause = await proposed([index], ['F1']);
    await done([slow], [index, slow], [], ['F2']);
    expect(await status()).toBe('diagnosed');
    expect((await world.store.changes.get(cause.id))?.state).toBe('proposed');
    await world.store.changes.transition(cause.id, { from: 'proposed', to: 'rejected', event: { type: 'change.rejected', changeId: cause.id, digest: '', by, reason: '' } });
    await done([index], [], [], ['F1']);
    expect(await status()).toBe('resolved');
  });

  it('is not resolved while the outcome of another change is unknown', async () => {
    await diagnosed([index]);
    const { id } = await proposed([slow]);
    await world.store.changes.transition(id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: id, digest: '', by, approvals: 1, needed: 1 } });
    await world.store.changes.transition(id, { from: 'approved', to: 'claimed', event: { type: 'change.claimed', changeId: id, executor: 'x' } });
    await world.store.changes.transition(id, { from: 'claimed', to: 'unknown', event: { type: 'change.unknown', changeId: id, reason: 'died' } });
    await done([index], [index], []);
    expect(await status()).toBe('diagnosed');
  });

  it('of several causes, the last one ends it', async () => {
    await diagnosed([index, slow]);
    await done([index], [index, slow], [slow]);
    await done([slow], [slow], []);
    expect(await status()).toBe('resolved');
  });
});

describe('an incident whose alert was resolved', () => {
  const over = () => world.store.timeline.append(incidentId, { type: 'alert.resolved', alert: testAlert({ source: 'pagerduty', status: 'resolved' }) });

  it('is resolved when no change of it waits or runs', async () => {
    await diagnosed([slow]);
    expect(await status()).toBe('diagnosed');
    await over();
    expect(await status()).toBe('resolved');
    expect((await world.store.timeline.read(incidentId)).at(-1)?.event).toMatchObject({ type: 'incident.resolved', reason: expect.stringContaining('PagerDuty says that it is over') });
  });

  it('stays open while a person still has to decide', async () => {
    await diagnosed([slow]);
    await proposed([slow]);
    await over();
    expect(await status()).toBe('diagnosed');
  });

  it('stays open when the alert fires again', async () => {
    await over();
    await world.store.timeline.append(incidentId, { type: 'alert.joined', alert: testAlert() });
    expect(await status()).toBe('diagnosed');
  });
});
