import { describe, expect, test } from 'vitest';
import { acceptedDangers, createPolicy, policySchema } from '../../../src/changes/policy.ts';
import { doubtsAbout } from '../../../src/changes/policy/explain.ts';
import type { Question } from '../../../src/changes/ruling.ts';

const approvers = { users: ['U0ANA', 'U0BEN'] };
const problem = (value: unknown) => policySchema.safeParse(value).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n') ?? '';
const question = (part: Partial<Question> = {}): Question => ({ kind: 'kubectl.scale', target: 'shop', channel: 'C0AAA', risk: 'low', undo: 'automatic', proposedBy: 'rules', isUndo: false, at: new Date('2026-11-22T12:00:00Z'), ...part });
const weekend = { name: 'weekend', days: ['sat', 'sun'], from: '00:00', to: '24:00', time_zone: 'UTC' };
const alone = 'i_accept_that_one_person_can_change_production_alone';
const anyone = 'i_accept_that_anyone_in_slack_can_change_production';
const unasked = 'i_accept_that_changes_run_without_a_person';

describe('refused at start, unless it says that it is meant', () => {
  test.each<[string, Record<string, unknown>, RegExp, string]>([
    ['who asked approves alone', { approvers, two_person_from: 'never', allow_self_approval: true }, /allow_self_approval: with two_person_from: never the person who asked could approve any change to production alone/, alone],
    ['a rule lets who asked approve alone', { approvers, two_person_from: 'never', rules: [{ name: 'fast', requester_may_approve: true }] }, /rules.0.requester_may_approve: with two_person_from/, alone],
    ['anyone', { approvers: { anyone: true } }, /approvers.anyone: anyone: true lets every member/, anyone],
    ['anyone by a rule', { approvers, rules: [{ name: 'all', approvers: { anyone: true } }] }, /rules.0.approvers.anyone/, anyone],
    ['everything of low risk by itself', { approvers, autonomy: 'auto' }, /autonomy: auto lets changes run without a person/, unasked],
    ['every kind by itself', { approvers, rules: [{ name: 'go', autonomy: 'auto', scope: { targets: ['shop'] } }] }, /rules.0.autonomy: rule "go" lets changes run without a person/, unasked],
    ['every target by itself', { approvers, rules: [{ name: 'go', autonomy: 'auto', scope: { kinds: ['kubectl.scale'], targets: ['*'] } }] }, /rules.0.autonomy/, unasked],
  ])('%s', (_name, policy, words, key) => {
    expect(problem(policy)).toMatch(words);
    expect(problem(policy)).toContain(`${key}: true`);
    expect(problem({ ...policy, [key]: true })).toBe('');
    expect(acceptedDangers(policySchema.parse({ ...policy, [key]: true }))).toEqual([key.replace('i_accept_that_', '').replaceAll('_', ' ').replace('slack', 'Slack')]);
    expect(acceptedDangers(policySchema.parse({ approvers }))).toEqual([]);
    expect(problem({ ...policy, [key]: false })).not.toBe('');
  });

  test.each<[string, Record<string, unknown>]>([
    ['two people from high, though who asked is one of them', { approvers, allow_self_approval: true }],
    ['alone where it is not production', { approvers, two_person_from: 'never', not_production: ['staging'], rules: [{ name: 'toys', scope: { targets: ['staging'] }, requester_may_approve: true }, { name: 'more toys', scope: { production: false }, requester_may_approve: true, approvers: { anyone: true } }] }],
    ['alone up to medium risk', { approvers, two_person_from: 'never', rules: [{ name: 'small', scope: { risk: ['low', 'medium'] }, requester_may_approve: true }] }],
    ['two by the same rule', { approvers, two_person_from: 'never', rules: [{ name: 'pair', requester_may_approve: true, approvals: 2 }] }],
    ['by itself, kind by kind and target by target', { approvers, rules: [{ name: 'restarts', autonomy: 'auto', scope: { kinds: ['kubectl.rollout_restart'], targets: ['shop-*'] } }] }],
  ])('allowed: %s', (_name, policy) => {
    expect(problem(policy)).toBe('');
  });
});

