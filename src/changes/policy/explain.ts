/** Why the policy decides as it does, in lines for a person at a terminal. */
import type { Approvers, Question, Ruling } from '../ruling.ts';
import { nextFreeze } from './freeze.ts';
import { frozenWords, isProduction, ruleOn } from './rule.ts';
import type { PolicyRule, PolicySettings } from './schema.ts';
import { mismatch } from './scope.ts';

/** `label` padded, then what it says; more lines of the same label stand below it. */
export type Row = readonly [label: string, ...lines: string[]];

export function explainRuling(settings: PolicySettings, question: Question): Row[] {
  const production = isProduction(settings, question.target);
  const ruling = ruleOn(settings, question);
  const next = nextFreeze(settings.freezes, question, production);
  return [
    ['target', `${question.target ?? 'unknown'}, ${production ? 'production' : 'not production (not_production names it)'}`],
    ['autonomy', `${ruling.autonomy}: ${autonomyWords[ruling.autonomy]}`],
    ['needs', peopleWords(ruling)],
    ['approvers', ...approverLines(ruling.approvers)],
    ['requester', ruling.requesterMayApprove ? 'may approve it, too' : 'who asked for it, or for its investigation, may not approve it'],
    ['expires', `${ruling.expiryMinutes} minutes after it is shown`],
    ['frozen', ruling.frozen ? frozenWords(ruling.frozen) : question.isUndo ? 'never: an undo runs through a freeze' : 'not now'],
    ['next freeze', next ? `${next.name}, ${minute(next.from)} until ${minute(next.until)} UTC` : 'none within a week that would hold it back'],
    ['because', ...ruling.reasons],
    ['rules', ...ruleLines(settings, question, production)],
  ];
}

export function rowsToText(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.flatMap(([label, ...lines]) => lines.map((line, index) => `${(index === 0 ? label : '').padEnd(width)}${line}`));
}

/** What is well-formed and still most likely not meant. */
export function doubtsAbout({ approvers, rules, two_person_from, freezes, quiet_hours }: PolicySettings, now: Date): string[] {
  const scoped = Object.entries({ rule: rules, freeze: freezes, 'quiet hours': quiet_hours }).flatMap(([what, list]) => list.map(({ name, scope }) => ({ words: `${what} "${name}"`, scope })));
  const one = !approvers.anyone && approvers.groups.length === 0 && new Set(approvers.users).size === 1;
  return [
    ...(one && two_person_from !== 'never' ? [`approvers lists one person: nobody can be the second one, which ${two_person_from} risk and whatever can not be undone need`] : []),
    ...rules.flatMap((rule) => (answersOf(rule).length === 0 ? [`rule "${rule.name}" says nothing: give it autonomy, approvers, approvals, requester_may_approve or expiry_minutes`] : [])),
    ...scoped.flatMap(({ words, scope }) => (scope.channels && !scope.targets && scope.production === undefined ? [`${words} is about channels alone, and whoever asks for an investigation chooses its channel: name targets, too`] : [])),
    ...freezes.flatMap((freeze) => ('days' in freeze || Date.parse(freeze.to) > now.getTime() ? [] : [`freeze "${freeze.name}" is over since ${freeze.to}`])),
  ];
}

const autonomyWords = {
  observe: 'findings only, no change is shown',
  advise: 'shown, never run',
  approve: 'runs when people approve it',
  auto: 'runs by itself after its preview',
} as const;

function peopleWords({ approvalsNeeded, autonomy }: Ruling): string {
  if (autonomy === 'auto') return 'nobody';
  return approvalsNeeded === 1 ? 'one person' : `${approvalsNeeded} different people`;
}

function approverLines({ users, groups, anyone }: Approvers): string[] {
  if (anyone) return ['every full member of the workspace'];
  return [...(users.length > 0 ? [`people ${users.join(', ')}`] : []), ...(groups.length > 0 ? [`whoever is in ${groups.join(', ')} at the click`] : [])];
}

function ruleLines({ rules }: PolicySettings, question: Question, production: boolean): string[] {
  if (rules.length === 0) return ['none; the defaults decide'];
  return rules.map((rule) => {
    const other = mismatch(rule.scope, question, production);
    return other === undefined ? `applies      "${rule.name}": ${answersOf(rule).join(', ') || 'says nothing'}` : `passed over  "${rule.name}": it is not about ${other}`;
  });
}

function answersOf({ autonomy, approvers, approvals, requester_may_approve, expiry_minutes }: PolicyRule): string[] {
  return [
    ...(autonomy === undefined ? [] : [`autonomy ${autonomy}`]),
    ...(approvers === undefined ? [] : ['its own approvers']),
    ...(approvals === undefined ? [] : [`${approvals} approvals`]),
    ...(requester_may_approve === undefined ? [] : [`requester ${requester_may_approve ? 'may' : 'may not'} approve`]),
    ...(expiry_minutes === undefined ? [] : [`expires in ${expiry_minutes} minutes`]),
  ];
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
