/** Numbers findings and checks their quotes: a claim whose quote is not in the evidence it cites is unsupported. */
import type { Investigation } from '../agents/agents.ts';
import type { IncidentEvent, StoredEvent } from './events.ts';
import type { Store } from './store.ts';
import type { Finding } from './types.ts';

/** Continues the incident's numbering from what earlier investigations reported. */
export function createAdmit(incidentId: string, events: readonly StoredEvent[], evidence: Store['evidence']): Investigation['admit'] {
  let last = Math.max(0, ...events.flatMap(({ event }) => findingsOf(event).map((finding) => Number(finding.id.slice(1)))));
  return async (specialist, source, body) => {
    const id = `F${++last}`;
    const checks = await Promise.all(
      body.quotes.map(async ({ evidence: evidenceId, quote }) => {
        const found = await evidence.get(incidentId, evidenceId);
        return found !== undefined && quote.trim().length >= 3 && contains(found.fullText, quote);
      }),
    );
    return { ...body, id, specialist, source, supported: checks.length > 0 && checks.every(Boolean) };
  };
}

/** Verbatim but for the width of white space: tables are re-flowed by readers. */
export function contains(text: string, quote: string): boolean {
  return flatten(text).includes(flatten(quote));
}

function flatten(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The findings an event carries. */
export function findingsOf(event: IncidentEvent): readonly Finding[] {
  if (event.type === 'specialist.reported') return event.report.findings;
  return event.type === 'rules.looked' ? event.findings : [];
}
