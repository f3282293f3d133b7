/** A concurrent build that fails leaves an INVALID index, which costs every write and serves no read. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, messageOf } from '../../errors.ts';
import type { ChangeOf, KindContext } from '../kind.ts';
import { qualified } from '../postgres/quote.ts';
import { withSession } from '../postgres/session.ts';
import { indexNamed } from './inspect.ts';

type Change = ChangeOf<ActionOf<'postgres.create_index'>>;

const pauseMilliseconds = 500;

/**
 * Ends our own build if it still runs, then drops what it left. Returns only when the index turned out to be
 * valid (the answer was lost, not the work); otherwise throws ExecutionError with what remains.
 */
export async function dropRemains(
  change: Change,
  name: string,
  ours: { pid: number; start: string },
  context: KindContext,
  limits: { cleanupMilliseconds: number },
  cause: unknown,
): Promise<void> {
  const { schema, target } = change.action;
  // An abort that stopped the build must not stop the cleaning up.
  const cleaning = { ...context, signal: new AbortController().signal };
  const deadline = Date.now() + limits.cleanupMilliseconds;
  let index: { oid: number } | undefined;
  let trouble: unknown = cause;
  for (;;) {
    try {
      const outcome = await withSession(target, cleaning, async (session) => {
        await session.query("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz AND state <> 'idle'", [ours.pid, ours.start]);
        const found = await indexNamed(schema, name, session);
        if (!found || found.table !== change.resolved['table'] || found.building) return 'none';
        if (found.valid) return 'valid';
        index = { oid: found.oid };
        await session.query(`DROP INDEX CONCURRENTLY ${qualified(schema, name)}`, [], limits.cleanupMilliseconds);
        return 'dropped';
      });
      if (outcome === 'valid') return;
      throw new ExecutionError(`${messageOf(cause)}. ${outcome === 'dropped' ? 'The unfinished index it left was dropped.' : 'It left nothing behind.'}`, 'none', { cause });
    } catch (error) {
      if (error instanceof ExecutionError) throw error;
      trouble = error;
    }
    if (Date.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
  const remedy = `An unfinished index may remain: DROP INDEX CONCURRENTLY ${qualified(schema, name)} (${messageOf(trouble)}).`;
  throw new ExecutionError(`${messageOf(cause)}. ${remedy}`, index ? 'partial' : 'unknown', { cause, written: index && { index: index.oid } });
}
