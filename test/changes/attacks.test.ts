/** Ways to get something run that nobody decided on, or to go on after somebody else took over: none of them works. */
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApprovals } from '../../src/changes/approvals.ts';
import { createEdit } from '../../src/changes/edit.ts';
import { createExecutor } from '../../src/changes/executor.ts';
import { createOfferUndo } from '../../src/changes/offer-undo.ts';
import { createDesk } from '../../src/incident/create-desk.ts';
import { settleIncident } from '../../src/incident/settle.ts';
import type { QueueBackend } from '../../src/queue/queue.ts';
import { noOffers } from '../support/desk.ts';
import type { Bench } from './bench.ts';
import { ana, ben, openBench, person, requester } from './bench.ts';

let bench: Bench;
beforeEach(async () => { bench = await openBench(); });
afterEach(() => bench.close());

async function reopen(...given: Parameters<typeof openBench>): Promise<void> {
  await bench.close();
  bench = await openBench(...given);
}

async function admin(statement: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: bench.url });
  await client.connect();
  await client.query(statement, values);
  await client.end();
}

const unknown = (id: string, from: 'executing' | 'verifying') => bench.store.changes.transition(id, { from, to: 'unknown', event: { type: 'change.unknown', changeId: id, reason: 'The executor died' } });

describe('an executor that was frozen while another one gave its change up', () => {
  test('takes no further step of a command', async () => {
    const steps: string[] = [];
    bench.kind().execute = async ({ id }, context) => {
      steps.push('first');
      await unknown(id, 'executing');
      await context.checkpoint();
      steps.push('second');
      return { output: 'done' };
    };
    const change = await bench.approved();
    await bench.executor.execute(change.id, bench.signal);
    expect(steps).toEqual(['first']);
    expect((await bench.types(change)).at(-1)).toBe('change.unknown');
  });

  test('makes nothing lasting and takes nothing back', async () => {
    bench.kind().confirm = () => { bench.steer.calls.push('confirm'); return Promise.resolve(); };
    const change = await bench.approved();
    let looks = 0;
    bench.steer.check = async () => {
      if ((looks += 1) === 1) await unknown(change.id, 'verifying');
      return { ok: true, details: [] };
    };
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('confirm');
    expect(bench.steer.calls).not.toContain('undo');
    expect((await bench.types(change)).at(-1)).toBe('change.unknown');
  });

  test('a kind that wraps what stops it, and a baseline that breaks off, end as quietly', async () => {
    bench.kind().execute = async ({ id }, context) => {
      await unknown(id, 'executing');
      await context.checkpoint().catch((error: unknown) => { throw new Error('wrapped', { cause: error }); });
      return { output: 'done' };
    };
    const change = await bench.approved();
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.types(change)).filter((type) => type === 'change.unknown')).toHaveLength(1);
  });

  test('keeps its change when it is back before that is settled', async () => {
    const change = await bench.approved();
    bench.steer.observations = [{ keys: [], unread: [] }];
    bench.steer.execute = async () => {
      const { id } = change;
      await admin("UPDATE sre_agent.changes SET heartbeat_at = clock_timestamp() - interval '1 hour' WHERE id = $1", [id]);
      // The other executor reads the target, which takes a while: long enough to be heard again.
      bench.steer.check = async () => {
        await bench.store.changes.heartbeat(id, 'thawed');
        return { ok: true, details: [] };
      };
      await createExecutor({ ...bench.parts, identity: 'other' }).recover();
    };
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('done');
  });
});

test('whoever typed a part of a change approves it no more after somebody else typed another part', async () => {
  const action = { kind: 'http.operation' as const, operation: 'restart', parameters: { service: 'checkout', mode: 'slow', size: '1' } };
  const edit = createEdit({ ...bench, redact: (text) => text, enqueue: () => Promise.resolve() });
  const typed = async (id: string, actor: typeof ana, parameters: Record<string, string>) => {
    const { digest } = await bench.get(id);
    const result = await edit({ changeId: id, digest, fields: { operation: 'restart', parameters }, actor });
    if (result.outcome !== 'drafted') throw new Error(result.reason);
    await bench.executor.preview(result.changeId);
    return result.changeId;
  };
  const change = await bench.proposed({ action });
  const second = await typed(change.id, ben, { ...action.parameters, mode: 'harmful' });
  const third = await bench.get(await typed(second, requester, { ...action.parameters, mode: 'harmful', size: '2' }));
  expect(await bench.decide(third, ben)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/somebody else/) as string });
  // Neither does the executor count them.
  await bench.store.approvals.add({ changeId: third.id, digest: third.digest, by: ben, decision: 'approve' });
  await bench.store.changes.transition(third.id, { from: 'proposed', to: 'approved', event: { type: 'change.approved', changeId: third.id, digest: third.digest, by: ben, approvals: 1, needed: 1 } });
  await bench.executor.execute(third.id, bench.signal);
  expect(bench.steer.calls).not.toContain('execute');
});

test('an approval that could not be written down does not count', async () => {
  await reopen({ two_person_from: 'low' });
  const change = await bench.proposed();
  await admin(`CREATE FUNCTION sre_agent.break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.event->>'type' = 'change.approved' THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER break BEFORE INSERT ON sre_agent.events FOR EACH ROW EXECUTE FUNCTION sre_agent.break()`);
  await expect(bench.decide(change, ana)).rejects.toThrow('disk full');
  await admin('DROP TRIGGER break ON sre_agent.events');
  await bench.decide(change, ben);
  const said = (await bench.events(change)).flatMap((event) => (event.type === 'change.approved' ? [event.by.userId] : []));
  expect((await bench.store.approvals.list(change.id)).map(({ by }) => by.userId)).toEqual(said);
  expect((await bench.get(change.id)).state).toBe('proposed');
});

