/** ALTER TABLE in place, which fails rather than copies or locks. It is not transactional: what a broken connection left is looked up. */
import { ExecutionError, messageOf } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import { qualified } from './quote.ts';
import type { Session } from './session.ts';
import { executionError, serverError, withSession } from './session.ts';
import { indexNamed } from './tables.ts';

export interface AlterLimits {
  deadlineMilliseconds: number;
  /** How long we go on asking what became of it. */
  lookMilliseconds: number;
  /** A transaction that is open for longer is refused up front. */
  longTransactionSeconds: number;
}

export const alterLimits: AlterLimits = { deadlineMilliseconds: 30 * 60_000, lookMilliseconds: 120_000, longTransactionSeconds: 60 };

export const alterStatement = (database: string, table: string, clause: string): string => `ALTER TABLE ${qualified(database, table)} ${clause}, ALGORITHM=INPLACE, LOCK=NONE`;

export interface Alter {
  target: string;
  table: string;
  index: string;
  statement: string;
  /** Right before, in the session that runs it; throws to refuse. */
  before(session: Session): Promise<void>;
  /** Whether the index being there with that id means that it took. */
  took(id: string | undefined): boolean;
}

/** Throws ExecutionError, or what `before` throws. */
export async function alter({ target, table, index, statement, before, took }: Alter, context: KindContext, limits: AlterLimits): Promise<{ id: string | undefined; output: string }> {
  const started = Date.now();
  let ours: number | undefined;
  let failure: unknown;
  try {
    await withSession(target, context, async (session) => {
      await before(session);
      await context.checkpoint();
      ours = session.id;
      await session.query(statement, [], limits.deadlineMilliseconds);
    });
  } catch (error) {
    if (ours === undefined) throw error;
    failure = error;
  }
  const id = await settled({ target, table, index }, ours, context, limits, failure);
  if (took(id)) return { id, output: `ALTER TABLE (${((Date.now() - started) / 1000).toFixed(1)} s)` };
  if (failure === undefined) throw new ExecutionError(`The statement succeeded, but index ${index} does not show it.`, 'unknown');
  // The server's own refusal, or our connection is gone and the index is as it was: in-place builds are rolled back by the server.
  const cause = executionError(failure, statement);
  throw new ExecutionError(serverError(failure) ? cause.message : `${messageOf(failure)}. Index ${index} is as it was.`, 'none', { cause: failure });
}

/** The index's id once our statement no longer runs. */
async function settled({ target, table, index }: Pick<Alter, 'target' | 'table' | 'index'>, ours: number | undefined, context: KindContext, limits: AlterLimits, failure: unknown): Promise<string | undefined> {
  // An abort that stopped the work must not stop the looking.
  const looking = { ...context, signal: new AbortController().signal };
  const deadline = Date.now() + limits.lookMilliseconds;
  for (;;) {
    try {
      return await withSession(target, looking, async (session) => {
        const [running] = failure === undefined ? [] : await session.query('SELECT 1 AS running FROM information_schema.PROCESSLIST WHERE ID = ?', [ours]);
        if (running) {
          await session.query(`KILL CONNECTION ${Number(ours)}`).catch(() => undefined);
          throw new Error('its connection still runs');
        }
        return (await indexNamed(table, index, session))?.id;
      });
    } catch (error) {
      if (Date.now() > deadline) throw new ExecutionError(`Whether it took can't be found out (${messageOf(error)}). It was: ${messageOf(failure ?? error)}`, 'unknown', { cause: failure ?? error });
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
