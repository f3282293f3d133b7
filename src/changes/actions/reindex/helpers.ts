/** The helper indexes of REINDEX CONCURRENTLY (`_ccnew`, `_ccold`): one that fails leaves them INVALID. */
import { messageOf } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import type { CleanUpLimits } from '../postgres/clean-up.ts';
import { cleanUp } from '../postgres/clean-up.ts';
import { qualified } from '../postgres/quote.ts';
import type { OwnBackend } from '../postgres/remains.ts';
import { endOwn } from '../postgres/remains.ts';
import type { Session } from '../postgres/session.ts';

/** Those of a table, by its oid. */
export async function helpersOf(table: number, session: Session): Promise<{ oid: number; name: string }[]> {
  const rows = await session.query<{ oid: string; name: string }>(
    `SELECT c.oid::text, c.relname::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE i.indrelid = $1::oid AND NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' ORDER BY c.oid`,
    [table],
  );
  return rows.map(({ oid, name }) => ({ oid: Number(oid), name }));
}

export interface Rebuild {
  target: string;
  schema: string;
  table: number;
  ours: OwnBackend;
  /** Helpers that were there when ours began: somebody else's. */
  before: readonly number[];
}

/** Ends our own rebuild if it still runs and drops the helpers it left. `left`: some are still there, or nobody knows. */
export async function dropHelpers({ target, schema, table, ours, before }: Rebuild, context: KindContext, limits: CleanUpLimits): Promise<{ left: boolean; words: string }> {
  let names: string[] = [];
  const cleaned = await cleanUp(target, context, limits, async (session, remaining) => {
    await endOwn(ours, session);
    const helpers = (await helpersOf(table, session)).filter(({ oid }) => !before.includes(oid));
    if (helpers.length > 0) names = helpers.map(({ name }) => name);
    for (const { name } of helpers) await session.query(`DROP INDEX CONCURRENTLY ${qualified(schema, name)}`, [], remaining());
  });
  if (cleaned.done) return { left: false, words: names.length > 0 ? `What it left was dropped: ${names.join(', ')}.` : 'It left nothing behind.' };
  return { left: true, words: `An unfinished index may remain: DROP INDEX CONCURRENTLY ${names.map((name) => qualified(schema, name)).join(', ') || '..._ccnew'} (${messageOf(cleaned.trouble)}).` };
}
