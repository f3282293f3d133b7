/** What one bad look proves: nothing. What lasts still counts. docs/decisions/2026-11-22-two-looks.md */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action } from '../../src/changes/action.ts';
import type { Observation } from '../../src/changes/executor.ts';
import type { Baseline, Problem } from '../../src/changes/steps/compare.ts';
import { bothLooks, compare } from '../../src/changes/steps/compare.ts';
import { concernedServices } from '../../src/changes/steps/concerned.ts';
import { trackDoubts } from '../../src/changes/steps/doubts.ts';
import { tellingNumbers } from '../../src/changes/steps/numbers.ts';
import { service, targets } from '../rules/readings-support.ts';
import { numbersOf } from '../../src/rules/numbers.ts';
import type { Bench } from './bench.ts';
import { finding, openBench } from './bench.ts';

const seen: Observation = { keys: [finding], unread: [] };
const clear: Observation = { keys: [], unread: [] };
const slow: Observation = { keys: ['checks-slow@service/cart'], unread: [] };
const blind: Observation = { keys: [], unread: ['database shop: timeout'] };

let clock = 0;
let bench: Bench;
/** A clock of its own, so that the deadline falls where the test wants it: every look and wait takes 400 ms. */
async function open(settings: Record<string, unknown>): Promise<Bench> {
  clock = Date.now();
  return openBench({ soak_seconds: 0, verification_deadline_seconds: 1, ...settings }, { now: () => new Date(clock), sleep: () => { clock += 400; return Promise.resolve(); } });
}
beforeEach(async () => { bench = await open({}); });
afterEach(() => bench.close());

async function run(observations: (Observation | Error)[], from = bench) {
  from.steer.observations = observations;
  const change = await from.approved();
  await from.executor.execute(change.id, from.signal);
  return { state: (await from.get(change.id)).state, last: (await from.events(change)).at(-1), change };
}

test.each<[string, (Observation | Error)[]]>([
  ['a new finding', [seen, seen, seen, seen, slow, clear]],
  ['an unreadable target', [seen, seen, seen, seen, blind, clear]],
  ['rules that fail', [seen, seen, seen, seen, new Error('timeout'), clear]],
  ['a new finding, then an unreadable target', [seen, seen, seen, seen, slow, blind, clear]],
])('%s in one look at the very deadline does not undo a change that helped', async (_name, observations) => {
  expect(await run(observations)).toMatchObject({ state: 'done' });
});

test('one doubtful look within the soak does not begin it anew', async () => {
  const soaking = await open({ soak_seconds: 2, verification_deadline_seconds: 1 });
  // Begun anew, the soak could not end before the last moment.
  expect(await run([seen, clear, clear, slow, clear, clear, blind, clear], soaking)).toMatchObject({ state: 'done' });
  expect((await soaking.types((await soaking.store.changes.inState(['done']))[0]!)).filter((type) => type === 'change.undoing')).toEqual([]);
  await soaking.close();
});

test.each<[string, Observation | Error, string]>([
  ['a new finding', slow, 'new: checks slow on service cart'],
  ['an unreadable target', blind, "no data: database shop can't be read any more"],
  ['no answer at all', new Error('timeout'), 'no data: the systems could not be read'],
])('%s that lasts undoes it', async (_name, observation, reason) => {
  bench.steer.undo = () => { bench.steer.observations = [seen]; };
  expect(await run([seen, observation])).toMatchObject({ state: 'undone', last: { type: 'change.undone', reason } });
});

test('what is new in every other look is no noise', async () => {
  bench.steer.undo = () => { bench.steer.observations = [seen]; };
  const soaking = await open({ soak_seconds: 4, verification_deadline_seconds: 1 });
  soaking.steer.undo = () => { soaking.steer.observations = [seen]; };
  const flapping = Array.from({ length: 20 }, () => [clear, slow]).flat();
  expect(await run([seen, ...flapping], soaking)).toMatchObject({ state: 'undone' });
  await soaking.close();
});

test('an undo after which more is wrong than before the change is for a person', async () => {
  expect(await run([seen, slow])).toMatchObject({ state: 'failed', last: { reason: expect.stringMatching(/^new: checks slow on service cart\. The undo ran, but new: checks slow on service cart\. A person must look\.$/) as string } });
});

test('numbers before and after are in the event, and those of what was changed come along', async () => {
  const number = (value: number) => [{ name: 'checkout pay p95', value, unit: 'ms' }, { name: 'cart list p95', value: 31, unit: 'ms' }];
  const { last } = await run([{ ...seen, numbers: number(1240) }, { ...clear, numbers: number(85) }]);
  expect(last).toMatchObject({ type: 'change.verified', numbers: { before: [{ name: 'checkout pay p95', value: 1240, unit: 'ms' }], after: [{ name: 'checkout pay p95', value: 85, unit: 'ms' }] } });
});

