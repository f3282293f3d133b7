/** What may be in a job: ids, nothing else. Checked when it is added and again when it is delivered. */
import { z } from 'zod';
import { InvalidJobError } from './errors.ts';
import type { Jobs, QueueName } from './queue.ts';

const id = z.string().min(1).max(200);

const schemas: { [N in QueueName]: z.ZodType<Jobs[N]> } = {
  investigations: z.strictObject({ incidentId: id, investigation: id }),
  questions: z.strictObject({ incidentId: id, messageTs: id }),
  changes: z.strictObject({ changeId: id, step: z.enum(['preview', 'execute']) }),
};

/** @throws InvalidJobError */
export function parseJob<N extends QueueName>(name: N, jobId: string, data: unknown): Jobs[N] {
  if (jobId.includes(':') || /^\d*$/.test(jobId)) throw new InvalidJobError(name, jobId, 'BullMQ keeps such ids for itself');
  const result = schemas[name].safeParse(data);
  if (!result.success) throw new InvalidJobError(name, jobId, z.prettifyError(result.error));
  return result.data;
}
