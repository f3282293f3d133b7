/** A change: a typed action with everything a person approves, bound by one digest. */
import type { Actor } from '../incident/types.ts';
import type { Action } from './action.ts';
import type { Ruling } from './ruling.ts';

export const changeStates = [
  'drafted', // proposed by the investigator, not previewed yet: nobody can approve it
  'refused', // no preview, or policy forbids it: never runnable
  'proposed', // previewed, digest fixed, waiting for people
  'approved',
  'rejected',
  'expired',
  'superseded',
  'stale', // the world moved between approval and run
  'claimed',
  'executing',
  'verifying',
  'done',
  'undoing',
  'undone',
  'failed', // ran or tried to, and neither verified nor undone: a person must look
  'unknown', // the executor died while it ran: ask a person, never run again
] as const;
export type ChangeState = (typeof changeStates)[number];

/** Where a change can go from each state; the store refuses every other step. */
export const transitions: Record<ChangeState, readonly ChangeState[]> = {
  drafted: ['proposed', 'refused', 'superseded'],
  proposed: ['approved', 'rejected', 'expired', 'superseded'],
  approved: ['claimed', 'expired', 'superseded', 'rejected'],
  claimed: ['executing', 'stale', 'failed', 'unknown', 'superseded'],
  executing: ['verifying', 'failed', 'undoing', 'unknown'],
  verifying: ['done', 'undoing', 'failed', 'unknown'],
  undoing: ['undone', 'failed', 'unknown'],
  refused: [], rejected: [], expired: [], superseded: [], stale: [], done: [], undone: [], failed: [], unknown: [],
};

export type RiskLevel = 'low' | 'medium' | 'high';

/** What an action kind works out with the executor's identity before anybody is asked. */
export interface Prepared {
  /** The exact statement(s) or request(s) that will run, in order, as an engineer would type them. */
  command: string[];
  /** The command that people know for the same, where what runs is longer: shown above it, never run. */
  equivalent?: string;
  /** What the dry run, EXPLAIN, row count or state read showed; plain text. */
  preview: string;
  /** The resolved identities the action is bound to (oid, pid and start time, revision, current value). */
  resolved: Record<string, unknown>;
  undo: { kind: 'automatic' | 'not_needed' | 'impossible'; command: string[]; description: string };
  verification: { checks: string[]; soakSeconds: number };
  /** Facts for the risk computation, never the level itself. */
  blastRadius: string;
  facts: Facts;
}

export interface Facts {
  online: boolean;
  reversible: boolean;
  affectedSessions?: number;
  openTransactions?: number;
  tableRows?: number;
  /** What the rules for statements say of it. */
  warnings?: string[];
  /** Rows that are updated or deleted. */
  rows?: number;
  /** Scans of a valid index since statistics were reset. */
  indexScans?: number;
  /** Of a cluster: pods that are replaced, started or ended, and those of the same workload that are ready. */
  pods?: number;
  readyPods?: number;
  replicas?: { before: number; after: number };
  /** Pods that run now are replaced; left out: where `replicas` is not given. */
  replaces?: boolean;
  /** By the tightest disruption budget. */
  disruptionsAllowed?: number;
  /** Who keeps the object as they want it, in words: GitOps, an operator. */
  putBackBy?: string;
  /** Workloads that read a ConfigMap or Secret. */
  consumers?: number;
  /** No revision in the rollout history had this value. */
  novelValue?: boolean;
  /** Hosts outside the cluster that the value before did not name. */
  newDestinations?: string[];
  /** Whether a disruption budget covers these pods could not be read. */
  disruptionsUnread?: boolean;
  /** Fields that give rights or reach the host. */
  powers?: string[];
  /** Fields that admission changes beside those of the change. */
  alsoChanged?: string[];
  /** Hooks of a chart that run with the change. */
  hooks?: number;
  /** Nodes that still take pods. */
  otherNodes?: number;
  /** Workloads all whose ready pods are ended together. */
  alone?: string[];
  objects?: number;
  removedObjects?: number;
  /** Pods whose connections a policy decides about. */
  selectedPods?: { before: number; after: number };
}

/** The ruling that was shown, and the version of the policy it came from. */
export type BoundPolicy = Pick<Ruling, 'approvalsNeeded' | 'requesterMayApprove'> & Partial<Pick<Ruling, 'autonomy' | 'approvers' | 'reasons' | 'frozen'>> & { version: string };

export interface Change extends Prepared {
  /** `C12`. */
  id: string;
  incidentId: string;
  state: ChangeState;
  action: Action;
  title: string;
  rationale: string;
  /** One change at a time per key, over all incidents. */
  lockKey: string;
  findings: string[];
  findingKeys: string[];
  proposedBy: 'rules' | 'claude' | 'person';
  /** Who typed its fields, or asked for the undo: never one of its approvers unless the policy allows self-approval. */
  askedBy?: Actor;
  /** The change it takes back. */
  undoOf?: string;
  risk: { level: RiskLevel; reasons: string[] };
  policy: BoundPolicy;
  /** SHA-256 (hex) over canonical JSON; empty while drafted. */
  digest: string;
  /** ISO 8601; empty while drafted. */
  expiresAt: string;
  createdAt: string;
  /** What execution left behind (an index's oid, the revision after), which the undo checks before it touches anything. Not in the digest. */
  written?: Record<string, unknown>;
}
