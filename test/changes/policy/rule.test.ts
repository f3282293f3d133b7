import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionSchema } from '../../../src/changes/action.ts';
import { policySchema } from '../../../src/changes/policy.ts';
import { globMatches } from '../../../src/changes/policy/scope.ts';
import { ruleOn } from '../../../src/changes/policy/rule.ts';
import type { Question } from '../../../src/changes/ruling.ts';
import { autonomies } from '../../../src/changes/ruling.ts';

const kinds = actionSchema.options.map((option) => option.shape.kind.value);
const targets = ['shop', 'orders', 'staging', 'pay-eu'];
const channels = ['C0AAA', 'C0BBB'];
const risks = ['low', 'medium', 'high'] as const;
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const some = <T>(of: readonly T[]) => fc.subarray([...of], { minLength: 1 });

const question: fc.Arbitrary<Question> = fc.record({
  kind: fc.constantFrom(...kinds), target: optional(fc.constantFrom(...targets)), channel: fc.constantFrom(...channels), risk: fc.constantFrom(...risks), undo: fc.constantFrom('automatic', 'not_needed', 'impossible'),
  proposedBy: fc.constantFrom('rules', 'claude', 'person'), isUndo: fc.boolean(), triedBefore: fc.boolean(), at: fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
});
const approvers = fc.oneof(fc.record({ users: some(['U0ANA', 'U0BEN']) }), fc.record({ groups: some(['S0SRE', 'S0DBA']) }), fc.constant({ anyone: true }));
const scope = { channels: optional(some(channels)), targets: optional(some([...targets, 'pay-*', '*'])), kinds: optional(some(['kubectl.*', 'postgres.*', '*', 'helm.rollback', 'change.undo'])), production: optional(fc.boolean()) };
const rule = fc.record({ scope: fc.record({ ...scope, risk: optional(some(risks)) }), autonomy: optional(fc.constantFrom(...autonomies)), approvers: optional(approvers), approvals: optional(fc.integer({ min: 1, max: 2 })), requester_may_approve: optional(fc.boolean()), expiry_minutes: optional(fc.integer({ min: 1, max: 60 })) });
const freeze = fc.record({ scope: fc.record(scope), allow: fc.subarray([...risks]), break_glass: optional(fc.record({ approvals: fc.integer({ min: 2, max: 3 }) })), days: fc.constant(['fri', 'sat', 'sun']), from: fc.constant('16:00'), to: fc.constant('08:00'), time_zone: fc.constant('Europe/Berlin') });
const quiet = fc.record({ scope: fc.record(scope), effect: fc.constantFrom('raise_risk', 'one_more_approver'), days: fc.constant(['mon', 'tue', 'wed', 'thu', 'fri']), from: fc.constant('20:00'), to: fc.constant('08:00'), time_zone: fc.constant('America/New_York') });
const named = <T extends object>(list: readonly T[]) => list.map((each, index) => ({ name: `number ${index}`, ...each }));
const accepted = { i_accept_that_one_person_can_change_production_alone: true, i_accept_that_anyone_in_slack_can_change_production: true, i_accept_that_changes_run_without_a_person: true };
const file = fc.record({
  autonomy: fc.constantFrom(...autonomies), approvers, two_person_from: fc.constantFrom('low', 'medium', 'high', 'never'), allow_self_approval: fc.boolean(), not_production: fc.subarray(['staging']),
  rules: fc.array(rule, { maxLength: 4 }).map(named), freezes: fc.array(freeze, { maxLength: 2 }).map(named), quiet_hours: fc.array(quiet, { maxLength: 2 }).map(named),
});
const settingsOf = (written: object) => {
  const parsed = policySchema.safeParse(JSON.parse(JSON.stringify(written)));
  fc.pre(parsed.success);
  return parsed.success ? parsed.data : undefined as never;
};
const settings = file.map((written) => settingsOf({ ...written, ...accepted, rules: written.rules.filter(({ approvals, approvers: own }) => approvals !== 2 || !own || !('users' in own) || own.users.length > 1).filter(({ approvals }) => approvals !== 2 || !('users' in written.approvers) || written.approvers.users.length > 1) }));

