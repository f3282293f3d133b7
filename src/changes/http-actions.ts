/** The typed changes through internal HTTP APIs, as sre-agent.yaml describes them. */
import { z } from 'zod';

export const httpOperationSchema = z.object({
  kind: z.literal('http.operation').describe('One of the operations listed under the systems, with its parameters'),
  /** An operation described in sre-agent.yaml. */
  operation: z.string(),
  parameters: z.record(z.string(), z.string()),
});

export const httpActions = [httpOperationSchema] as const;
