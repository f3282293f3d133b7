import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExecutor } from '../../src/changes/executor.ts';
import { haltChanges } from '../../src/changes/halt.ts';
import { supersedeOpenChanges } from '../../src/changes/supersede.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { testDraft } from '../support/store.ts';
import { targetsWith, until } from '../support/changes.ts';
import type { Bench } from './bench.ts';
import { ana, finding, openBench } from './bench.ts';

let bench: Bench;
beforeEach(async () => { bench = await openBench(); });
afterEach(() => bench.close());

const clear = { keys: [], unread: [] };
const seen = { keys: [finding], unread: [] };
const last = async (id: { id: string; incidentId: string }) => (await bench.events(await bench.get(id.id))).at(-1);
const stop = (incidentId: string) => bench.store.incidents.setStatus(incidentId, ['open', 'investigating', 'diagnosed', 'mitigating'], 'stopped', { type: 'incident.stopped', by: ana });

describe('stop', () => {
  test('what has not begun never will', async () => {
    const change = await bench.approved();
    const other = await bench.proposed();
    await stop(change.incidentId);
    expect((await haltChanges(bench.store, change.incidentId, 'INC was stopped')).sort()).toEqual([change.id, other.id].sort());
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('execute');
    expect(await last(change)).toMatchObject({ type: 'change.superseded', reason: 'INC was stopped' });
  });

  test('a new investigation replaces proposals, not what a person approved', async () => {
    const change = await bench.approved();
    const other = await bench.proposed();
    expect(await supersedeOpenChanges(bench.store, change.incidentId, 'newer')).toEqual([other.id]);
  });

  test('between claim and command: nothing ran', async () => {
    const change = await bench.approved();
    bench.steer.prepare = async () => void (await stop(change.incidentId));
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('execute');
    expect(await last(change)).toMatchObject({ type: 'change.superseded', reason: expect.stringMatching(/before it ran/) });
  });

  test('after the command: halts there, undoes nothing, and says where it stands', async () => {
    const change = await bench.approved();
    bench.steer.observations = [seen];
    bench.steer.execute = async () => void (await stop(change.incidentId));
    await bench.executor.execute(change.id, bench.signal);
    expect(bench.steer.calls).not.toContain('undo');
    expect(await last(change)).toMatchObject({ type: 'change.failed', reason: expect.stringMatching(/Stopped: it ran and was not verified/) });
  });

  test('an executor that is shut down while verifying says that it does not know', async () => {
    const change = await bench.approved();
    bench.steer.observations = [seen];
    const shutdown = new AbortController();
    bench.steer.check = () => { shutdown.abort(); return { ok: false, details: ['not yet'] }; };
    await bench.executor.execute(change.id, shutdown.signal);
    expect(await last(change)).toMatchObject({ type: 'change.unknown', reason: expect.stringMatching(/ran and was not verified/) });
  });
});

describe('recovery', () => {
  test('a dead executor\'s change becomes unknown, a living one\'s is left alone', async () => {
    const change = await bench.approved();
    await bench.store.changes.heartbeat(change.id, 'dead');
    await bench.store.changes.transition(change.id, { from: 'approved', to: 'claimed', event: { type: 'change.claimed', changeId: change.id, executor: 'dead' } });
    await bench.store.changes.transition(change.id, { from: 'claimed', to: 'executing', event: { type: 'change.executing', changeId: change.id, command: change.command } });
    await anotherExecutor(600).recover();
    expect((await bench.get(change.id)).state).toBe('executing');
    await until(async () => {
      await bench.executor.recover();
      return (await bench.get(change.id)).state === 'unknown';
    }, 'the lease runs out');
    expect(await last(change)).toMatchObject({ type: 'change.unknown', reason: expect.stringMatching(/never run again/) });
    await bench.executor.execute(change.id, bench.signal);
    await bench.executor.sweep();
    expect(bench.steer.calls).not.toContain('execute');
  });

  test('a slow run keeps its lease', async () => {
    const change = await bench.approved();
    const other = anotherExecutor(5);
    bench.steer.execute = async () => {
      const end = Date.now() + 6_000;
      while (Date.now() < end) {
        await other.recover();
        await new Promise((resolve) => { setTimeout(resolve, 100); });
      }
    };
    await bench.executor.execute(change.id, bench.signal);
    expect((await bench.get(change.id)).state).toBe('done');
  });

  function anotherExecutor(leaseSeconds: number) {
    return createExecutor({ ...bench, targets: targetsWith({}), verify: () => Promise.resolve(clear), enqueue: () => Promise.resolve(), redact: (text) => text, log: silentLogger, pace: { leaseSeconds } });
  }

  test('the sweep expires what is too late and previews a forgotten draft', async () => {
    const change = await bench.proposed();
    const { id } = await bench.store.changes.draft(change.incidentId, testDraft(), 'database/shop');
    const later = executorAhead(3_600_000);
    await later.sweep();
    expect(await last(change)).toEqual({ type: 'change.expired', changeId: change.id, reason: 'nobody decided in time' });
    expect(bench.queued).toEqual([`preview ${id}`]);
  });

  function executorAhead(milliseconds: number) {
    return createExecutor({
      ...bench, targets: targetsWith({}), verify: () => Promise.resolve(clear), redact: (text) => text, log: silentLogger,
      now: () => new Date(Date.now() + milliseconds), enqueue: (id, step) => { bench.queued.push(`${step} ${id}`); return Promise.resolve(); },
    });
  }
});
