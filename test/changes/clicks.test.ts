/** Any people clicking anything in any order, with their standing changing meanwhile: what gets approved and what never does. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActorProfile } from '../../src/incident/desk.ts';
import type { Actor } from '../../src/incident/types.ts';
import type { Bench } from './bench.ts';
import { ana, ben, openBench, person, requester } from './bench.ts';

const cara = person('UCARA');
const outsider = person('UOUTSIDER');
const everybody = [ana, ben, cara, outsider, requester];
/** The policy lists ana and the group; the group holds these at first. */
const listed = [ana.userId];

type Step =
  | { do: 'approve' | 'reject'; who: Actor; digest: 'shown' | 'other' | 'altered' }
  | { do: 'become'; who: Actor; kind: ActorProfile['kind'] }
  | { do: 'group'; members: string[] }
  | { do: 'silence'; on: boolean };

const who = fc.constantFrom(...everybody);
const digest = fc.constantFrom('shown' as const, 'shown' as const, 'other' as const, 'altered' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('approve' as const), who, digest }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reject' as const), who, digest }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('become' as const), who, kind: fc.constantFrom('member' as const, 'guest' as const, 'bot' as const, 'stranger' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('group' as const), members: fc.subarray([ben.userId, cara.userId, requester.userId]) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence' as const), on: fc.boolean() }) },
);

let bench: Bench;
let other: string;
beforeAll(async () => {
  bench = await openBench({ two_person_from: 'low' });
  ({ digest: other } = await bench.proposed({}, { fingerprint: 'another' }));
});
afterAll(() => bench.close());

/** Who counts, worked out from the words of the rules and nothing else. */
function createModel() {
  let group = [ben.userId, cara.userId];
  let silent = false;
  const kinds = new Map<string, string>();
  const approved = new Set<string>();
  let state: 'proposed' | 'approved' | 'rejected' = 'proposed';
  const member = ({ userId }: Actor) => (kinds.get(userId) ?? 'member') === 'member';
  const approver = ({ userId }: Actor) => listed.includes(userId) || (!silent && group.includes(userId));
  const mayApprove = (actor: Actor) => member(actor) && approver(actor) && actor.userId !== requester.userId;
  return {
    apply(each: Step): void {
      if (each.do === 'become') kinds.set(each.who.userId, each.kind);
      else if (each.do === 'group') group = each.members;
      else if (each.do === 'silence') silent = each.on;
      else if (each.digest !== 'shown') return;
      else if (each.do === 'reject') {
        if ((state === 'proposed' || state === 'approved') && member(each.who) && (approver(each.who) || each.who.userId === requester.userId)) state = 'rejected';
      } else if (state === 'proposed' && mayApprove(each.who)) {
        approved.add(each.who.userId);
        if (everybody.filter((actor) => approved.has(actor.userId) && mayApprove(actor)).length >= 2) state = 'approved';
      }
    },
    state: () => state,
  };
}

async function apply(each: Step, change: Awaited<ReturnType<Bench['proposed']>>): Promise<void> {
  if (each.do === 'become') bench.people[each.who.userId] = each.kind;
  else if (each.do === 'group') bench.group.members = each.members;
  else if (each.do === 'silence') {
    if (each.on) bench.group.error = new Error('ratelimited');
    else delete bench.group.error;
  } else {
    const shown = { shown: change.digest, other, altered: `${change.digest.startsWith('0') ? '1' : '0'}${change.digest.slice(1)}` }[each.digest];
    await bench.decide({ ...change, digest: shown }, each.who, each.do, 'because');
  }
}

test('two different people who may, by the digest they saw, and nobody else, make it run', { timeout: 120_000 }, async () => {
  let round = 0;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      round += 1;
      for (const { userId } of everybody) delete bench.people[userId];
      bench.group.members = [ben.userId, cara.userId];
      delete bench.group.error;
      const change = await bench.proposed({}, { fingerprint: `clicks-${round}` });
      const model = createModel();
      for (const each of steps) {
        await apply(each, change);
        model.apply(each);
        expect((await bench.get(change.id)).state).toBe(model.state());
      }
      seen.add(model.state());
      const counted = (await bench.store.approvals.list(change.id)).filter(({ decision }) => decision === 'approve');
      expect(counted.every((one) => one.digest === change.digest && one.by.userId !== outsider.userId && one.by.userId !== requester.userId)).toBe(true);
      // Every click, whatever came of it, is in the timeline.
      const clicks = (await bench.types(change)).filter((type) => ['click.refused', 'change.approved', 'change.rejected'].includes(type));
      expect(clicks).toHaveLength(steps.filter((each) => each.do === 'approve' || each.do === 'reject').length);
    }),
    { numRuns: 60 },
  );
  expect([...seen].sort()).toEqual(['approved', 'proposed', 'rejected']);
});