describe('what is written wrongly is said with its place', () => {
  test.each<[Record<string, unknown>, RegExp]>([
    [{ rules: [{ name: 'a', scope: { target: ['shop'] } }] }, /rules.0.scope: .*target/],
    [{ rules: [{ scope: {} }] }, /rules.0.name/],
    [{ rules: [{ name: 'a', scope: { kinds: ['kubectl.scael'] } }] }, /rules.0.scope.kinds.0: kubectl.scael is no kind of change; there are .*kubectl.scale/],
    [{ rules: [{ name: 'a', scope: { channels: ['#ops'] } }] }, /rules.0.scope.channels.0: must be a channel id/],
    [{ rules: [{ name: 'a', scope: { risk: ['huge'] } }] }, /rules.0.scope.risk.0/],
    [{ rules: [{ name: 'a', approvals: 4 }] }, /rules.0.approvals/],
    [{ rules: [{ name: 'a', approvals: 3 }] }, /rules.0.approvals: rule "a" asks for 3 people and lists 2/],
    [{ rules: [{ name: 'a', approvers: { users: [] } }] }, /rules.0.approvers: nobody could approve/],
    [{ rules: [{ name: 'a' }, { name: 'a' }] }, /rules.1.name: "a" is there twice/],
    [{ freezes: [{ name: 'a', from: '2026-12-24', to: '2026-12-25' }] }, /freezes.0.from: must be a date and time with its zone/],
    [{ freezes: [{ name: 'a', from: '2026-02-30T00:00:00Z', to: '2026-03-03T00:00:00Z' }] }, /freezes.0.from: must be a date/],
    [{ freezes: [{ name: 'a', from: '2026-12-24T00:00:00Z', to: '2026-12-23T00:00:00Z' }] }, /freezes.0.to: to must be later/],
    [{ freezes: [{ ...weekend, time_zone: 'Mars/Olympus' }] }, /freezes.0.time_zone: must be a time zone/],
    [{ freezes: [{ ...weekend, days: ['saturday'] }] }, /freezes.0.days.0: must be one of sun, mon/],
    [{ freezes: [{ ...weekend, to: '25:00' }] }, /freezes.0.to: must be a time/],
    [{ freezes: [{ ...weekend, to: '00:00' }] }, /freezes.0.to: .*whole day/],
    [{ freezes: [{ ...weekend, break_glass: { approvals: 1 } }] }, /freezes.0.break_glass.approvals: must be 2 or 3/],
    [{ freezes: [{ ...weekend, alow: ['low'] }] }, /freezes.0: .*alow/],
    [{ quiet_hours: [{ ...weekend, effect: 'shout' }] }, /quiet_hours.0.effect/],
  ])('%j', (policy, words) => {
    expect(problem({ approvers, ...policy })).toMatch(words);
  });
});

test('a policy written out: who, how many, until when, and why', () => {
  const { rule, raisesRisk } = createPolicy(policySchema.parse({
    approvers, not_production: ['staging'],
    rules: [
      { name: 'payments owners', scope: { targets: ['pay-*'] }, approvers: { groups: ['S0PAY'] }, approvals: 2, expiry_minutes: 5 },
      { name: 'staging restarts', scope: { production: false, targets: ['staging'], kinds: ['kubectl.rollout_restart'] }, autonomy: 'auto' },
      { name: 'look only', scope: { channels: ['C0LOOK'] }, autonomy: 'advise' },
    ],
    freezes: [{ ...weekend, scope: { production: true }, allow: ['low'], break_glass: { approvals: 3 } }],
    quiet_hours: [{ name: 'nights', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '06:00', time_zone: 'UTC', scope: { kinds: ['postgres.*'] } }],
  }));
  const monday = new Date('2026-11-23T12:00:00Z');
  expect(rule(question({ target: 'pay-eu', at: monday }))).toEqual({ autonomy: 'approve', approvalsNeeded: 2, approvers: { users: [], groups: ['S0PAY'] }, requesterMayApprove: false, expiryMinutes: 5, reasons: ['autonomy approve', '2 people: rule "payments owners"', 'approvers by rule "payments owners"'] });
  expect(rule(question({ target: 'staging', kind: 'kubectl.rollout_restart', at: monday }))).toMatchObject({ autonomy: 'auto', approvalsNeeded: 0, reasons: ['autonomy auto by rule "staging restarts"'] });
  expect(rule(question({ target: 'staging', kind: 'kubectl.rollout_restart', proposedBy: 'claude', at: monday }))).toMatchObject({ autonomy: 'approve', approvalsNeeded: 1, reasons: expect.arrayContaining(['a person decides: no rule proposed it']) });
  expect(rule(question({ channel: 'C0LOOK' }))).toMatchObject({ autonomy: 'advise' });
  expect(rule(question({ risk: 'medium' }))).toMatchObject({ approvalsNeeded: 3, frozen: { name: 'weekend', until: '2026-11-23T00:00:00.000Z', breakGlass: 3 } });
  expect(rule(question({ risk: 'low' })).frozen).toBeUndefined();
  expect(raisesRisk(question({ kind: 'postgres.analyze' as Question['kind'], at: new Date('2026-11-23T23:00:00Z') }))).toEqual(['nights']);
  expect(raisesRisk(question({ at: new Date('2026-11-23T23:00:00Z') }))).toEqual([]);
});

test('what is most likely not meant is said by policy check', () => {
  const doubts = doubtsAbout(policySchema.parse({ approvers: { users: ['U0ANA'] }, rules: [{ name: 'empty' }, { name: 'ours', scope: { channels: ['C0DEV'] }, approvers: { users: ['U0DEV'] } }, { name: 'pinned', scope: { channels: ['C0DEV'], targets: ['staging'] }, approvers: { users: ['U0DEV'] } }], freezes: [{ name: 'old', from: '2025-01-01T00:00:00Z', to: '2025-01-02T00:00:00Z' }] }), new Date('2026-11-22T00:00:00Z'));
  expect(doubts).toHaveLength(4);
  expect(doubts.join('\n')).toMatch(/one person.*\nrule "empty" says nothing.*\nrule "ours" is about channels alone.*\nfreeze "old" is over/s);
});
