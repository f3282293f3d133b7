/**
 * The store port: what the product keeps, and how it may be touched. The PostgreSQL adapter is in
 * database/. Every write that matters to people appends an event in the same transaction.
 */
import type { Anchor } from '../audit/anchor.ts';
import type { Change, ChangeState } from '../changes/change.ts';
import type { IncidentEvent, StoredEvent } from './events.ts';
import type { Actor, Alert, ChangeDraft, Evidence, Incident, IncidentStatus, SpecialistName } from './types.ts';

export interface Store {
  incidents: {
    /**
     * Opens an incident for the alert, or joins the unfinished one with its fingerprint (status other than
     * resolved or stopped). Atomic: two deliveries at once give one incident. Appends incident.opened or alert.joined.
     */
    openOrJoin(input: { alert: Alert; channel: string; title: string; requestedBy?: Actor }): Promise<{ incident: Incident; opened: boolean }>;
    get(id: string): Promise<Incident | undefined>;
    /** The incident whose root card is this Slack message. */
    findByThread(channel: string, threadTs: string): Promise<Incident | undefined>;
    /** The unfinished one with that fingerprint. */
    findByFingerprint(fingerprint: string): Promise<Incident | undefined>;
    /** Newest first. */
    list(filter: { channel?: string; unfinished?: boolean; limit: number }): Promise<Incident[]>;
    /** Moves the status and appends the event with it; false when the incident is not in one of `from`. */
    setStatus(id: string, from: readonly IncidentStatus[], to: IncidentStatus, event?: IncidentEvent): Promise<boolean>;
    /**
     * As setStatus, out of resolved or stopped. `taken`: another unfinished incident has its fingerprint by now, and nothing
     * was done; with `aside` it is opened all the same, and later alerts go on joining the other one.
     */
    reopen(id: string, from: readonly IncidentStatus[], to: IncidentStatus, event: IncidentEvent, options?: { aside?: boolean }): Promise<'reopened' | 'taken' | 'no'>;
    /** The newest one with that fingerprint that was resolved. */
    findResolved(fingerprint: string): Promise<Incident | undefined>;
  };
  timeline: {
    append(incidentId: string, event: IncidentEvent): Promise<StoredEvent>;
    read(incidentId: string, afterSequence?: number): Promise<StoredEvent[]>;
    /** Calls back with an incident id after each append, from any process; also re-emits on reconnect. Returns the stop function. */
    subscribe(onChange: (incidentId: string) => void): Promise<() => Promise<void>>;
    /** Recomputes the chain; the first broken sequence, or undefined when it is whole. */
    verify(incidentId: string): Promise<{ brokenAt: number } | undefined>;
    /** All of it, with what the incident's row says the last event is; no `head` when there is no such row. */
    whole(incidentId: string): Promise<{ head?: { sequence: number; hash: string }; events: StoredEvent[] }>;
  };
  audit: {
    /** Binds all timelines as they stand now. Undefined when the newest anchor is of `notSince` (ISO 8601) or later. */
    anchor(options?: { notSince?: string }): Promise<Anchor | undefined>;
    /** In order. */
    anchors(): Promise<Anchor[]>;
    /** Ids of all incidents, also of those whose row is gone; oldest first. `since`: with an event since then (ISO 8601). */
    incidents(since?: string): Promise<string[]>;
    /** Ids of evidence whose text is not the one that was hashed. */
    damagedEvidence(incidentId: string): Promise<string[]>;
    /** The right to post the newest anchor, for some seconds; undefined when it is posted, or somebody else is at it. `again`: somebody had it before and never said whether it was posted. */
    claimPost(holder: string, seconds: number): Promise<{ number: number; hash: string; at: string; again: boolean } | undefined>;
    posted(number: number, channel: string, ts: string): Promise<void>;
  };
  evidence: {
    /** `fullText` must be redacted already. Numbers it E1, E2, ... within the incident. */
    add(incidentId: string, input: { specialist: SpecialistName; tool: string; command: string; text: string; fullText: string; failed: boolean }): Promise<Evidence>;
    get(incidentId: string, evidenceId: string): Promise<(Evidence & { fullText: string }) | undefined>;
    list(incidentId: string): Promise<Evidence[]>;
  };
  changes: {
    /** Creates a drafted change and appends change.drafted. */
    draft(incidentId: string, draft: ChangeDraft, lockKey: string): Promise<Change>;
    get(id: string): Promise<Change | undefined>;
    list(incidentId: string): Promise<Change[]>;
    inState(states: readonly ChangeState[]): Promise<Change[]>;
    /** Those in `states` that were drafted, or that an executor worked on, within so many seconds. */
    recent(states: readonly ChangeState[], seconds: number): Promise<Change[]>;
    /**
     * Compare-and-set: moves the change only if it is in `from` (and has `digest`, and has not expired, when given),
     * merges `set`, appends `event`, and writes down `approval`, all in one transaction. Undefined when it lost the race.
     * Throws IllegalTransitionError when `transitions` has no such step.
     */
    transition(id: string, step: { from: ChangeState; to: ChangeState; digest?: string; notExpired?: boolean; set?: Partial<Change>; approval?: Approval; event: IncidentEvent }): Promise<Change | undefined>;
    /** Takes the lock for one target; false when another change holds it, or one above or below it (`cluster/a` and `cluster/a/shop`). Released by releaseLock, or when its change is in a final state. */
    acquireLock(lockKey: string, changeId: string): Promise<boolean>;
    releaseLock(lockKey: string, changeId: string): Promise<void>;
    /** Says that `executor` works on the change now, by the database's clock. */
    heartbeat(id: string, executor: string): Promise<void>;
    /** Changes in `states` whose last heartbeat is older than `seconds`, or that never had one: nobody works on them. */
    silent(states: readonly ChangeState[], seconds: number): Promise<Change[]>;
  };
  /** The stop of everything: while it stands nothing begins and what runs ends at its next step. */
  halt: {
    /** False when it stands already. */
    set(by: Actor): Promise<boolean>;
    /** False when there is none. */
    lift(): Promise<boolean>;
    current(): Promise<{ by: Actor; at: string } | undefined>;
  };
  approvals: {
    /**
     * One row per change, digest and person, with `event` in the same transaction: what counts is in the timeline.
     * Returns how many distinct people approved this digest by now; `duplicate` when this person had, and then nothing is written.
     */
    add(input: { changeId: string; decision: 'approve' | 'reject'; event?: IncidentEvent } & Approval): Promise<{ approvals: number; duplicate: boolean }>;
    /** Of every digest the change has had: a decision counts for its own only. */
    list(changeId: string): Promise<{ digest: string; by: Actor; decision: 'approve' | 'reject'; reason?: string; at: string }[]>;
  };
  cards: {
    list(incidentId: string): Promise<Card[]>;
    /** Write-ahead: call with ts '' before posting and with the ts after. */
    put(card: Card): Promise<void>;
    /**
     * Takes or renews the right to project an incident for some seconds (the database's clock), so that of several
     * gateways one writes its thread; 0 seconds gives it back. False while another holder has it. Holds no connection.
     */
    lease(incidentId: string, holder: string, seconds: number): Promise<boolean>;
  };
  modelCalls: {
    add(call: ModelCall): Promise<void>;
    list(incidentId: string): Promise<ModelCall[]>;
  };
  /** The orchestrator's turns, so that a restarted worker resumes where it was. */
  turns: {
    save(investigation: string, turn: number, messages: unknown): Promise<void>;
    /** The newest saved turn. */
    load(investigation: string): Promise<{ turn: number; messages: unknown } | undefined>;
  };
  deadLetters: {
    add(letter: { source: string; reason: string; body: string }): Promise<void>;
    list(limit: number): Promise<{ source: string; reason: string; body: string; at: string }[]>;
  };
  /** True the first time a key is seen (Slack event ids, webhook delivery ids); remembers for a day. */
  firstSight(key: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface Approval {
  digest: string;
  by: Actor;
  reason?: string;
}

/** A Slack message that shows a part of an incident's timeline. */
export interface Card {
  incidentId: string;
  /** root, report:T2, diagnosis:1, change:C4, note:17 */
  key: string;
  channel: string;
  /** Slack's message ts; '' while the post is under way. */
  ts: string;
  /** Hash of what is shown, so that an unchanged card costs no call. */
  shown: string;
}

export interface ModelCall {
  incidentId: string;
  agent: 'orchestrator' | SpecialistName | 'answer';
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** null when the model's price is not in configuration. */
  dollars: number | null;
  seconds: number;
  stopReason: string;
  promptHash: string;
  at: string;
}
