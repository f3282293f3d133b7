import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/changes/canonical-json.ts';
import { migrate } from '../../src/database/migrate.ts';
import { createStore } from '../../src/database/store.ts';
import { hashEvent } from '../../src/database/store/chain.ts';
import type { IncidentEvent, StoredEvent } from '../../src/incident/events.ts';
import type { Store } from '../../src/incident/store.ts';
import { startPrivatePostgres } from '../support/private-postgres.ts';
import { createTestStore, testAlert } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let store: Store;
let superuser: Client;
let close: () => Promise<void>;

beforeAll(async () => {
  const opened = await createTestStore();
  store = opened.store;
  superuser = new Client({ connectionString: opened.url });
  await superuser.connect();
  close = async () => {
    await superuser.end();
    await opened.close();
  };
});
afterAll(() => close());

async function openIncident(fingerprint: string): Promise<string> {
  return (await store.incidents.openOrJoin({ alert: testAlert({ fingerprint }), channel: 'C1', title: 'A problem' })).incident.id;
}

const answer = (text: string): IncidentEvent => ({ type: 'question.answered', messageTs: '1.1', text, evidence: [] });

test('events appended at once stand in one line without holes', async () => {
  const id = await openIncident('crowd');
  await Promise.all(Array.from({ length: 30 }, (_, index) => store.timeline.append(id, answer(String(index)))));
  const events = await store.timeline.read(id);
  expect(events.map((each) => each.sequence)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
  for (const [index, event] of events.entries()) {
    expect(event.previousHash).toBe(events[index - 1]?.hash ?? '0'.repeat(64));
    expect(event.hash).toBe(hashEvent(event));
  }
  expect(await store.timeline.read(id, 29)).toEqual(events.slice(29));
  expect(await store.timeline.verify(id)).toBeUndefined();
});

test.each(["UPDATE sre_agent.events SET at = 'x'", 'DELETE FROM sre_agent.events', 'TRUNCATE sre_agent.events'])('%s is refused, even to a superuser', async (statement) => {
  await openIncident('kept');
  await expect(superuser.query(statement)).rejects.toThrow('append-only');
});

describe('whoever gets past the trigger is found out', () => {
  const edits = fc.oneof(
    fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('swap' as const), at: fc.nat(), and: fc.nat() }),
    fc.record({ kind: fc.constant('text' as const), at: fc.nat(), text: fc.string() }),
    fc.record({ kind: fc.constant('time' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('rewrite' as const), at: fc.nat(), text: fc.string() }),
    fc.record({ kind: fc.constant('append' as const), text: fc.string() }),
  );

  test('an edited, removed, reordered, added or rewritten event breaks the chain', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 6 }), edits, async (texts, edit) => {
        const id = await openIncident(`tampered-${++round}`);
        for (const text of texts) await store.timeline.append(id, answer(text));
        expect(await store.timeline.verify(id)).toBeUndefined();
        const before = await store.timeline.read(id);
        const after = tamper(before, edit);
        fc.pre(canonicalJson(after) !== canonicalJson(before));
        await replaceEvents(id, after);
        expect(await store.timeline.verify(id)).toEqual({ brokenAt: expect.any(Number) });
        await replaceEvents(id, before);
        expect(await store.timeline.verify(id)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('the first broken event is named', async () => {
    const id = await openIncident('named');
    for (const text of ['a', 'b', 'c']) await store.timeline.append(id, answer(text));
    const events = await store.timeline.read(id);
    await replaceEvents(id, tamper(events, { kind: 'text', at: 2, text: 'x' }));
    expect(await store.timeline.verify(id)).toEqual({ brokenAt: 3 });
    await replaceEvents(id, events.slice(0, 3));
    expect(await store.timeline.verify(id)).toEqual({ brokenAt: 4 });
    await replaceEvents(id, events.slice(1));
    expect(await store.timeline.verify(id)).toEqual({ brokenAt: 1 });
  });

  type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never;

  function tamper(events: StoredEvent[], edit: Edit): StoredEvent[] {
    const copy = structuredClone(events);
    const pick = (index: number): StoredEvent => copy[index % copy.length] as StoredEvent;
    switch (edit.kind) {
      case 'remove':
        return copy.filter((_, index) => index !== edit.at % copy.length);
      case 'swap': {
        const [one, two] = [pick(edit.at), pick(edit.and)];
        [one.event, two.event, one.hash, two.hash, one.previousHash, two.previousHash] = [two.event, one.event, two.hash, one.hash, two.previousHash, one.previousHash];
        return copy;
      }
      case 'text':
        pick(edit.at).event = answer(edit.text);
        return copy;
      case 'time':
        pick(edit.at).at = '2020-01-01T00:00:00.000Z';
        return copy;
      case 'rewrite':
        pick(edit.at).event = answer(edit.text);
        return rehash(copy);
      case 'append': {
        const last = copy.at(-1) as StoredEvent;
        return rehash([...copy, { ...last, sequence: last.sequence + 1, event: answer(edit.text) }]);
      }
    }
  }

  /** As a forger would, who knows how hashes are made. */
  function rehash(events: StoredEvent[]): StoredEvent[] {
    let previousHash = '0'.repeat(64);
    for (const event of events) {
      Object.assign(event, { previousHash });
      event.hash = hashEvent(event);
      previousHash = event.hash;
    }
    return events;
  }

  async function replaceEvents(id: string, events: StoredEvent[]): Promise<void> {
    await superuser.query('BEGIN');
    await superuser.query('ALTER TABLE sre_agent.events DISABLE TRIGGER events_append_only');
    await superuser.query('DELETE FROM sre_agent.events WHERE incident_id = $1', [id]);
    for (const { sequence, at, event, previousHash, hash } of events) {
      await superuser.query('INSERT INTO sre_agent.events VALUES ($1, $2, $3, $4, $5, $6)', [id, sequence, at, JSON.stringify(event), previousHash, hash]);
    }
    await superuser.query('ALTER TABLE sre_agent.events ENABLE TRIGGER events_append_only');
    await superuser.query('COMMIT');
  }
});

describe('subscribing', () => {
  test('every process hears of every append and every status, until it stops', async () => {
    const id = await openIncident('heard');
    const heard: string[] = [];
    const failing = await store.timeline.subscribe(() => {
      throw new Error('a listener that fails harms nobody');
    });
    const stop = await store.timeline.subscribe((incident) => void heard.push(incident));
    await store.timeline.append(id, answer('x'));
    await waitFor('the append', () => heard.length === 1);
    await store.incidents.setStatus(id, ['open'], 'investigating');
    await waitFor('the status', () => heard.length === 2);
    expect(heard).toEqual([id, id]);
    await stop();
    await failing();
  });

  test('a restart of PostgreSQL loses nothing, and calls made meanwhile wait for it', async () => {
    const postgres = await startPrivatePostgres();
    await migrate(postgres.url);
    const [mine, theirs] = [await createStore({ url: postgres.url }), await createStore({ url: postgres.url })];
    const heard = new Set<string>();
    const opened = await mine.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'A problem' });
    const stop = await theirs.timeline.subscribe((incident) => void heard.add(incident));
    await postgres.stop();
    const meanwhile = mine.timeline.append(opened.incident.id, answer('while it was away'));
    await postgres.start();
    expect((await meanwhile).sequence).toBe(2);
    await waitFor('the append across the restart', () => heard.has(opened.incident.id));
    const second = await mine.incidents.openOrJoin({ alert: testAlert({ fingerprint: 'later' }), channel: 'C1', title: 'Another' });
    await waitFor('an append after the restart', () => heard.has(second.incident.id));
    expect(await mine.timeline.verify(opened.incident.id)).toBeUndefined();
    await stop();
    await mine.close();
    await theirs.close();
    await postgres.close();
  }, 120_000);
});
