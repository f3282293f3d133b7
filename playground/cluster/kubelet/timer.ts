/** One alarm that rings at the earliest of the times asked for. */
export interface Timer {
  within(milliseconds: number): void;
  stop(): void;
}

const longest = 2_147_483_647;

export function createTimer(ring: () => void): Timer {
  let next: { at: number; timer: NodeJS.Timeout } | undefined;
  let stopped = false;
  return {
    within: (milliseconds) => {
      const at = Date.now() + milliseconds;
      if (stopped || (next !== undefined && next.at <= at)) return;
      clearTimeout(next?.timer);
      const timer = setTimeout(() => {
        next = undefined;
        ring();
      }, Math.min(longest, Math.max(1, milliseconds)));
      timer.unref();
      next = { at, timer };
    },
    stop: () => {
      stopped = true;
      clearTimeout(next?.timer);
    },
  };
}
