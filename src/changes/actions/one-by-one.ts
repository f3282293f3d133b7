/** Statements that each do one thing to one session: what was done by the time it broke off is said, and nothing is counted twice. */
import { StoppedError } from '../../incident/stopped-error.ts';
import { ExecutionError } from '../errors.ts';

export interface Progress {
  /** Call right before a statement is sent. */
  sending(statement: string): void;
  /** What became of one, in words; `hit`: it was done. */
  note(line: string, hit: boolean): void;
}

/** `done` as in `17: ended`. Throws ExecutionError; StoppedError when nothing was done yet. */
export async function oneByOne(done: string, executionError: (error: unknown, statement: string) => ExecutionError, work: (progress: Progress) => Promise<void>): Promise<string> {
  const lines: string[] = [];
  let count = 0;
  let running = '';
  try {
    await work({
      sending: (statement) => { running = statement; },
      note: (line, hit) => {
        lines.push(line);
        if (hit) count += 1;
      },
    });
  } catch (error) {
    if (error instanceof StoppedError) {
      if (count === 0) throw error;
      throw new ExecutionError(`Stopped on the way: ${lines.join('; ')}`, 'partial', { cause: error });
    }
    const cause = executionError(error, running);
    if (count === 0) throw cause;
    throw new ExecutionError(`${cause.message} Before that: ${lines.join('; ')}`, 'unknown', { cause: error });
  }
  if (count === 0) throw new ExecutionError(`Nothing was ${done}. ${lines.join('; ')}`, 'none');
  return lines.join('\n');
}
