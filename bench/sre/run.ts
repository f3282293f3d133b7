import type { Job } from './job.ts';
import type { RunRecord } from './record.ts';
export async function runOnce(_job: Job, _parts: unknown): Promise<RunRecord> { throw new Error('not yet'); }
