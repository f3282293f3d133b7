/** Sends one shown statement per session, with a look for a stop before each. */
import { StoppedError } from '../../../incident/stopped-error.ts';
import { ExecutionError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { executionError, withSession } from './session.ts';

export interface Signals {
  target: string;
  command: readonly string[];
  /** Of the sessions, in the order of `command`. */
  pids: readonly number[];
  /** What was done to one, as in `17: ended`. */
  done: string;
  /** Why one matched nothing. */
  missed: string;
}

/** Each statement returns one row with `sent`, or none where its session no longer is what was approved. Throws ExecutionError. */
export async function signalSessions({ target, command, pids, done, missed }: Signals, context: KindContext): Promise<string> {
  const lines: string[] = [];
  let count = 0;
  let running = '';
  try {
    await withSession(target, context, async (session) => {
      for (const [position, pid] of pids.entries()) {
        await context.checkpoint();
        running = command[position] ?? '';
        const [row] = await session.query<{ sent: boolean }>(running);
        if (row?.sent) count += 1;
        lines.push(`${pid}: ${row ? (row.sent ? done : 'could not be signalled') : `not touched, ${missed}`}`);
      }
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
