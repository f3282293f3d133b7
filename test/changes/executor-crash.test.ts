/** kill -9 at each step of a real change on a real database: it ends as unknown, and never runs a second time. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createExecutor } from '../../src/changes/executor.ts';
import { createPolicy, policySchema } from '../../src/changes/policy.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { until } from '../support/changes.ts';
import { createTestStore, testAlert, testDraft } from '../support/store.ts';
import type { DatabaseWorld } from './actions/database-world.ts';
import { openDatabaseWorld } from './actions/database-world.ts';

const child = fileURLToPath(new URL('executor-child.ts', import.meta.url));
let world: DatabaseWorld;
let bench: Awaited<ReturnType<typeof createTestStore>>;
beforeEach(async () => { [world, bench] = await Promise.all([openDatabaseWorld(), createTestStore()]); });
afterEach(async () => { await Promise.all([world.close(), bench.close()]); });

function survivor() {
  const policy = createPolicy(policySchema.parse({ approvers: { users: ['UANA'] }, soak_seconds: 0, verification_deadline_seconds: 1 }));
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

/** Runs the executor in a process; kills it with SIGKILL where it pauses. Resolves with what it said. */
function runAndKill(id: string, pauseAt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--import', 'tsx', child, bench.url, world.tap.url, id], { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PAUSE_AT: pauseAt }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let errors = '';
    running.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('paused')) running.kill('SIGKILL');
    });
    running.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
    running.on('error', reject);
    running.on('close', (code, signal) => (code === 0 || signal === 'SIGKILL' ? resolve(said) : reject(new Error(errors))));
  });
}

const statementsSent = () => world.tap.sent().split('CREATE INDEX CONCURRENTLY').length - 1;

test.each([
  ['claimed', 'claimed', 0],
  ['before the command', 'executing', 0],
  ['after the command', 'executing', 1],
  ['verifying', 'verifying', 1],
  ['undoing', 'undoing', 1],
] as const)('killed %s', { timeout: 120_000 }, async (pauseAt, state, statements) => {
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
  const events = await bench.store.timeline.read('INC-1').then((all) => all.map(({ event }) => event.type));
  expect(events.filter((type) => type === 'change.unknown')).toHaveLength(1);
  expect(events.filter((type) => type === 'change.executing').length).toBeLessThanOrEqual(1);
});

test('left alone, the same process brings it to the end', { timeout: 120_000 }, async () => {
  const id = await approvedIndex();
  expect(await runAndKill(id, 'never')).toBe('ended\n');
  expect(await bench.store.changes.get(id)).toMatchObject({ state: 'done', written: { index: expect.any(Number) } });
  expect(statementsSent()).toBe(1);
});
