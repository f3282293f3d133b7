/** A concurrent build that fails leaves an INVALID index, which costs every write and serves no read. */
import { ExecutionError, messageOf } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import type { CleanUpLimits } from './clean-up.ts';
import { cleanUp } from './clean-up.ts';
import { indexNamed } from './indexes.ts';
import { qualified } from './quote.ts';
import type { Session } from './session.ts';

export interface Unfinished {
  target: string;
  schema: string;
  name: string;
  /** The table's oid. */
  table: number;
  /** The index's, where it is known: another of that name is somebody else's. */
  oid?: number;
}

/**
 * Ends our own build if it still runs, then drops what it left. Returns only when the index turned out to be
 * valid (the answer was lost, not the work); otherwise throws ExecutionError with what remains.
 */
export async function dropRemains(index: Unfinished, ours: OwnBackend, context: KindContext, limits: CleanUpLimits, cause: unknown): Promise<void> {
  const { end, oid, trouble } = await finishOff(index, ours, context, limits);
  if (end === 'valid') return;
  if (end !== 'remains') throw new ExecutionError(`${messageOf(cause)}. ${end === 'dropped' ? 'The unfinished index it left was dropped.' : 'It left nothing behind.'}`, 'none', { cause });
  const remedy = `An unfinished index may remain: DROP INDEX CONCURRENTLY ${qualified(index.schema, index.name)} (${messageOf(trouble ?? cause)}).`;
  throw new ExecutionError(`${messageOf(cause)}. ${remedy}`, oid === undefined ? 'unknown' : 'partial', { cause, written: oid === undefined ? undefined : { index: oid } });
}

export interface OwnBackend {
  pid: number;
  start: string;
}

/** Ends our own backend if it still works, then drops the index if it is INVALID. `remains`: it could not be read or dropped in time. */
export async function finishOff(
  { target, schema, name, table, oid: own }: Unfinished,
  ours: OwnBackend,
  context: KindContext,
  limits: CleanUpLimits,
): Promise<{ end: 'none' | 'valid' | 'dropped' | 'remains'; oid?: number; trouble?: unknown }> {
  let oid: number | undefined;
  const cleaned = await cleanUp(target, context, limits, async (session, remaining) => {
    await endOwn(ours, session);
    const found = await indexNamed(schema, name, session);
    if (!found || found.table !== table || found.building || (own !== undefined && found.oid !== own)) return 'none';
    oid = found.oid;
    if (found.valid) return 'valid';
    await session.query(`DROP INDEX CONCURRENTLY ${qualified(schema, name)}`, [], remaining());
    return 'dropped';
  });
  const seen = oid === undefined ? {} : { oid };
  return cleaned.done ? { end: cleaned.result, ...seen } : { end: 'remains', trouble: cleaned.trouble, ...seen };
}

export async function endOwn({ pid, start }: OwnBackend, session: Session): Promise<void> {
  await session.query("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz AND state <> 'idle'", [pid, start]);
}

/** Who we are, so that another session can end us. */
export async function ownBackend(session: Session): Promise<OwnBackend> {
  const [self] = await session.query<{ start: string }>('SELECT backend_start::text AS start FROM pg_stat_activity WHERE pid = pg_backend_pid()');
  return { pid: session.pid, start: self?.start ?? '' };
}
