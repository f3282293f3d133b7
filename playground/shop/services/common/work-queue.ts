/**
 * Requests and background jobs take turns. A job works in slices; a request that arrives while a job
 * runs gets its turn after the next full slice, so a job that never ends makes every request wait.
 */
export interface WorkQueue {
  /** Resolves when the request may run; at once when no job runs. */
  turn(): Promise<void>;
  /** Starts a job that runs until `slices` slices are done. */
  runJob(sliceMilliseconds: number, slices: number): void;
}

export function createWorkQueue(): WorkQueue {
  let jobs = 0;
  let waiting: (() => void)[] = [];
  let arriving: (() => void)[] = [];

  const endSlice = (): void => {
    const released = waiting;
    waiting = jobs > 0 ? arriving : [];
    if (jobs === 0) released.push(...arriving);
    arriving = [];
    for (const release of released) release();
  };

  return {
    turn: () => (jobs === 0 ? Promise.resolve() : new Promise((resolve) => arriving.push(resolve))),
    runJob: (sliceMilliseconds, slices) => {
      jobs += 1;
      let done = 0;
      const timer = setInterval(() => {
        done += 1;
        if (done >= slices) {
          clearInterval(timer);
          jobs -= 1;
        }
        endSlice();
      }, sliceMilliseconds);
    },
  };
}
