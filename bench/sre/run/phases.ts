/** The phases of a run: how long each took, and what it means when one throws. */
import type { Ending } from '../record.ts';

export type Unfinished = Exclude<Ending, 'finished'>;

/** A run that ended before it could be judged. */
export class Ended extends Error {
  constructor(readonly ending: Unfinished, message: string) {
    super(message);
    this.name = 'Ended';
  }
}

export interface Phases {
  /** Whole tenths of seconds by phase. */
  seconds: Record<string, number>;
  /** What `work` throws ends the run as `ending`. */
  during<T>(phase: string, ending: Unfinished, work: () => Promise<T>): Promise<T>;
}

/** `begun` is told of each phase before it begins, with what it would mean if it never ended. */
export function createPhases(begun: (phase: string, ending: Unfinished) => void = () => undefined): Phases {
  const seconds: Record<string, number> = {};
  return {
    seconds,
    during: async (phase, ending, work) => {
      const start = performance.now();
      begun(phase, ending);
      try {
        return await work();
      } catch (error) {
        throw error instanceof Ended ? error : new Ended(ending, message(error));
      } finally {
        seconds[phase] = Math.round((seconds[phase] ?? 0) * 10 + (performance.now() - start) / 100) / 10;
      }
    },
  };
}

/** Rejects with what `late` gives after so many seconds. */
export async function within<T>(seconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
