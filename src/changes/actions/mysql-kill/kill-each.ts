/** One KILL per connection that was shown, each right after a look that it still is what was approved. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError } from '../../errors.ts';
import type { ChangeOf, KindContext } from '../kind.ts';
import { oneByOne } from '../one-by-one.ts';
import { executionError, serverError, withSession } from '../mysql/session.ts';
import { boundIn, isStill, processesNow, sameStart } from './bound.ts';

/** ER_NO_SUCH_THREAD, ER_NO_SUCH_QUERY (MariaDB) */
const ended = new Set([1094, 1957]);

/** Throws ExecutionError. */
export async function killEach({ action, command, resolved }: ChangeOf<ActionOf<'mysql.kill'>>, context: KindContext): Promise<{ output: string }> {
  const done = action.what === 'connection' ? 'ended' : 'stopped';
  const output = await oneByOne(done, executionError, ({ sending, note }) => withSession(action.target, context, async (session) => {
    if (!sameStart(resolved, { serverStarted: session.serverStarted })) throw new ExecutionError('Nothing was ended: the server started anew since this was approved.', 'none');
    for (const [position, bound] of boundIn(resolved).entries()) {
      await context.checkpoint();
      const still = (await processesNow(session)).some((process) => isStill(action.what, bound, process, 'as approved'));
      const missed = `${bound.id}: not touched, it is no longer what was approved`;
      if (!still) {
        note(missed, false);
        continue;
      }
      const statement = command[position] ?? '';
      sending(statement);
      const hit = await session.query(statement).then(() => true, (error: unknown) => {
        if (ended.has(serverError(error)?.errno ?? 0)) return false;
        throw error;
      });
      note(hit ? `${bound.id}: ${done}` : missed, hit);
    }
  }));
  return { output };
}
