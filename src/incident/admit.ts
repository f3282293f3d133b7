/** Numbers findings and checks their quotes: a claim whose quote is not in the evidence it cites is unsupported. */
import type { Investigation } from '../agents/agents.ts';
import type { IncidentEvent, StoredEvent } from './events.ts';
import type { Store } from './store.ts';
import type { Finding } from './types.ts';

/** Less of a text is found anywhere and proves nothing: `(0 rows)` is just enough. A rule quotes what its own reading holds. */
export const shortestQuote = 8;

/** Continues the incident's numbering from what earlier investigations reported. */
export function createAdmit(incidentId: string, events: readonly StoredEvent[], evidence: Store['evidence']): Investigation['admit'] {
  let last = Math.max(0, ...events.flatMap(({ event }) => findingsOf(event).map((finding) => Number(finding.id.slice(1)))));
  const textOf = remembered(async (id: string) => {
    const found = await evidence.get(incidentId, id);
    return found === undefined ? undefined : flatten(found.fullText);
  });
  return async (specialist, source, body) => {
    const id = `F${++last}`;
    const checks = await Promise.all(
      body.quotes.map(async ({ evidence: evidenceId, quote }) => {
        const text = await textOf(evidenceId);
        return text !== undefined && quote.trim().length >= (source === 'model' ? shortestQuote : 3) && text.includes(flatten(quote));
      }),
    );
    return { ...body, id, specialist, source, supported: checks.length > 0 && checks.every(Boolean) };
  };
}

/** Hundreds of findings quote a few records, which never change and may be long. Only the latest few are kept; what was not there is asked for again. */
function remembered(read: (id: string) => Promise<string | undefined>, most = 8): (id: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  return (id) => {
    const found = known.get(id) ?? read(id).then((text) => ((text === undefined && known.delete(id)), text), (error: unknown) => ((known.delete(id)), Promise.reject(error)));
    known.delete(id);
    known.set(id, found);
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return found;
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
