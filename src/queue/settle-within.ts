import { setTimeout as sleep } from 'node:timers/promises';

/** Ends with the promise, or after so many milliseconds. An error counts as an end. */
export async function settleWithin(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([promise, sleep(milliseconds, undefined, { signal: timer.signal })]);
  } catch {
    // Who waits for an end does not care how it was reached.
  } finally {
    timer.abort();
  }
}
