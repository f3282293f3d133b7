/** A supervisor's status document: snake_case JSON over HTTP, checked before anything believes it. */
import { z } from 'zod';
import type { WorkloadStatus } from '../../rules/readings.ts';

const text = z.string().max(4_000);

const documentSchema = z.object({
  name: text,
  state: z.enum(['running', 'starting', 'crash_loop', 'stopped']),
  started_at: text.nullable(),
  restarts: z.number().int().nonnegative(),
  last_exit: z.object({ code: z.number().int().nullable(), signal: text.nullable(), at: text }).nullable(),
  revision: z.number().int(),
  revisions: z.array(z.object({ revision: z.number().int(), at: text, environment: z.record(z.string(), text), healthy: z.boolean() })).max(200),
  log: z.array(z.object({ at: text, line: z.string() })).max(2_000),
});

/** Throws an Error that names the first field that is wrong. */
export function parseStatusDocument(body: string): WorkloadStatus {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Error('the status document is not JSON');
  }
  const parsed = documentSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`the status document is not as described in docs/configuration.md: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { started_at: startedAt, last_exit: lastExit, ...rest } = parsed.data;
  return { ...rest, startedAt, lastExit };
}
