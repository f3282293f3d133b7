/** If the event can't be written, nothing runs: the timeline refuses one kind of event, and what follows it must not happen. */
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IncidentEventType } from '../../src/incident/events.ts';
import type { Bench } from './bench.ts';
import { ana, openBench } from './bench.ts';

let bench: Bench;
beforeEach(async () => { bench = await openBench(); });
afterEach(() => bench.close());

/** From now on no event of this type gets into the timeline. */
async function refuseEvents(type: IncidentEventType): Promise<void> {
  const client = new Client({ connectionString: bench.url });
  await client.connect();
  await client.query(`
    CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END$$;
    CREATE TRIGGER refuse_event BEFORE INSERT ON sre_agent.events FOR EACH ROW WHEN (NEW.event ->> 'type' = '${type}') EXECUTE FUNCTION refuse_event()`);
  await client.end();
}

const effects = (): string[] => bench.steer.calls.filter((call) => call === 'execute' || call === 'undo');

test('no draft without its event', async () => {
  await refuseEvents('change.drafted');
  await expect(bench.proposed()).rejects.toThrow('the disk is full');
  expect(await bench.store.changes.inState(['drafted', 'proposed'])).toEqual([]);
});

test('nothing to approve without the event that shows it', async () => {
  await refuseEvents('change.proposed');
  const change = await bench.proposed();
  expect(change.state).toBe('refused');
  expect(await bench.decide(change, ana)).toMatchObject({ outcome: 'refused' });
  expect(await bench.store.changes.inState(['proposed', 'approved'])).toEqual([]);
  expect(effects()).toEqual([]);
});

test.each(['change.approved', 'change.claimed', 'change.executing'] as const)('no command without %s', async (type) => {
  const change = await bench.proposed();
  await refuseEvents(type);
  const said = [await bench.decide(change, ana).catch(String), await bench.executor.execute(change.id, bench.signal).catch(String), ...(await bench.events(change))];
  expect(JSON.stringify(said)).toContain('the disk is full');
  await bench.executor.sweep();
  expect(effects()).toEqual([]);
  expect(['proposed', 'approved', 'failed']).toContain((await bench.get(change.id)).state);
});

test('a refused click is not forgotten quietly: without its event it is an error', async () => {
  const change = await bench.proposed();
  await refuseEvents('click.refused');
  bench.people[ana.userId] = 'guest';
  await expect(bench.decide(change, ana)).rejects.toThrow('the disk is full');
  expect((await bench.get(change.id)).state).toBe('proposed');
});

test('what ran and could not be noted is unknown, and does not run again', async () => {
  const change = await bench.approved();
  await refuseEvents('change.executed');
  await bench.executor.execute(change.id, bench.signal);
  await bench.executor.execute(change.id, bench.signal);
  expect((await bench.get(change.id)).state).toBe('unknown');
  expect(effects()).toEqual(['execute']);
});

test('no undo without its event', async () => {
  bench.steer.check = () => ({ ok: false, details: ['it did not take'] });
  const change = await bench.approved();
  await refuseEvents('change.undoing');
  await bench.executor.execute(change.id, bench.signal);
  expect(effects()).toEqual(['execute']);
  expect((await bench.get(change.id)).state).toBe('unknown');
});
