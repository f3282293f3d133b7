/** Quotes for findings: taken from what the evidence shows after redaction and capping, never from the raw value. */
import type { Evidence, Quote } from '../incident/types.ts';

const longestQuote = 300;

/**
 * The first line of the evidence that holds all the fragments, as a quote; empty when no shown line does.
 * A list so that rules can spread it.
 */
export function quoteLine(evidence: Evidence | undefined, ...fragments: readonly (string | number)[]): Quote[] {
  if (!evidence) return [];
  for (const line of evidence.text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed && fragments.every((fragment) => trimmed.includes(String(fragment)))) {
      return [{ evidence: evidence.id, quote: cut(trimmed, String(fragments[0] ?? '')) }];
    }
  }
  return [];
}

/** Lines found by a test, newest (last) first, at most `limit`. */
export function quoteLinesWhere(evidence: Evidence | undefined, limit: number, test: (line: string) => boolean): Quote[] {
  if (!evidence) return [];
  return evidence.text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && test(line))
    .slice(-limit)
    .reverse()
    .map((line) => ({ evidence: evidence.id, quote: cut(line, '') }));
}

/** A slice of the line that still is verbatim, around the first fragment when the line is long. */
function cut(line: string, fragment: string): string {
  if (line.length <= longestQuote) return line;
  const start = Math.min(Math.max(0, line.indexOf(fragment) - 60), line.length - longestQuote);
  return line.slice(start, start + longestQuote).trim();
}
