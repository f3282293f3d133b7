/**
 * The timeline: every event an incident can have. The Slack thread, the audit log and the postmortem
 * are all read from it. Events are appended, never changed; each carries the hash of the one before.
 */
import type { Change } from '../changes/change.ts';
import type { Actor, AgentUsage, Alert, Brief, Diagnosis, Finding, Hypothesis, PlanTask, Report, SpecialistName } from './types.ts';

/** One number of a system: `checkout quote p50`, 1240, `ms`. */
export interface Measured {
  name: string;
  value: number;
  unit: string;
}

export type IncidentEvent =
  | { type: 'incident.opened'; alert: Alert; requestedBy?: Actor; channel: string; title: string }
  | { type: 'alert.joined'; alert: Alert; by?: Actor }
  | { type: 'alert.resolved'; alert: Alert }
  | { type: 'investigation.started'; investigation: string; engine: 'claude' | 'rules'; note?: string; /** Model id and SHA-256 of the prompt file, by agent. */ models?: Record<string, { model: string; prompt: string }> }
  | { type: 'investigation.resumed'; investigation: string; turn: number }
  | { type: 'investigation.degraded'; investigation: string; reason: string }
  /** A model of an agent's list could not go on; the next one does. */
  | { type: 'model.replaced'; investigation: string; agent: string; from: string; to: string; reason: string }
  | { type: 'investigation.failed'; investigation: string; reason: string }
  /** What the rules saw before any agent was briefed. */
  | { type: 'rules.looked'; investigation: string; findings: Finding[]; unread: string[]; seconds: number }
  | { type: 'plan.updated'; tasks: PlanTask[]; /** Plain text in older events. */ hypotheses?: readonly (string | Hypothesis)[] }
  | { type: 'specialist.briefed'; task: string; specialist: SpecialistName; brief: Brief }
  | { type: 'specialist.reported'; task: string; report: Report }
  | { type: 'budget.updated'; dollars: number | null; limitDollars: number; modelCalls: number; tokens: number; seconds: number; limitSeconds?: number }
  /** What the models came to when an investigation ended; `pricesRead`: the day the price table is of. */
  | { type: 'investigation.measured'; investigation: string; seconds: number; dollars: number | null; limitDollars: number; agents: AgentUsage[]; pricesRead: string }
  | { type: 'diagnosis.stated'; diagnosis: Diagnosis; investigation: string }
  | { type: 'change.drafted'; changeId: string; title: string }
  | { type: 'change.refused'; changeId: string; title: string; reason: string }
  | { type: 'change.proposed'; change: Change }
  | { type: 'change.approved'; changeId: string; digest: string; by: Actor; approvals: number; needed: number; /** Why in spite of a freeze. */ reason?: string }
  | { type: 'change.rejected'; changeId: string; digest: string; by: Actor; reason: string }
  | { type: 'click.refused'; changeId: string; by: Actor; decision: 'approve' | 'reject' | 'edit' | 'undo'; reason: string }
  /** Its fields were typed anew: another change takes its place. */
  | { type: 'change.edited'; changeId: string; successor: string; by: Actor }
  /** The policy let it run without a person. */
  | { type: 'change.auto_approved'; changeId: string; digest: string; reasons: string[] }
  | { type: 'change.undo_asked'; changeId: string; successor: string; by: Actor }
  /** What it was for came back within the watch window. */
  | { type: 'change.relapsed'; changeId: string; keys: string[] }
  | { type: 'change.expired' | 'change.superseded'; changeId: string; reason: string }
  | { type: 'change.claimed'; changeId: string; executor: string }
  | { type: 'change.stale'; changeId: string; reason: string; successor?: string }
  | { type: 'change.executing'; changeId: string; command: string[]; /** Finding keys seen before it ran. */ before?: string[] }
  | { type: 'change.executed'; changeId: string; output: string; seconds: number; /** SHA-256 of the output before it was redacted. */ outputHash?: string; /** As whom, in the target's own words. */ identity?: string }
  | { type: 'change.verifying'; changeId: string; step: string }
  | { type: 'change.verified'; changeId: string; checks: string[]; before: string[]; after: string[]; numbers?: { before: Measured[]; after: Measured[] } }
  | { type: 'change.undoing'; changeId: string; reason: string; command: string[] }
  | { type: 'change.undone'; changeId: string; reason: string; output: string; outputHash?: string; identity?: string; numbers?: { before: Measured[]; after: Measured[] } }
  | { type: 'change.failed'; changeId: string; reason: string }
  | { type: 'change.unknown'; changeId: string; reason: string }
  | { type: 'question.asked'; by: Actor; text: string; messageTs: string }
  | { type: 'question.answered'; messageTs: string; text: string; evidence: string[] }
  | { type: 'incident.resolved'; by?: Actor; reason: string }
  | { type: 'incident.stopped'; by: Actor; /** Everything everywhere was stopped, not this one alone. */ all?: boolean }
  | { type: 'incident.resumed'; by: Actor }
  /** A change's problem came back, or a person said that it is not over. */
  | { type: 'incident.reopened'; reason: string; followed?: string; by?: Actor };

export type IncidentEventType = IncidentEvent['type'];

/** An event as stored. */
export interface StoredEvent {
  incidentId: string;
  /** 1, 2, 3, ... within the incident, without holes. */
  sequence: number;
  at: string;
  event: IncidentEvent;
  previousHash: string;
  /** SHA-256 (hex) of previousHash and the canonical JSON of incidentId, sequence, at and event. */
  hash: string;
}
