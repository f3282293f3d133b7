/** kill -9 at each step of a real change on a real database: it ends as unknown, and never runs a second time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createExecutor } from '../../src/changes/executor.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { until } from '../support/changes.ts';
import { runAndKill as killExecutor } from '../support/faults/child.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';
import type { DatabaseWorld } from './actions/database-world.ts';
import { openDatabaseWorld } from './actions/database-world.ts';

const settings = { approvers: { users: ['UANA'] }, soak_seconds: 0, verification_deadline_seconds: 1 };
let world: DatabaseWorld;
let bench: Awaited<ReturnType<typeof createTestStore>>;
beforeEach(async () => { [world, bench] = await Promise.all([openDatabaseWorld(), createTestStore()]); });
afterEach(async () => { await Promise.all([world.close(), bench.close()]); });

function survivor() {
  const policy = createPolicy(policySchema.parse(settings));
  return createExecutor({
    store: bench.store, policy, targets: world.targets, verify: () => Promise.resolve({ keys: [], unread: [] }), enqueue: () => Promise.resolve(), redact: (text) => text, log: silentLogger,
    pace: { leaseSeconds: 2, pollMilliseconds: 50 },
  });
}

async function approvedIndex() {
  const { store } = bench;
  const { incident } = await store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow' });
  const { id } = await store.changes.draft(incident.id, testDraft(), 'database/shop');
  await survivor().preview(id);
  const change = await store.changes.get(id);
  if (change?.state !== 'proposed') throw new Error(`it is ${change?.state}`);
  const by = { userId: 'UANA', teamId: 'T1' };
  await store.approvals.add({ changeId: id, digest: change.digest, by, decision: 'approve' });
  await store.changes.transition(id, { from: 'proposed', to: 'approved', digest: change.digest, event: { type: 'change.approved', changeId: id, digest: change.digest, by, approvals: 1, needed: 1 } });
  return id;
}

const runAndKill = (changeId: string, pauseAt: string) => killExecutor({ storeUrl: bench.url, targets: world.targets, changeId, pauseAt, policy: settings, finding: 'missing-index@table/shop/public.orders' });

const statementsSent = () => world.tap.sent().split('CREATE INDEX CONCURRENTLY').length - 1;

test.each([
  ['claimed', 'claimed', 0, 'Reading shows everything as it was before it.'],
  ['before the command', 'executing', 0, 'Reading shows everything as it was before it.'],
  ['after the command', 'executing', 1, 'Reading does not prove that it took: index orders_customer_id_idx exists and is valid, but nobody noted whether this change built it.'],
  ['verifying', 'verifying', 1, 'Reading shows it in place; Undo can take it back.'],
  ['undoing', 'undoing', 1, 'Reading shows it in place; Undo can take it back.'],
] as const)('killed %s', { timeout: 120_000 }, async (pauseAt, state, statements, reading) => {
  const id = await approvedIndex();
  expect(await runAndKill(id, pauseAt)).toBe(`paused at ${pauseAt}\n`);
  expect((await bench.store.changes.get(id))?.state).toBe(state);

  const executor = survivor();
  await executor.execute(id, new AbortController().signal);
  await executor.sweep();
  await until(async () => {
    await executor.recover();
    return (await bench.store.changes.get(id))?.state === 'unknown';
  }, 'it becomes unknown');
  await executor.execute(id, new AbortController().signal);
  expect(statementsSent()).toBe(statements);
  const all = (await bench.store.timeline.read('INC-1')).map(({ event }) => event);
  const events = all.map(({ type }) => type);
  expect(all.find(({ type }) => type === 'change.unknown')).toMatchObject({ reason: expect.stringContaining(reading) as string });
  expect(events.filter((type) => type === 'change.unknown')).toHaveLength(1);
  expect(events.filter((type) => type === 'change.executing').length).toBeLessThanOrEqual(1);
});

test('left alone, the same process brings it to the end', { timeout: 120_000 }, async () => {
  const id = await approvedIndex();
  expect(await runAndKill(id, 'never')).toBe('ended\n');
  expect(await bench.store.changes.get(id)).toMatchObject({ state: 'done', written: { index: expect.any(Number) } });
  expect(statementsSent()).toBe(1);
});
