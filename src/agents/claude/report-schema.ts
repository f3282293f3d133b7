/** What an agent that read states of it. */
import { z } from 'zod';
import { findingSchema, severities } from '../../incident/types.ts';

/** Without a remedy: the orchestrator alone chooses changes, and the union of all actions is most of a schema. */
export const claimSchema = findingSchema.omit({ remedy: true }).extend({
  severity: z.enum(severities).describe('critical: users or other components fail or wait because of it now. warning: it is wrong and will hurt, or hurts little. info: worth knowing, nothing suffers from it'),
  resource: z.string().describe('kind/name; in a cluster kind/namespace/name: deployment/shop/checkout'),
  mechanism: z.string().describe('What is wrong, as a short term in kebab-case'),
  confidence: z.number().describe('0 to 1'),
  blames: z.string().optional().describe('For a symptom: the resource that causes it'),
});

export const notesSchema = z.object({ findings: z.array(claimSchema) });

export const reportSchema = z.object({
  summary: z.string().describe('At most 300 words: what you looked at, what is wrong and what is not, what it means'),
  findings: z.array(claimSchema).describe('Those not noted yet'),
  gaps: z.array(z.string()).describe('What you could not see, and why'),
});
