/** Recomputes what binds the audit: each timeline's chain, the anchors' chain, and that the timelines still hold what was anchored. */
import { findBreak } from '../database/store/chain.ts';
import type { StoredEvent } from '../incident/events.ts';
import type { Anchor, AnchorHead } from './anchor.ts';
import { findAnchorBreak, hashEvidence } from './anchor.ts';

export interface Timeline {
  incidentId: string;
  /** What the incident's own row says its last event is; undefined when there is no row. */
  head?: { sequence: number; hash: string } | undefined;
  /** In order of sequence. */
  events: StoredEvent[];
  /** Hashes of E1, E2, ... in order. */
  evidence: string[];
  /** Ids of evidence whose text is not the one that was hashed. */
  damagedEvidence: string[];
}

export interface AuditSource {
  anchors(): Promise<Anchor[]>;
  timelines(): AsyncIterable<Timeline>;
  /** False when only some incidents are in it. */
  complete: boolean;
}

export interface Verdict {
  /** First broken place first, a line each; empty when all is whole. */
  problems: string[];
  incidents: number;
  events: number;
  anchors: Anchor[];
}

/** `expected`: hash of an anchor as it was posted; the timelines up to it are then bound by what somebody else kept. */
export async function verifyAudit(source: AuditSource, expected?: string): Promise<Verdict> {
  // The anchors first: timelines only grow meanwhile.
  const anchors = await source.anchors();
  const problems: string[] = [];
  const broken = findAnchorBreak(anchors);
  if (broken !== undefined) problems.push(`anchor ${broken} is not what it was, or one before it is missing`);
  if (expected !== undefined && !anchors.some(({ hash }) => hash === expected)) problems.push(`no anchor has the digest ${expected}: what it was posted for was rewritten or removed since, or it is of another database`);
  const anchored = headsByIncident(anchors);
  let [incidents, events] = [0, 0];
  for await (const timeline of source.timelines()) {
    incidents += 1;
    events += timeline.events.length;
    const problem = problemOf(timeline, anchored.get(timeline.incidentId) ?? []);
    if (problem !== undefined) problems.push(problem);
    for (const id of timeline.damagedEvidence) problems.push(`${timeline.incidentId}: the text of evidence ${id} is not the one that was recorded`);
    anchored.delete(timeline.incidentId);
  }
  if (source.complete) {
    for (const [incidentId, heads] of anchored) problems.push(`${incidentId} is gone: anchor ${heads[0]?.anchor ?? '?'} had it with ${heads[0]?.sequence ?? '?'} events`);
  }
  return { problems, incidents, events, anchors };
}

type AnchoredHead = AnchorHead & { anchor: number };

function problemOf({ incidentId, head, events, evidence }: Timeline, anchored: readonly AnchoredHead[]): string | undefined {
  if (head === undefined) return `${incidentId}: its row is gone and ${events.length} events of it are left`;
  const broken = findBreak(events, head);
  if (broken) return `${incidentId}, event ${broken.brokenAt}: not what it was, or one is missing there`;
  const other = anchored.find(({ sequence, hash }) => events[sequence - 1]?.hash !== hash);
  if (other) return `${incidentId}, event ${other.sequence}: not the one that anchor ${other.anchor} bound; the whole timeline was rewritten`;
  const swapped = anchored.find(({ evidenceCount, evidenceHash }) => evidence.length < evidenceCount || hashEvidence(evidence.slice(0, evidenceCount)) !== evidenceHash);
  return swapped && `${incidentId}, evidence E1 to E${swapped.evidenceCount}: not what anchor ${swapped.anchor} bound`;
}

function headsByIncident(anchors: readonly Anchor[]): Map<string, AnchoredHead[]> {
  const found = new Map<string, AnchoredHead[]>();
  for (const { number, heads } of anchors) {
    for (const head of heads) found.set(head.incidentId, [...(found.get(head.incidentId) ?? []), { ...head, anchor: number }]);
  }
  return found;
}
