/** Sends one shown statement per session, with a look for a stop before each. */
import type { KindContext } from '../kind.ts';
import { oneByOne } from '../one-by-one.ts';
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
  return oneByOne(done, executionError, ({ sending, note }) => withSession(target, context, async (session) => {
    for (const [position, pid] of pids.entries()) {
      await context.checkpoint();
      const statement = command[position] ?? '';
      sending(statement);
      const [row] = await session.query<{ sent: boolean }>(statement);
      note(`${pid}: ${row ? (row.sent ? done : 'could not be signalled') : `not touched, ${missed}`}`, row?.sent === true);
    }
  }));
}
