/** What the policy says of one change: the answer that is shown, bound by the digest, and asked again at the click and before the run. */
import type { Action } from './action.ts';
import type { Prepared, RiskLevel } from './change.ts';

export const autonomies = ['observe', 'advise', 'approve', 'auto'] as const;
/** observe: findings only. advise: shown, never run. approve: a person's approval runs it. auto: runs by itself where that is safe. */
export type Autonomy = (typeof autonomies)[number];

export interface Question {
  kind: Action['kind'];
  /** targetOf(action); for an undo, that of its change. */
  target: string | undefined;
  /** Slack channel id of the incident. */
  channel: string;
  risk: RiskLevel;
  undo: Prepared['undo']['kind'];
  proposedBy: 'rules' | 'claude' | 'person';
  /** It takes back a change that was approved before. */
  isUndo: boolean;
  at: Date;
}

export interface Ruling {
  autonomy: Autonomy;
  /** Distinct people; 0 only with `auto`. */
  approvalsNeeded: number;
  approvers: { users: readonly string[]; groups: readonly string[] };
  requesterMayApprove: boolean;
  expiryMinutes: number;
  /** A freeze that is on: nothing runs but what it lets through. */
  frozen?: { name: string; until: string };
  /** Why, one line each, for people. */
  reasons: string[];
}
