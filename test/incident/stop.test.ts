/** `/sre stop` and `/sre resume`: while everything is stopped nothing begins; an approver lifts it, and it goes on. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDesk } from '../../src/incident/create-desk.ts';
import { createResume } from '../../src/incident/resume.ts';
import { investigate } from '../../src/incident/pipeline.ts';
import { throwIfStopped } from '../../src/incident/stopped.ts';
import { StoppedError } from '../../src/incident/stopped-error.ts';
import { answerQuestion } from '../../src/incident/answer.ts';
import type { Logger } from '../../src/telemetry/log.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import type { QueueBackend } from '../../src/queue/queue.ts';
import type { Bench } from '../changes/bench.ts';
import { ana, openBench, person } from '../changes/bench.ts';
import { noOffers } from '../support/desk.ts';
import { testAlert, testDraft } from '../support/store.ts';

let bench: Bench;
let queued: string[];
beforeEach(async () => {
  bench = await openBench();
  queued = [];
});
afterEach(() => bench.close());

function desk() {
  const queue = { add: async (_name: string, id: string) => void (queued.includes(id) || queued.push(id)) } as unknown as QueueBackend;
  const resume = createResume({ store: bench.store, queue, policy: bench.policy, directory: bench.directory });
  return createDesk({ ...noOffers, store: bench.store, queue, resume, decide: () => Promise.reject(new Error('not used')) });
}
const anybody = person('UANYBODY');
const open = async (fingerprint: string) => (await desk().open(testAlert({ fingerprint }), { channel: 'C1' })).incident.id;
const status = async (id: string) => (await bench.store.incidents.get(id))?.status;

test('the stop of everything: nothing that waits begins, and each change says where it stands', async () => {
  const approved = await bench.approved();
  const { id: draft } = await bench.store.changes.draft(approved.incidentId, testDraft(), 'database/shop');
  const views = await desk().stop('all', anybody);
  expect(views.map(({ id, status: now }) => [id, now])).toEqual([[approved.incidentId, 'stopped']]);
  expect(views[0]?.changes.map(({ state }) => state)).toEqual(['superseded', 'superseded']);
  expect((await bench.get(draft)).state).toBe('superseded');
  expect(await bench.store.halt.current()).toMatchObject({ by: anybody });

  const later = await open('later');
  await expect(throwIfStopped(bench.store, later)).rejects.toThrow(StoppedError);
  const begun: string[] = [];
  await investigate({ incidentId: later, investigation: `${later}-1` }, { store: bench.store, queue: {} as QueueBackend, log: silentLogger, rules: {} as never, createInvestigation: async (id) => { begun.push(id); throw new Error('begun'); } }, bench.signal);
  expect(begun).toEqual([]);
  expect(await status(later)).toBe('open');
});

test('what was drafted or approved meanwhile waits, and goes on afterwards', async () => {
  await bench.store.halt.set(ana);
  const { incident } = await bench.store.incidents.openOrJoin({ alert: testAlert(), channel: 'C1', title: 'Slow' });
  const { id } = await bench.store.changes.draft(incident.id, testDraft({ action: { kind: 'http.operation', operation: 'restart', parameters: {} } }), 'service/checkout');
  await bench.executor.preview(id);
  await bench.executor.sweep();
  expect((await bench.get(id)).state).toBe('drafted');
  expect(bench.steer.calls).toEqual([]);
  await bench.store.halt.lift();
  await bench.executor.preview(id);
  await bench.store.halt.set(ana);
  expect(await bench.decide(await bench.get(id), ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Everything is stopped/) as string });
  await bench.store.halt.lift();
  await bench.decide(await bench.get(id), ana);
  await bench.store.halt.set(ana);
  await bench.executor.execute(id, bench.signal);
  bench.queued.length = 0;
  await bench.executor.sweep();
  expect([(await bench.get(id)).state, bench.queued]).toEqual(['approved', []]);
  await bench.store.halt.lift();
  await bench.executor.execute(id, bench.signal);
  expect((await bench.get(id)).state).toBe('done');
});

test('a stop of everything between claim and command: nothing ran', async () => {
  const change = await bench.approved();
  bench.steer.prepare = async () => void (await bench.store.halt.set(ana));
  await bench.executor.execute(change.id, bench.signal);
  expect(bench.steer.calls).not.toContain('execute');
  expect((await bench.get(change.id)).state).toBe('superseded');
});

test('questions are answered without a model: everything is stopped', async () => {
  const id = await open('asked');
  await desk().ask({ incidentId: id, by: ana, text: 'why?', messageTs: '1.2' });
  await bench.store.halt.set(ana);
  const never = { answer: () => Promise.reject(new Error('asked')) };
  await answerQuestion({ incidentId: id, messageTs: '1.2' }, { store: bench.store, rules: never, claude: never, log: silentLogger }, bench.signal);
  expect((await bench.store.timeline.read(id)).at(-1)?.event).toMatchObject({ type: 'question.answered', text: expect.stringMatching(/Everything is stopped/) as string });
});

test('only an approver resumes, one incident or all', async () => {
  const [first, second] = [await open('first'), await open('second')];
  await desk().stop(first, anybody);
  expect(await desk().resume(first, anybody)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/not an approver/) as string });
  bench.people[ana.userId] = 'bot';
  expect(await desk().resume(first, ana)).toMatchObject({ outcome: 'refused' });
  bench.people[ana.userId] = 'member';
  expect(await desk().resume('all', ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Not everything is stopped/) as string });
  expect(await desk().resume(second, ana)).toMatchObject({ outcome: 'refused', reason: `${second} is not stopped.` });
  queued = [];
  expect(await desk().resume(first, ana)).toEqual({ outcome: 'resumed', incidents: [first] });
  expect([await status(first), queued.length]).toEqual(['open', 1]);
  expect((await bench.store.timeline.read(first)).at(-1)?.event).toEqual({ type: 'incident.resumed', by: ana });
});

test('lifting the stop of everything takes up what it had stopped and what came meanwhile, not what was stopped before', async () => {
  const [before, during] = [await open('before'), await open('during')];
  await desk().stop(before, anybody);
  await desk().stop('all', anybody);
  const after = await open('after');
  expect(await desk().resume(during, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Everything is stopped/) as string });
  queued = [];
  expect(await desk().resume('all', ana)).toEqual({ outcome: 'resumed', incidents: [during] });
  expect(await Promise.all([before, during, after].map(status))).toEqual(['stopped', 'open', 'open']);
  expect(queued.map((id) => id.replace(/-after-\d+$/, '')).sort()).toEqual([after, during].map((id) => `investigate-${id}-1`).sort());
  expect(await bench.store.halt.current()).toBeUndefined();
});

test('who stops, who lifts a stop and who may not is in the log, also where no incident is left to say it', async () => {
  const said: unknown[] = [];
  const log = { warn: (fields: unknown, words?: unknown) => void said.push([words, fields]) } as Pick<Logger, 'warn'>;
  const queue = { add: () => Promise.resolve() } as unknown as QueueBackend;
  const resume = createResume({ store: bench.store, queue, policy: bench.policy, directory: bench.directory, log });
  const { stop } = createDesk({ ...noOffers, store: bench.store, queue, resume, decide: () => Promise.reject(new Error('not used')), log });
  await stop('all', anybody);
  await resume('all', anybody);
  await resume('all', ana);
  expect(said).toEqual([
    ['stopped', { what: 'all', by: anybody }],
    ['a stop was not lifted', { what: 'all', by: anybody, reason: expect.stringMatching(/not an approver/) as string }],
    ['a stop is lifted', { what: 'all', by: ana }],
  ]);
});

test('an alert that opened another incident meanwhile: the stopped one stays', async () => {
  const id = await open('same');
  await desk().stop(id, anybody);
  const other = await open('same');
  expect(other).not.toBe(id);
  expect(await desk().resume(id, ana)).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/Another incident is open/) as string });
  expect(await status(id)).toBe('stopped');
});
