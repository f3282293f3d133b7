/** The list of hypotheses as a model states it. */
import { z } from 'zod';
import { hypothesisStatuses } from '../../incident/types.ts';
import type { Hypothesis } from '../../incident/types.ts';
import type { Investigation } from '../agents.ts';

const ids = z.array(z.string()).default([]);

const hypothesisSchema = z.object({
  text: z.string().describe('What could be the cause, in one line'),
  status: z.enum(hypothesisStatuses).default('open'),
  for: ids.describe('Ids of evidence (E7) and findings (F3) that speak for it'),
  against: ids.describe('Ids that speak against it'),
  reason: z.string().optional().describe('Why it stands there, when ids do not say it'),
});

export const hypothesesSchema = z.object({ hypotheses: z.array(hypothesisSchema).max(8).describe('All of them, the most likely first; those ruled out stay, with what rules them out') });

/** A line of plain text is taken as an open one. */
const given = z.object({ hypotheses: z.array(z.union([z.string().transform((text) => hypothesisSchema.parse({ text })), hypothesisSchema])).max(8) });

/** Numbered in their order; ids of what there is not are left out and named. */
export async function hypothesesOf(input: unknown, { findings, evidence }: Pick<Investigation, 'findings' | 'evidence'>): Promise<{ hypotheses: Hypothesis[]; unknown: string[] }> {
  const { hypotheses } = given.parse(input);
  const cited = [...new Set(hypotheses.flatMap((one) => [...one.for, ...one.against]))];
  const known = new Set((await findings()).map(({ id }) => id));
  for (const id of cited) if ((await evidence(id)) !== undefined) known.add(id);
  const here = (list: readonly string[]): string[] => list.filter((id) => known.has(id));
  return {
    hypotheses: hypotheses.map((one, index) => ({ ...one, id: `H${index + 1}`, for: here(one.for), against: here(one.against) })),
    unknown: cited.filter((id) => !known.has(id)),
  };
}
