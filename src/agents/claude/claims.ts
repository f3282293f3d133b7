/** What a model claims, held against what was read: its quotes, and the names it uses. */
import type { z } from 'zod';
import { contains, shortestQuote } from '../../incident/admit.ts';
import type { Finding, SpecialistName } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';
import { unknownNames } from './existence.ts';
import type { claimSchema } from './report-schema.ts';

export type Claim = z.infer<typeof claimSchema>;

/** In words that tell what to mend; empty when it holds. */
export async function problemsOf(claim: Claim, investigation: Investigation): Promise<string[]> {
  if (claim.quotes.length === 0) return ['it quotes no evidence'];
  const quotes = await Promise.all(claim.quotes.map(async ({ evidence: id, quote }) => {
    const evidence = await investigation.evidence(id);
    if (!evidence) return [`there is no evidence ${id}`];
    return quote.trim().length >= shortestQuote && contains(evidence.fullText, quote) ? [] : [`${id} does not hold ${JSON.stringify(quote.slice(0, 80))}`];
  }));
  const cited = claim.quotes.map(({ evidence }) => evidence);
  const unknown = await unknownNames(claim.resource, investigation, cited);
  return [...quotes.flat(), ...(unknown.length === 0 ? [] : [`nothing that was read or configured is called ${unknown.join(' or ')} (in ${claim.resource})`])];
}

/** Numbered and checked: unsupported when a quote is missing or the resource was seen nowhere. */
export async function admitClaim(claim: Claim, seat: SpecialistName, investigation: Investigation): Promise<Finding> {
  const finding = await investigation.admit(seat, 'model', claim);
  const unknown = finding.supported ? await unknownNames(claim.resource, investigation, claim.quotes.map(({ evidence }) => evidence)) : [];
  return unknown.length === 0 ? finding : { ...finding, supported: false };
}
