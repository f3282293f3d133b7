/** Works jobs off, some at a time; one that fails does not stop the others, an interruption does. */
export interface ScheduleOptions<Job, Result> {
  sideBySide: number;
  signal: AbortSignal;
  /** Never rejects for a fault of the job. Undefined: it was interrupted, and nothing is kept of it. */
  work(job: Job): Promise<Result | undefined>;
  /** In the order they end. */
  keep(job: Job, result: Result, done: number): void;
}

/** @returns how many were kept */
export async function schedule<Job, Result>(jobs: readonly Job[], { sideBySide, signal, work, keep }: ScheduleOptions<Job, Result>): Promise<number> {
  const waiting = [...jobs];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined && !signal.aborted; job = waiting.shift()) {
      const result = await work(job);
      if (result === undefined) continue;
      done += 1;
      keep(job, result, done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, jobs.length) }, worker));
  return done;
}

/** The longest first, where earlier results tell; what nobody knows comes between. So the last ones are short, and no world waits for one straggler. */
export function longestFirst<Job>(jobs: readonly Job[], seconds: (job: Job) => number | undefined): Job[] {
  const known = jobs.map(seconds).filter((one) => one !== undefined);
  const usual = known.length === 0 ? 0 : known.reduce((sum, one) => sum + one, 0) / known.length;
  return jobs.map((job) => ({ job, long: seconds(job) ?? usual })).toSorted((one, other) => other.long - one.long).map(({ job }) => job);
}
