/** What the policy says now against what it said when people were asked. */
import { canonicalJson } from './canonical-json.ts';
import type { BoundPolicy } from './change.ts';
import type { Approvers, Ruling } from './ruling.ts';
import { frozenWords } from './policy/rule.ts';

/** Why it may not go on as it was shown; undefined when nothing got stricter. */
export function stricterNow(bound: BoundPolicy, now: Ruling): string | undefined {
  if (now.frozen && (now.frozen.breakGlass === undefined || bound.frozen?.breakGlass === undefined)) return frozenWords(now.frozen);
  if (now.approvalsNeeded > bound.approvalsNeeded) return `it needs ${now.approvalsNeeded} ${now.approvalsNeeded === 1 ? 'approval' : 'approvals'} now (${now.reasons.join('; ')})`;
  if (bound.requesterMayApprove && !now.requesterMayApprove) return 'who asked may not approve it any more';
  if (bound.approvers && canonicalJson(plain(bound.approvers)) !== canonicalJson(plain(now.approvers))) return 'other people approve it now';
  return undefined;
}

function plain({ users, groups, anyone }: Approvers) {
  return { users: [...users].sort(), groups: [...groups].sort(), anyone: anyone === true };
}
