/** The queue port. BullMQ serves it on PostgreSQL or Redis; both pass test/contracts/queue.ts. */

/** What runs in the background. Ids only: no secrets, no text from outside. */
export interface Jobs {
  investigations: { incidentId: string; investigation: string };
  questions: { incidentId: string; messageTs: string };
  changes: { changeId: string; step: 'preview' | 'execute' };
}
export type QueueName = keyof Jobs;

export interface QueueBackend {
  /** Adding the same id twice while it is kept gives one job. Ids hold no `:`. */
  add<N extends QueueName>(name: N, id: string, data: Jobs[N]): Promise<void>;
  /**
   * `signal` aborts when the worker is closed. A job whose worker died is delivered again for investigations and
   * questions (at least once) and never again for changes (at most once). A handler that ends early because of
   * `signal` throws: then an investigation or question is delivered again to the next worker.
   */
  work<N extends QueueName>(name: N, concurrency: number, handle: (data: Jobs[N], signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Waiting and running jobs of a queue. */
  depth(name: QueueName): Promise<{ waiting: number; active: number }>;
  /** Lets running jobs end for up to `graceMilliseconds`, then aborts them. */
  close(graceMilliseconds?: number): Promise<void>;
}
