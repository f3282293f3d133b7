/** Why the queue refuses, or can't. */

export class QueueUnavailableError extends Error {
  readonly code = 'queue_unavailable';
  override readonly name = 'QueueUnavailableError';
  constructor(what: string, cause?: unknown) {
    super(`The queue did not answer (${what}). Check that the server of REDIS_URL, or of DATABASE_URL when there is none, can be reached.`, { cause });
  }
}

export class InvalidJobError extends Error {
  readonly code = 'invalid_job';
  override readonly name = 'InvalidJobError';
  constructor(queue: string, id: string, reason: string) {
    super(`Job ${JSON.stringify(id)} of ${queue} is refused: ${reason}. Ids are words without ':'; data holds ids only.`);
  }
}

/** What the queue's own storage keeps of a failed job: no message, which could quote a secret; the log has it, redacted. */
export class JobFailedError extends Error {
  readonly code = 'job_failed';
  override readonly name = 'JobFailedError';
  constructor(cause: unknown) {
    super(`The handler threw ${cause instanceof Error ? cause.name : 'a value that is no error'}; the log has the details.`);
  }
}
