/** Builds one index while writes go on; what a failed build leaves is dropped again. */
import { DatabaseError } from 'pg';
import { StoppedError } from '../../../incident/stopped-error.ts';
import { ExecutionError, messageOf } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import type { CleanUpLimits } from './clean-up.ts';
import { indexNamed } from './indexes.ts';
import type { OwnBackend, Unfinished } from './remains.ts';
import { dropRemains, ownBackend } from './remains.ts';
import { executionError, withSession } from './session.ts';

export interface BuildLimits extends CleanUpLimits {
  /** How long the build waits for one lock before it gives up. */
  lockTimeoutMilliseconds: number;
  buildDeadlineMilliseconds: number;
  /** A transaction that has locked the table for longer is refused up front. */
  longHolderSeconds: number;
}

export const buildLimits: BuildLimits = { longHolderSeconds: 60, lockTimeoutMilliseconds: 10_000, buildDeadlineMilliseconds: 30 * 60_000, cleanupMilliseconds: 120_000, lookMilliseconds: 10_000 };

/** `index` is the oid of what was built. Throws ExecutionError. */
export async function buildIndex(build: Unfinished & { statement: string }, context: KindContext, limits: BuildLimits): Promise<{ index: number; seconds: string }> {
  const { target, schema, name, statement } = build;
  const started = Date.now();
  let ours: OwnBackend | undefined;
  try {
    await withSession(target, context, async (session) => {
      const self = await ownBackend(session);
      await session.query('SELECT set_config($1, $2, false)', ['lock_timeout', `${limits.lockTimeoutMilliseconds}ms`]);
      await context.checkpoint();
      ours = self;
      await session.query(statement, [], limits.buildDeadlineMilliseconds);
    });
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    // 42P07: somebody else's index has the name; it is not ours to drop. Without a session nothing was begun.
    if (!ours || (error instanceof DatabaseError && error.code === '42P07')) throw executionError(error, statement);
    await dropRemains(build, ours, context, limits, error);
  }
  const index = await withSession(target, context, (session) => indexNamed(schema, name, session)).catch((error: unknown) => {
    throw new ExecutionError(`The statement succeeded, but the index can't be read: ${messageOf(error)}`, 'unknown', { cause: error });
  });
  if (!index) throw new ExecutionError(`${name} is not there, though its statement succeeded.`, 'unknown');
  return { index: index.oid, seconds: ((Date.now() - started) / 1000).toFixed(1) };
}
