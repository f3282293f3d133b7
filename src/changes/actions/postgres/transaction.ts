/** What was shown, in one transaction: all of it or nothing. */
import { DatabaseError } from 'pg';
import { StoppedError } from '../../../incident/stopped-error.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import type { Session } from './session.ts';
import { executionError } from './session.ts';

export interface Looks {
  /** After BEGIN, before the first statement; what it throws rolls back. */
  before?(): Promise<void>;
  /** After each statement, with how many rows it wrote; what it throws rolls back. */
  after?(statement: string, rows: number): Promise<void>;
  deadlineMilliseconds?: number;
}

/** `command` is BEGIN ..., the statements, COMMIT. Throws ExecutionError, or what a look threw to refuse or stop; only a COMMIT without an answer is `unknown`. */
export async function runTransaction(session: Session, command: readonly string[], looks: Looks): Promise<void> {
  const [begin = '', commit = ''] = [command[0], command.at(-1)];
  let running = begin;
  try {
    await session.query(begin);
    running = 'the look before the first statement';
    await looks.before?.();
    for (running of command.slice(1, -1)) {
      const rows = await session.write(running, looks.deadlineMilliseconds);
      await looks.after?.(running, rows);
    }
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    if (error instanceof ExecutionError || error instanceof UndoRefusedError || error instanceof StoppedError) throw error;
    if (error instanceof RefusedError) throw executionError(error, running);
    if (error instanceof DatabaseError) throw new ExecutionError(`${error.message}${error.code ? ` [${error.code}]` : ''} in: ${running}`, 'none', { cause: error });
    throw new ExecutionError(`The connection broke before the commit, so nothing of it stays: ${running} (${error instanceof Error ? error.message : String(error)})`, 'none', { cause: error });
  }
  await session.query(commit).catch((error: unknown) => {
    throw executionError(error, commit);
  });
}

/** Reads at one moment, and writes nothing. */
export async function readAtOnce<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await work();
  } finally {
    await session.query('ROLLBACK').catch(() => undefined);
  }
}
