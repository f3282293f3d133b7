/** Policies that nobody should have by accident. Each is refused at start, with what it means and how to say that it is meant. */
import type { PolicyRule, PolicySettings } from './schema.ts';

export interface Danger {
  path: (string | number)[];
  message: string;
}

export function dangersOf(policy: PolicySettings): Danger[] {
  return [...nobody(policy), ...tooFew(policy), ...anyone(policy), ...alone(policy), ...unasked(policy), ...repeatedNames(policy)];
}

/** What the policy accepts in so many words, to be said again at every start. */
export function acceptedDangers(policy: PolicySettings): string[] {
  return [
    ...(policy.i_accept_that_one_person_can_change_production_alone ? ['one person can change production alone'] : []),
    ...(policy.i_accept_that_anyone_in_slack_can_change_production ? ['anyone in Slack can change production'] : []),
    ...(policy.i_accept_that_changes_run_without_a_person ? ['changes run without a person'] : []),
  ];
}

function nobody(policy: PolicySettings): Danger[] {
  const runs = [policy.autonomy, ...policy.rules.map((rule) => rule.autonomy)].some((each) => each === 'approve' || each === 'auto');
  const fallback = runs && isEmpty(policy.approvers) ? [{ path: ['approvers'], message: 'nobody could approve a change: list Slack member ids under approvers.users or user group ids under approvers.groups, or set autonomy: advise' }] : [];
  const rules = policy.rules.flatMap(({ approvers, name }, index) => (approvers && isEmpty(approvers) ? [{ path: ['rules', index, 'approvers'], message: `nobody could approve what rule "${name}" is about: list people or groups, or leave approvers out` }] : []));
  return [...fallback, ...rules];
}

/** Only where it can be known: who is in a group is asked at the click. */
function tooFew(policy: PolicySettings): Danger[] {
  return policy.rules.flatMap((rule, index) => {
    const { users, groups, anyone: all } = rule.approvers ?? policy.approvers;
    const people = new Set(users).size;
    if (rule.approvals === undefined || all || groups.length > 0 || people >= rule.approvals) return [];
    return [{ path: ['rules', index, 'approvals'], message: `rule "${rule.name}" asks for ${rule.approvals} people and lists ${people}: add approvers, or ask for fewer` }];
  });
}

function anyone(policy: PolicySettings): Danger[] {
  if (policy.i_accept_that_anyone_in_slack_can_change_production) return [];
  const message = 'anyone: true lets every member of the workspace approve: list people or groups, or, if that is meant, write i_accept_that_anyone_in_slack_can_change_production: true under policy';
  return [
    ...(policy.approvers.anyone ? [{ path: ['approvers', 'anyone'], message }] : []),
    ...policy.rules.flatMap((rule, index) => (rule.approvers?.anyone && reachesProduction(rule, policy) ? [{ path: ['rules', index, 'approvers', 'anyone'], message }] : [])),
  ];
}

/** The same person asks for a high-risk change and approves it, and nobody else looks. */
function alone(policy: PolicySettings): Danger[] {
  if (policy.i_accept_that_one_person_can_change_production_alone || policy.two_person_from !== 'never') return [];
  const message = 'with two_person_from: never the person who asked could approve any change to production alone: set two_person_from: high, or forbid self-approval, or, if that is meant, write i_accept_that_one_person_can_change_production_alone: true under policy';
  return [
    ...(policy.allow_self_approval ? [{ path: ['allow_self_approval'], message }] : []),
    ...policy.rules.flatMap((rule, index) => {
      const twoAnyway = (rule.approvals ?? 1) > 1 || (rule.scope.risk && !rule.scope.risk.includes('high'));
      return rule.requester_may_approve && !twoAnyway && reachesProduction(rule, policy) ? [{ path: ['rules', index, 'requester_may_approve'], message }] : [];
    }),
  ];
}

/** What runs by itself is named, kind by kind and target by target. */
function unasked(policy: PolicySettings): Danger[] {
  if (policy.i_accept_that_changes_run_without_a_person) return [];
  const message = 'lets changes run without a person wherever they are of low risk: put autonomy: auto into a rule whose scope names kinds and targets, or, if that is meant, write i_accept_that_changes_run_without_a_person: true under policy';
  return [
    ...(policy.autonomy === 'auto' ? [{ path: ['autonomy'], message: `auto ${message}` }] : []),
    ...policy.rules.flatMap(({ name, autonomy, scope }, index) => (autonomy === 'auto' && !(namesSome(scope.kinds) && namesSome(scope.targets)) ? [{ path: ['rules', index, 'autonomy'], message: `rule "${name}" ${message}` }] : [])),
  ];
}

function repeatedNames({ rules, freezes, quiet_hours }: PolicySettings): Danger[] {
  return Object.entries({ rules, freezes, quiet_hours }).flatMap(([key, list]) =>
    list.flatMap(({ name }, index) => (list.findIndex((each) => each.name === name) < index ? [{ path: [key, index, 'name'], message: `"${name}" is there twice: messages name it, so give each its own name` }] : [])),
  );
}

function isEmpty({ users, groups, anyone: all }: PolicySettings['approvers']): boolean {
  return !all && users.length + groups.length === 0;
}

function reachesProduction({ scope }: PolicyRule, { not_production }: PolicySettings): boolean {
  return scope.production !== false && !scope.targets?.every((name) => not_production.includes(name));
}

function namesSome(globs: readonly string[] | undefined): boolean {
  return globs !== undefined && globs.every((glob) => /[a-z0-9]/i.test(glob));
}
