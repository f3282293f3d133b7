/**
 * A control loop: keys (`namespace/name`) are queued, once each, and reconciled one at a time; a key that failed comes back
 * later, later each time.
 */
export interface Controller {
  enqueue(key: string): void;
  /** Again after so many milliseconds; an earlier call for the same key wins. */
  enqueueAfter(key: string, milliseconds: number): void;
  stop(): void;
}

export interface ControllerSettings {
  name: string;
  /** Brings the world closer to what the object asks for; synchronous, idempotent. */
  reconcile(key: string): void;
  /** What it threw, for the cluster's own log. Conflicts and objects being gone are ordinary. */
  failed(key: string, error: unknown): void;
}

const firstRetryMilliseconds = 20;
const longestRetryMilliseconds = 10_000;

export function createController({ reconcile, failed }: ControllerSettings): Controller {
  const queued = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  let scheduled = false;
  let stopped = false;

  const run = (): void => {
    scheduled = false;
    const [key] = queued;
    if (key === undefined || stopped) return;
    queued.delete(key);
    try {
      reconcile(key);
      failures.delete(key);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      failed(key, error);
      enqueueAfter(key, Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** count));
    }
    schedule();
  };
  const schedule = (): void => {
    if (scheduled || stopped || queued.size === 0) return;
    scheduled = true;
    setImmediate(run);
  };
  const enqueue = (key: string): void => {
    queued.add(key);
    schedule();
  };
  const enqueueAfter = (key: string, milliseconds: number): void => {
    if (stopped) return;
    const at = Date.now() + milliseconds;
    const waiting = timers.get(key);
    if (waiting !== undefined && waiting.at <= at) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => {
      timers.delete(key);
      enqueue(key);
    }, milliseconds);
    timer.unref();
    timers.set(key, { at, timer });
  };
  return {
    enqueue,
    enqueueAfter,
    stop: () => {
      stopped = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
      queued.clear();
    },
  };
}

export const keyOfObject = ({ metadata }: { metadata: { namespace?: string; name: string } }): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return { namespace: slash <= 0 ? undefined : key.slice(0, slash), name: key.slice(slash + 1) };
}
