/** One KILL per connection that was shown, each right after a look that it still is what was approved. */
import { StoppedError } from '../../../incident/stopped-error.ts';
import type { ActionOf } from '../../action.ts';
import { ExecutionError } from '../../errors.ts';
import type { ChangeOf, KindContext } from '../kind.ts';
import { executionError, serverError, withSession } from '../mysql/session.ts';
import { boundIn, isStill, processesNow, sameStart } from './bound.ts';

/** ER_NO_SUCH_THREAD, ER_NO_SUCH_QUERY (MariaDB) */
const ended = new Set([1094, 1957]);

/** Throws ExecutionError. */
export async function killEach({ action, command, resolved }: ChangeOf<ActionOf<'mysql.kill'>>, context: KindContext): Promise<{ output: string }> {
  const done = action.what === 'connection' ? 'ended' : 'stopped';
  const lines: string[] = [];
  let count = 0;
  let running = '';
  try {
    await withSession(action.target, context, async (session) => {
      if (!sameStart(resolved, { serverStarted: session.serverStarted })) throw new ExecutionError('Nothing was ended: the server started anew since this was approved.', 'none');
      for (const [position, bound] of boundIn(resolved).entries()) {
        await context.checkpoint();
        const still = (await processesNow(session)).some((process) => isStill(action.what, bound, process, 'as approved'));
        const missed = `${bound.id}: not touched, it is no longer what was approved`;
        if (!still) {
          lines.push(missed);
          continue;
        }
        running = command[position] ?? '';
        const hit = await session.query(running).then(() => true, (error: unknown) => {
          if (ended.has(serverError(error)?.errno ?? 0)) return false;
          throw error;
        });
        if (hit) count += 1;
        lines.push(hit ? `${bound.id}: ${done}` : missed);
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
  return { output: lines.join('\n') };
}
