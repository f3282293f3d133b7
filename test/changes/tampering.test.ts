/** The rows of the store altered between the approval and the end of the run, by somebody with the database's rights. */
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../src/changes/digest.ts';
import type { Bench } from './bench.ts';
import { ana, openBench } from './bench.ts';

let bench: Bench;
beforeEach(async () => { bench = await openBench(); });
afterEach(() => bench.close());

const last = async (id: { id: string; incidentId: string }) => (await bench.events(await bench.get(id.id))).at(-1);

async function admin(statement: string, values: unknown[] = [], url = bench.url): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement, values);
  await client.end();
}

async function run() {
  const change = await bench.approved();
  await bench.executor.execute(change.id, bench.signal);
  return bench.get(change.id);
}

test('a row that was altered after the approval does not run', async () => {
  const change = await bench.approved();
  await admin("UPDATE sre_agent.changes SET body = jsonb_set(body::jsonb, '{command}', '[\"POST /format-disk\"]')::json WHERE id = $1", [change.id]);
  await bench.executor.execute(change.id, bench.signal);
  expect(await last(change)).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/not the one whose digest was approved/) });
  expect(bench.steer.calls).not.toContain('execute');
});

test('an approval counts for the digest it was given for, not for one that was put in its place', async () => {
  const change = await bench.approved();
  const forged = { ...change, command: ['POST /format-disk'] };
  await admin("UPDATE sre_agent.changes SET digest = $2, body = jsonb_set(body::jsonb, '{command}', '[\"POST /format-disk\"]')::json WHERE id = $1", [change.id, digestOf(forged)]);
  await bench.executor.execute(change.id, bench.signal);
  expect(await last(change)).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/needs the approval of 1 and has 0/) });
  expect(bench.steer.calls).not.toContain('execute');
});

test('a row that is altered while its change runs does not alter the run', async () => {
  bench.steer.execute = () => admin("UPDATE sre_agent.changes SET body = jsonb_set(body::jsonb, '{undo,command}', '[\"POST /format-disk\"]')::json");
  bench.steer.check = () => ({ ok: false, details: ['it did not take'] });
  const change = await run();
  expect((await bench.events(change)).find(({ type }) => type === 'change.undoing')).toMatchObject({ command: ['POST /back'] });
});

test('a later expiry in the row alone keeps nothing alive', async () => {
  let offset = -3_600_000;
  const past = await openBench({}, { now: () => new Date(Date.now() + offset) });
  const change = await past.proposed();
  await past.store.approvals.add({ changeId: change.id, digest: change.digest, by: ana, decision: 'approve' });
  await past.store.changes.transition(change.id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: change.id, digest: change.digest, by: ana, approvals: 1, needed: 1 } });
  await admin("UPDATE sre_agent.changes SET expires_at = clock_timestamp() + interval '1 day'", [], past.url);
  offset = 0;
  await past.executor.execute(change.id, past.signal);
  expect(past.steer.calls).not.toContain('execute');
  expect((await past.get(change.id)).state).toBe('stale');
  await past.close();
});
