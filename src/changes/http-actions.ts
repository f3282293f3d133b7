/** The typed changes through internal HTTP APIs, as sre-agent.yaml describes them. */
import { z } from 'zod';

export const httpOperationSchema = z.object({
  kind: z.literal('http.operation').describe('One of the operations listed under the systems, with its parameters'),
  /** An operation described in sre-agent.yaml. */
  operation: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of an operation in sre-agent.yaml'),
  /** Each is held to its enum or pattern in the configuration. */
  parameters: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), z.string().max(2000)),
});

export const httpActions = [httpOperationSchema] as const;
