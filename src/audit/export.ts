/** The audit as JSON lines, redacted as it is stored: a head line, the anchors, each incident with everything that belongs to it, and an end line. */
import type { StoredEvent } from '../incident/events.ts';
import type { ModelCall, Store } from '../incident/store.ts';
import type { Actor, Evidence, Incident } from '../incident/types.ts';
import type { Anchor } from './anchor.ts';

export type ExportLine =
  | { record: 'export'; version: 1; at: string; incident?: string; since?: string }
  | ({ record: 'anchor' } & Anchor)
  /** `head`: what the incident's row says its last event is. */
  | { record: 'incident'; incidentId: string; incident?: Incident; head?: { sequence: number; hash: string } }
  | ({ record: 'event' } & StoredEvent)
  | ({ record: 'evidence'; incidentId: string } & Omit<Evidence, 'text'>)
  | { record: 'approval'; incidentId: string; changeId: string; digest: string; by: Actor; decision: 'approve' | 'reject'; reason?: string; at: string }
  | ({ record: 'model_call' } & ModelCall)
  /** How many lines there were before it: a file without it was cut. */
  | { record: 'end'; lines: number };

export interface ExportWish {
  incident?: string | undefined;
  /** ISO 8601: incidents that had an event since then, each whole, so that its chain can be checked. */
  since?: string | undefined;
}

export async function* exportAudit(store: Store, { incident, since }: ExportWish, now: Date): AsyncGenerator<ExportLine> {
  let lines = 0;
  for await (const line of linesOf(store, { incident, since }, now)) {
    lines += 1;
    yield line;
  }
  yield { record: 'end', lines };
}

async function* linesOf(store: Store, { incident, since }: ExportWish, now: Date): AsyncGenerator<ExportLine> {
  yield { record: 'export', version: 1, at: now.toISOString(), ...(incident !== undefined && { incident }), ...(since !== undefined && { since }) };
  for (const anchor of await store.audit.anchors()) yield { record: 'anchor', ...anchor };
  for (const incidentId of incident === undefined ? await store.audit.incidents(since) : [incident]) yield* incidentLines(store, incidentId);
}

async function* incidentLines(store: Store, incidentId: string): AsyncGenerator<ExportLine> {
  const incident = await store.incidents.get(incidentId);
  const { head, events } = await store.timeline.whole(incidentId);
  yield { record: 'incident', incidentId, ...(incident && { incident }), ...(head && { head }) };
  for (const event of events) yield { record: 'event', ...event };
  for (const { text: _text, ...evidence } of await store.evidence.list(incidentId)) yield { record: 'evidence', incidentId, ...evidence };
  for (const { id } of await store.changes.list(incidentId)) {
    for (const approval of await store.approvals.list(id)) yield { record: 'approval', incidentId, changeId: id, ...approval };
  }
  for (const call of await store.modelCalls.list(incidentId)) yield { record: 'model_call', ...call };
}
