/** What the policy says of one change: the answer that is shown, bound by the digest, and asked again at the click and before the run. */
import type { Action } from './action.ts';
import type { Prepared, RiskLevel } from './change.ts';

export const autonomies = ['observe', 'advise', 'approve', 'auto'] as const;
/** observe: findings only. advise: shown, never run. approve: a person's approval runs it. auto: runs by itself where that is safe. */
export type Autonomy = (typeof autonomies)[number];

export interface Question {
  /** For an undo, that of the change it takes back. */
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
  /** The same was run, rejected or overtaken in this incident, or within a day in any; or a change of this incident did not last: it does not run by itself. */
  triedBefore?: boolean;
  at: Date;
}

/** Slack ids of people and of user groups. */
export interface Approvers {
  users: readonly string[];
  groups: readonly string[];
  /** Every full member of the workspace; only where the policy accepts it in so many words. */
  anyone?: boolean;
}

/** A freeze that is on and covers the change. */
export interface Frozen {
  name: string;
  /** ISO 8601. */
  until: string;
  /** So many people may let it run all the same, each with a reason; absent: nobody. */
  breakGlass?: number;
}

export interface Ruling {
  autonomy: Autonomy;
  /** Distinct people; 0 only with `auto`. */
  approvalsNeeded: number;
  approvers: Approvers;
  requesterMayApprove: boolean;
  expiryMinutes: number;
  /** Nothing runs but what it lets through. */
  frozen?: Frozen;
  /** Why, one line each, for people. */
  reasons: string[];
}
