/** What the product did, read from its own store. Pure. */
import type { ChangeState } from '../../../../src/changes/change.ts';
import type { Change } from '../../../../src/changes/change.ts';
import { findingsOf } from '../../../../src/incident/admit.ts';
import type { StoredEvent } from '../../../../src/incident/events.ts';
import type { ModelCall } from '../../../../src/incident/store.ts';
import type { Diagnosis, Evidence, Finding } from '../../../../src/incident/types.ts';
import { foldEvents } from '../../../../src/incident/view.ts';
import type { ChangeView } from '../../../../src/incident/view.ts';
import type { Answer, Attempt, AttemptedChange, ModelUse } from '../contestant.ts';

/** Of one incident. */
export interface Kept {
  events: StoredEvent[];
  changes: Change[];
  evidence: Evidence[];
  modelCalls: ModelCall[];
}

export function attemptOf(records: readonly Kept[], { askedAt, said, played, notes }: { askedAt: number } & Pick<Attempt, 'said' | 'played' | 'notes'>): Attempt {
  const events = records.flatMap((record) => record.events).toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const findings = [...new Map(records.flatMap((record) => record.events.flatMap(({ incidentId, event }) => findingsOf(event).map((finding) => [`${incidentId} ${finding.id}`, finding] as const)))).values()];
  const stated = events.findLast(({ event }) => event.type === 'diagnosis.stated');
  const since = (found: StoredEvent | undefined): number | undefined => found && Math.max(0, Date.parse(found.at) - askedAt);
  const times = {
    firstFinding: since(events.find(({ event }) => findingsOf(event).some((finding) => finding.severity !== 'info'))),
    diagnosis: since(events.find(({ event }) => event.type === 'diagnosis.stated')),
    repaired: since(events.findLast(({ event }) => event.type === 'change.verified')),
  };
  return {
    ...(stated?.event.type === 'diagnosis.stated' && { answer: answerOf(stated.event.diagnosis, findings) }),
    changes: records.flatMap(changesOf),
    times: Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)),
    models: modelsOf(records.flatMap((record) => record.modelCalls)),
    steps: records.reduce((sum, record) => sum + record.evidence.length, 0),
    evidence: { quotes: findings.reduce((sum, finding) => sum + finding.quotes.length, 0), unsupported: findings.filter((finding) => !finding.supported).length },
    said,
    played,
    notes: [...notes, ...failures(events)],
  };
}

/** A step of the chain names its resource where a finding has the same words. */
function answerOf({ rootCause, chain, summary }: Diagnosis, findings: readonly Finding[]): Answer {
  const named = chain.map((line) => {
    const words = line.replace(/^→ /, '');
    const finding = findings.find(({ title }) => title === words);
    return finding === undefined || words.includes(finding.resource) ? words : `${finding.resource}: ${words}`;
  });
  return { root: rootCause && { resource: rootCause.resource, mechanism: rootCause.mechanism, title: rootCause.title, confidence: rootCause.confidence }, chain: named, summary };
}

function changesOf({ events, changes }: Kept): AttemptedChange[] {
  return foldEvents(undefined, events).changes.map((view) => {
    const kept = changes.find(({ id }) => id === view.id);
    const shown = view.change ?? kept;
    return {
      id: view.id,
      kind: shown?.action.kind ?? 'unknown',
      title: view.title,
      command: (shown?.command ?? []).join('\n'),
      proposed: view.change !== undefined,
      approved: view.autoApproved !== undefined || (view.approvals.length > 0 && view.approvals.length >= view.approvalsNeeded),
      automatic: view.autoApproved !== undefined,
      executed: view.begun !== undefined,
      outcome: outcomes[view.state],
      ...reasonOf(view),
    };
  });
}

const outcomes: Record<ChangeState, AttemptedChange['outcome']> = {
  drafted: 'open', proposed: 'open', approved: 'open', claimed: 'open', executing: 'open', verifying: 'open', undoing: 'open',
  refused: 'refused', rejected: 'rejected', expired: 'expired', superseded: 'stale', stale: 'stale',
  done: 'verified', undone: 'undone', failed: 'failed', unknown: 'unknown',
};

function reasonOf({ reason, refusedClicks }: ChangeView): { reason?: string } {
  const words = reason ?? refusedClicks.at(-1)?.reason;
  return words === undefined ? {} : { reason: words };
}

function modelsOf(calls: readonly ModelCall[]): Record<string, ModelUse> {
  const used: Record<string, ModelUse> = {};
  for (const call of calls) {
    const before = used[call.agent] ?? { model: call.model, calls: 0, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, dollars: 0, peakContext: 0 };
    used[call.agent] = {
      model: call.model,
      calls: before.calls + 1,
      input: before.input + call.inputTokens,
      cacheRead: before.cacheRead + call.cacheReadTokens,
      cacheWrite: before.cacheWrite + call.cacheWriteTokens,
      output: before.output + call.outputTokens,
      dollars: before.dollars === null || call.dollars === null ? null : before.dollars + call.dollars,
      peakContext: Math.max(before.peakContext, call.inputTokens + call.cacheReadTokens + call.cacheWriteTokens),
    };
  }
  return used;
}

function failures(events: readonly StoredEvent[]): string[] {
  return events.flatMap(({ event }) => (event.type === 'investigation.failed' || event.type === 'investigation.degraded' ? [`${event.type}: ${event.reason}`] : []));
}