describe('whatever the policy says', () => {
  test('nobody is asked only where it is low risk, can be undone, a rule proposed it, it did not run before and nothing is frozen', () => {
    fc.assert(
      fc.property(settings, question, (policy, asked) => {
        const ruling = ruleOn(policy, asked);
        expect(ruling.approvalsNeeded === 0).toBe(ruling.autonomy === 'auto');
        if (ruling.autonomy !== 'auto') return;
        expect(asked).toMatchObject({ risk: 'low', proposedBy: 'rules', isUndo: false, triedBefore: false });
        expect(asked.undo).not.toBe('impossible');
        expect(ruling.frozen).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('what can not be undone needs two people', () => {
    fc.assert(
      fc.property(settings, question, (policy, asked) => {
        const ruling = ruleOn(policy, { ...asked, undo: 'impossible', isUndo: false });
        expect(ruling.approvalsNeeded).toBeGreaterThanOrEqual(2);
        expect(ruling.autonomy).not.toBe('auto');
      }),
    );
  });

  test('a rule more never asks fewer people, unless it lets it run by itself', () => {
    fc.assert(
      fc.property(settings, rule, question, (policy, added, asked) => {
        const more = { ...policy, rules: [...policy.rules, ...settingsOf({ approvers: { users: ['U0ANA', 'U0BEN'] }, ...accepted, rules: named([added]) }).rules] };
        const [before, after] = [ruleOn(policy, asked), ruleOn(more, asked)];
        fc.pre(after.autonomy !== 'auto');
        expect(after.approvalsNeeded).toBeGreaterThanOrEqual(before.approvalsNeeded);
      }),
      { numRuns: 150 },
    );
  });

  test('the order of the rules decides on nothing but whose approvers count', () => {
    fc.assert(
      fc.property(settings, question, (policy, asked) => {
        const { approvers: _first, reasons: _why, ...forwards } = ruleOn(policy, asked);
        const { approvers: _last, reasons: _because, ...backwards } = ruleOn({ ...policy, rules: [...policy.rules].reverse() }, asked);
        expect(backwards).toEqual(forwards);
      }),
    );
  });

  test('an undo is never frozen and needs one person, unless rules say more', () => {
    fc.assert(
      fc.property(settings, question, (policy, asked) => {
        const undo = { ...asked, isUndo: true };
        expect(ruleOn(policy, undo).frozen).toBeUndefined();
        expect(ruleOn({ ...policy, rules: [] }, undo)).toMatchObject({ approvalsNeeded: 1, approvers: policy.approvers });
      }),
    );
  });

  test('a freeze lets through what it allows, and else nothing under two people', () => {
    fc.assert(
      fc.property(settings, question, (policy, asked) => {
        const { frozen, approvalsNeeded } = ruleOn(policy, asked);
        fc.pre(frozen !== undefined);
        if (!frozen) return;
        expect(Date.parse(frozen.until)).toBeGreaterThan(asked.at.getTime());
        expect(approvalsNeeded).toBeGreaterThanOrEqual(frozen.breakGlass ?? 1);
        expect(policy.freezes.some(({ allow }) => !allow.includes(asked.risk))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

test('without saying so in so many words, no policy lets who asked, or anybody, change production at high risk alone', () => {
  let looked = 0;
  fc.assert(
    fc.property(file, question, (written, asked) => {
      const parsed = policySchema.safeParse(JSON.parse(JSON.stringify(written)));
      fc.pre(parsed.success);
      if (!parsed.success) return;
      looked += 1;
      const ruling = ruleOn(parsed.data, { ...asked, risk: 'high', target: 'shop', isUndo: false });
      fc.pre(ruling.autonomy === 'approve' || ruling.autonomy === 'auto');
      expect({ alone: ruling.approvalsNeeded < 2 && ruling.requesterMayApprove, anyone: ruling.approvers.anyone }).toEqual({ alone: false, anyone: undefined });
      expect(ruling.approvers.users.length + ruling.approvers.groups.length).toBeGreaterThan(0);
    }),
    { numRuns: 250 },
  );
  expect(looked).toBeGreaterThan(50);
});

test('a * stands for any characters, and nothing else is special', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '.', '-', '*'), { maxLength: 8 }).map((parts) => parts.join('')), fc.array(fc.constantFrom('a', 'b', '.', '-'), { maxLength: 8 }).map((parts) => parts.join('')), (glob, text) => {
      const expected = new RegExp(`^${glob.replace(/[.-]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);
      expect(globMatches(glob, text)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});
