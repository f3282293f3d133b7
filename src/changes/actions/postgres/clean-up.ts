/** Work after a failure, tried again until it succeeds or its time is over: also on a server that takes statements and never answers. */
import type { KindContext } from '../kind.ts';
import type { Session } from './session.ts';
import { withSession } from './session.ts';

export interface CleanUpLimits {
  /** How long we go on trying to drop what a failure left. */
  cleanupMilliseconds: number;
  /** How much longer the last look at what is left may take. */
  lookMilliseconds: number;
}

const pauseMilliseconds = 500;

/** `work` gets what is left of the time for dropping. Ends within both limits and the seconds in which a session is cut off. */
export async function cleanUp<T>(
  target: string,
  context: KindContext,
  limits: CleanUpLimits,
  work: (session: Session, remaining: () => number) => Promise<T>,
): Promise<{ done: true; result: T } | { done: false; trouble: unknown }> {
  const deadline = Date.now() + limits.cleanupMilliseconds;
  // An abort that stopped the work must not stop the cleaning up; only its own time does.
  const cleaning = { ...context, signal: AbortSignal.timeout(limits.cleanupMilliseconds + limits.lookMilliseconds) };
  for (;;) {
    try {
      return { done: true, result: await withSession(target, cleaning, (session) => work(session, () => Math.max(1, deadline - Date.now()))) };
    } catch (error) {
      if (Date.now() > deadline) return { done: false, trouble: error };
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}