describe('a stop', () => {
  const desk = (queued: string[] = []) => createDesk({ ...noOffers, store: bench.store, queue: { add: async (_name: string, id: string) => void queued.push(id) } as unknown as QueueBackend, decide: () => Promise.reject(new Error('not used')) });

  test.each(['all', 'one'])('of %s that comes while somebody approves leaves nothing that would run later', async (which) => {
    const change = await bench.proposed();
    // The stop has looked at every change by the time that the approval is written.
    const transition: typeof bench.store.changes.transition = async (id, step) => {
      if (step.to === 'approved' && which === 'all') await bench.store.halt.set(ben);
      if (step.to === 'approved' && which === 'one') await bench.store.incidents.setStatus(change.incidentId, ['open'], 'stopped', { type: 'incident.stopped', by: ben });
      return bench.store.changes.transition(id, step);
    };
    const store = { ...bench.store, changes: { ...bench.store.changes, transition } };
    const { decide } = createApprovals({ ...bench, store, enqueue: () => Promise.resolve() });
    expect(await decide({ changeId: change.id, digest: change.digest, decision: 'approve', actor: ana })).toMatchObject({ outcome: 'refused' });
    expect((await bench.get(change.id)).state).toBe('superseded');
  });

  test('reaches what runs in an incident that counts as resolved', async () => {
    const change = await bench.approved();
    await bench.store.incidents.setStatus(change.incidentId, ['open'], 'resolved', { type: 'incident.resolved', reason: 'over' });
    await desk().stop(change.incidentId, ben);
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('execute');
  });
});

test('an undo that somebody asked for is not swept away as what the resolved incident needs no more', async () => {
  const change = await bench.approved();
  await bench.executor.execute(change.id, bench.signal);
  await bench.store.incidents.setStatus(change.incidentId, ['open'], 'diagnosed');
  await settleIncident(bench.store, change.incidentId);
  expect((await bench.store.incidents.get(change.incidentId))?.status).toBe('resolved');
  const result = await createOfferUndo({ ...bench, enqueue: () => Promise.resolve() })({ changeId: change.id, actor: ana });
  const id = result.outcome === 'drafted' ? result.changeId : '';
  await bench.executor.preview(id);
  await settleIncident(bench.store, change.incidentId);
  expect((await bench.get(id)).state).toBe('proposed');
  expect(await bench.decide(await bench.get(id), ben)).toEqual({ outcome: 'approved' });
});

describe('what runs by itself', () => {
  const byItself = { not_production: ['checkout'], rules: [{ name: 'restarts', autonomy: 'auto', scope: { targets: ['checkout'], kinds: ['http.operation'] } }] };
  beforeEach(() => reopen(byItself));

  test('does not run again for the next alert of the same day', async () => {
    const change = await bench.proposed({}, { fingerprint: 'one' });
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('done');
    expect(await bench.proposed({}, { fingerprint: 'two' })).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve' } });
  });

  test('does not run a second time beside itself', async () => {
    await bench.proposed({}, { fingerprint: 'one' });
    expect(await bench.proposed({}, { fingerprint: 'two' })).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve' } });
  });

  test('does not run for what is over by then: a person is asked', async () => {
    const change = await bench.proposed();
    expect(change.state).toBe('approved');
    bench.steer.observations = [{ keys: [], unread: [] }];
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('execute');
    const stale = (await bench.events(change)).at(-1);
    const successor = stale?.type === 'change.stale' ? stale.successor ?? '' : '';
    await bench.executor.preview(successor);
    expect(await bench.get(successor)).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve' } });
  });

  test('does nothing else either in an incident that came back after a change', async () => {
    const change = await bench.proposed();
    await bench.executor.execute(change.id, bench.signal);
    await bench.store.timeline.append(change.incidentId, { type: 'incident.reopened', reason: 'it is back', followed: change.id });
    const action = { kind: 'http.operation' as const, operation: 'restart', parameters: { service: 'checkout', mode: 'other' } };
    expect(await bench.proposed({ action })).toMatchObject({ state: 'proposed', policy: { autonomy: 'approve' } });
  });
});

test('an undo whose change was altered in the store since its approval is not shown and does not run', async () => {
  const change = await bench.approved();
  await bench.executor.execute(change.id, bench.signal);
  const draftUndo = async (actor = ana) => {
    const result = await createOfferUndo({ ...bench, enqueue: () => Promise.resolve() })({ changeId: change.id, actor });
    if (result.outcome !== 'drafted') throw new Error(result.reason);
    await bench.executor.preview(result.changeId);
    return result.changeId;
  };
  const first = await draftUndo();
  await bench.decide(await bench.get(first), ben);
  const alter = (path: string, value: string) => admin(`UPDATE sre_agent.changes SET body = jsonb_set(body::jsonb, '${path}', '"${value}"')::json WHERE id = $1`, [change.id]);
  await alter('{action,parameters,service}', 'payments');
  await bench.executor.execute(first, bench.signal);
  expect(bench.steer.calls).not.toContain('undo');
  const second = await draftUndo(person('UANA'));
  expect(await bench.get(second)).toMatchObject({ state: 'refused' });
});