test('what a run cannot be made lasting for is undone', async () => {
  const kind = bench.kind();
  kind.confirm = () => Promise.reject(new Error('the host did not answer'));
  bench.steer.undo = () => { bench.steer.observations = [seen]; };
  expect(await run([seen, clear])).toMatchObject({ state: 'undone', last: { reason: 'it helped, but could not be made lasting: the host did not answer' } });
});

const baseline = (parts: Partial<Baseline> = {}): Baseline => ({ keys: [], unread: [], expected: [], concerned: new Set(['checkout']), ...parts });

test('two looks before: findings of either are known, and only what neither could read was unread', () => {
  expect(bothLooks({ keys: ['a@service/x'], unread: ['database shop: timeout', 'host y: timeout'], lateness: { x: 0.4, y: 2 } }, { keys: ['b@service/x'], unread: ['database shop: refused'], lateness: { x: 0.9 } }))
    .toEqual({ keys: ['a@service/x', 'b@service/x'], unread: ['database shop: refused'], lateness: { x: 0.9, y: 2 } });
});

test.each([
  ['nearly as slow before', { cart: 1.3 }, 1.6, 0],
  ['far from it before', { cart: 0.4 }, 1.6, 1],
  ['much slower than before', { cart: 0.8 }, 1.7, 1],
  ['concerned by the change', { cart: 1.3 }, 1.6, 1, new Set(['cart'])],
  ['nobody knows whether concerned', { cart: 1.3 }, 1.6, 1, undefined],
  ['not measured before', {}, 1.6, 1],
])('a service that is newly slow: %s', (_name, lateness, now, problems, concerned: Set<string> | undefined = _name.startsWith('nobody') ? undefined : new Set(['checkout'])) => {
  expect(compare([], baseline({ lateness, concerned }), { ...slow, lateness: { cart: now } })).toHaveLength(problems);
});

test('what a change that is taken back had removed is no news', () => {
  expect(compare([], baseline({ expected: ['checks-slow@service/cart'] }), slow)).toEqual([]);
});

test('doubts: two in a row, or half of all looks; what is unreadable must last', () => {
  const problem = (kind: Problem['kind']): Problem[] => [{ id: 'a', kind, text: 'a' }];
  const weigh = trackDoubts(1000);
  expect([weigh(problem('new'), 0), weigh([], 1), weigh(problem('new'), 2), weigh([], 3), weigh(problem('new'), 4)].map((firm) => firm.length)).toEqual([0, 0, 0, 0, 1]);
  const others = trackDoubts(1000);
  expect([others(problem('unread'), 0), others(problem('unread'), 500), others(problem('unread'), 1000), others([], 1100), others(problem('unread'), 5000)].map((firm) => firm.length)).toEqual([0, 0, 1, 0, 0]);
});

test('a change concerns what it touches, what uses that, and what calls those; a node concerns everything', () => {
  const { services } = targets([{ name: 'orders', databases: ['shop'] }, { name: 'checkout', dependsOn: ['orders'] }, { name: 'front', dependsOn: ['checkout'] }, { name: 'mail' }]);
  const index: Action = { kind: 'postgres.create_index', target: 'shop', schema: 'public', table: 'orders', columns: ['a'] };
  expect([...(concernedServices({ action: index, findingKeys: [] }, { services }) ?? [])].sort()).toEqual(['checkout', 'front', 'orders']);
  expect(concernedServices({ action: { kind: 'kubectl.cordon', target: 'production', name: 'node1' }, findingKeys: [] }, { services })).toBeUndefined();
});

test('numbers of readings, and which of them tell', () => {
  const numbers = numbersOf({ services: [service('api'), service('cart')], databases: [], hosts: [] });
  expect(numbers).toContainEqual({ name: 'api list p95', value: 20, unit: 'ms' });
  expect(numbers).toContainEqual({ name: 'cart list errors', value: 0, unit: '%' });
  const action = { kind: 'http.operation', operation: 'restart', parameters: { service: 'api' } } as const;
  const later = numbers.map((one) => (one.name === 'cart list p95' ? { ...one, value: 900 } : one));
  expect(tellingNumbers({ action, findingKeys: [] }, { ...clear, numbers }, { ...clear, numbers: later })?.after.map(({ name }) => name)).toEqual(['cart list p95', 'api list p50', 'api list p95', 'api list errors']);
});

test.each([
  ['failed before and is slow now: better', 'checks-failing@service/cart', 'checks-slow@service/cart', false],
  ['failed now and then and is slow now: better', 'checks-flaky@service/cart', 'checks-slow@service/cart', false],
  ['was slow and fails now: worse', 'checks-slow@service/cart', 'checks-failing@service/cart', true],
  ['another service failed before', 'checks-failing@service/checkout', 'checks-slow@service/cart', true],
])('a service that %s', (_name, before, after, counts) => {
  const baseline: Baseline = { keys: [before], unread: [], expected: [], concerned: undefined };
  expect(compare([], baseline, { keys: [after], unread: [] }).map(({ id }) => id)).toEqual(counts ? [after] : []);
});
