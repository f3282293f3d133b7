/**
 * The desk: everything that Slack and webhooks can ask of the product. The gateway holds one; it knows
 * nothing of targets, models or how things run. Made in incident/create-desk.ts, decisions in changes/approvals.ts.
 */
import type { Actor, Alert, Incident } from './types.ts';
import type { IncidentView } from './view.ts';

/** Who clicked, as Slack says it now (not when the message was posted). */
export interface ActorProfile extends Actor {
  displayName: string;
  kind: 'member' | 'guest' | 'bot' | 'stranger';
  /** The person's id in the organisation, where the workspace belongs to one. */
  enterpriseUserId?: string;
}

/** Slack's directory, asked at the moment of a decision. */
export interface Directory {
  profile(actor: Actor): Promise<ActorProfile>;
  /** Ids of a user group's members; throws when Slack can't say (then nobody is an approver). */
  groupMembers(groupId: string): Promise<string[]>;
}

export interface Decision {
  changeId: string;
  /** The digest the button carried; a decision binds to it and nothing else. */
  digest: string;
  decision: 'approve' | 'reject';
  /** For a rejection, and for an approval during a freeze. */
  reason?: string;
  actor: Actor;
}

export type DecisionResult =
  | { outcome: 'approved' | 'rejected' }
  /** Counted; more people are needed. */
  | { outcome: 'counted'; approvals: number; needed: number }
  /** Not allowed or too late. `reason` is for that person only, one sentence that says what to do. */
  | { outcome: 'refused'; reason: string };

export interface Edit {
  changeId: string;
  /** The digest of what was edited. */
  digest: string;
  /** The action's fields as typed, without its kind. */
  fields: Record<string, unknown>;
  actor: Actor;
}

export type OfferResult = { outcome: 'drafted'; changeId: string } | { outcome: 'refused'; reason: string; /** What is wrong, by field. */ problems?: Record<string, string> };

export type ResumeResult = { outcome: 'resumed'; incidents: string[] } | { outcome: 'refused'; reason: string };

export interface Desk {
  /** Opens or joins; a new incident's investigation is queued. */
  open(alert: Alert, from: { channel: string; requestedBy?: Actor }): Promise<{ incident: Incident; opened: boolean }>;
  /** Notes a resolved alert in its incident's timeline; undefined when no unfinished incident has its fingerprint. */
  noteResolved(alert: Alert): Promise<Incident | undefined>;
  /** Asks a follow-up; the answer comes as an event. The same messageTs twice asks once. */
  ask(question: { incidentId: string; by: Actor; text: string; messageTs: string }): Promise<void>;
  decide(decision: Decision): Promise<DecisionResult>;
  /** Other fields for the same kind: a new change with a preview and digest of its own; the one it replaces is closed. */
  edit(edit: Edit): Promise<OfferResult>;
  /** Takes back a change that was run: a new change, previewed and approved like any other. */
  undo(wish: { changeId: string; actor: Actor }): Promise<OfferResult>;
  /** Lifts a stop; for approvers. `all` lifts the stop of everything. */
  resume(incidentId: string | 'all', by: Actor): Promise<ResumeResult>;
  /** Stops one incident, or all unfinished ones; each with its view, to say where its changes stand. */
  stop(incidentId: string | 'all', by: Actor): Promise<IncidentView[]>;
  findByThread(channel: string, threadTs: string): Promise<Incident | undefined>;
  view(incidentId: string): Promise<IncidentView | undefined>;
  list(filter: { channel?: string; unfinished?: boolean; limit: number }): Promise<Incident[]>;
}
