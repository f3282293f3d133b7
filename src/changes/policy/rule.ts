/**
 * The decision: every rule that matches applies, and where several answer, the strictest answer counts. Rules never lower
 * the number of people, and what is written here below stands above every rule.
 */
import { autonomies } from '../ruling.ts';
import type { Autonomy, Question, Ruling } from '../ruling.ts';
import { frozenAt, quietAt } from './freeze.ts';
import { mismatch, riskLevels } from './scope.ts';
import type { PolicyRule, PolicySettings } from './schema.ts';

export const mostPeople = 3;

export function ruleOn(settings: PolicySettings, question: Question): Ruling {
  const production = isProduction(settings, question.target);
  const matching = settings.rules.filter(({ scope }) => mismatch(scope, question, production) === undefined);
  const frozen = frozenAt(settings.freezes, question, production);
  const autonomy = autonomyOf(settings, matching, question);
  const needed = peopleOf(settings, matching, question, production);
  const held = autonomy.value === 'auto' ? heldBack(question, frozen !== undefined, needed.irreversible) : undefined;
  const mode = held === undefined ? autonomy.value : 'approve';
  const naming = matching.find(({ approvers }) => approvers);
  const requester = matching.flatMap(({ requester_may_approve }) => requester_may_approve ?? []);
  return {
    autonomy: mode,
    approvalsNeeded: mode === 'auto' ? 0 : Math.max(needed.count, frozen?.breakGlass ?? 0),
    approvers: naming?.approvers ?? settings.approvers,
    requesterMayApprove: requester.length > 0 ? requester.every(Boolean) : settings.allow_self_approval,
    expiryMinutes: Math.min(...orElse(matching.flatMap(({ expiry_minutes }) => expiry_minutes ?? []), settings.expiry_minutes)),
    ...(frozen && { frozen }),
    reasons: [
      autonomy.reason,
      ...(held === undefined ? [] : [held]),
      ...(mode === 'approve' ? needed.reasons : []),
      ...(frozen?.breakGlass !== undefined && frozen.breakGlass > needed.count ? [`${frozen.breakGlass} people: it is frozen`] : []),
      ...(naming ? [`approvers by rule "${naming.name}"`] : []),
      ...(frozen ? [frozenWords(frozen)] : []),
    ],
  };
}

export function isProduction({ not_production }: PolicySettings, target: string | undefined): boolean {
  return target === undefined || !not_production.includes(target);
}

export function frozenWords({ name, until, breakGlass }: NonNullable<Ruling['frozen']>): string {
  const way = breakGlass === undefined ? 'an undo still runs' : `${breakGlass} approvers with a reason, or an undo, still run`;
  return `frozen: ${name}, until ${until.slice(0, 16).replace('T', ' ')} UTC; ${way}`;
}

function autonomyOf(settings: PolicySettings, matching: readonly PolicyRule[], { isUndo }: Question): { value: Autonomy; reason: string } {
  const saying = matching.filter((rule) => rule.autonomy !== undefined);
  const strictest = saying.reduce<PolicyRule | undefined>((least, rule) => (least === undefined || rank(rule.autonomy) < rank(least.autonomy) ? rule : least), undefined);
  const value = strictest?.autonomy ?? settings.autonomy;
  const reason = strictest ? `autonomy ${value} by rule "${strictest.name}"` : `autonomy ${value}`;
  return isUndo && value === 'auto' ? { value: 'approve', reason: `${reason}, and an undo that somebody asks for is approved like any change` } : { value, reason };
}

function rank(autonomy: Autonomy | undefined): number {
  return autonomies.indexOf(autonomy ?? 'auto');
}

function peopleOf(settings: PolicySettings, matching: readonly PolicyRule[], question: Question, production: boolean): { count: number; reasons: string[]; irreversible: boolean } {
  const irreversible = question.undo === 'impossible' && !question.isUndo;
  const demands = [
    ...(question.isUndo ? [] : [{ count: riskLevels.indexOf(question.risk) >= [...riskLevels, 'never'].indexOf(settings.two_person_from) ? 2 : 1, reason: `${question.risk} risk (two_person_from: ${settings.two_person_from})` }]),
    ...matching.flatMap(({ name, approvals }) => (approvals === undefined ? [] : [{ count: approvals, reason: `rule "${name}"` }])),
    ...(irreversible ? [{ count: 2, reason: 'it can not be undone' }] : []),
  ];
  const base = Math.max(1, ...demands.map(({ count }) => count));
  const reasons = base > 1 ? demands.filter(({ count }) => count === base).map(({ reason }) => `${base} people: ${reason}`) : [question.isUndo ? 'one person: it is an undo' : 'one person'];
  const quiet = quietAt(settings, 'one_more_approver', question, production);
  return { count: Math.min(mostPeople, base + (quiet.length > 0 ? 1 : 0)), reasons: [...reasons, ...quiet.map(({ name }) => `one more person: quiet hours "${name}"`)], irreversible };
}

/** Why a person decides although the policy would let it run by itself. */
function heldBack({ risk, proposedBy, triedBefore, undo }: Question, frozen: boolean, irreversible: boolean): string | undefined {
  const why = irreversible || undo === 'impossible' ? 'it can not be undone' : risk !== 'low' ? `its risk is ${risk}` : proposedBy !== 'rules' ? 'no rule proposed it' : triedBefore ? 'it was tried before, or did not last' : frozen ? 'there is a freeze' : undefined;
  return why === undefined ? undefined : `a person decides: ${why}`;
}

function orElse<T>(list: readonly T[], otherwise: T): readonly T[] {
  return list.length > 0 ? list : [otherwise];
}
