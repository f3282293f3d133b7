/** mysql.analyze: the statistics by which the optimizer plans, read anew. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { mysqlAnalyzeSchema } from '../../mysql-actions.ts';
import type { ActionKind } from '../kind.ts';
import { moved } from '../moved.ts';
import { qualified } from '../mysql/quote.ts';
import type { Session } from '../mysql/session.ts';
import { executionError, withSession } from '../mysql/session.ts';
import { hashOf, readTable, refuseLongTransactions } from '../mysql/tables.ts';

type Action = ActionOf<'mysql.analyze'>;

export const mysqlAnalyzeKind: ActionKind<Action> = {
  kind: 'mysql.analyze',
  schema: mysqlAnalyzeSchema,
  lockKey: lockKeyOf,
  risk: () => ({ level: 'low', reasons: ['reads a sample of the table; plans may change, for the better as a rule'] }),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift: (change, fresh) => moved(change, fresh),
  async execute({ action, resolved, command: [statement = ''] }, context) {
    return withSession(action.target, context, async (session) => {
      const table = await readTable(action.target, action.table, session);
      if (table.id !== resolved['table'] || hashOf(table.definition) !== resolved['definition']) throw new ExecutionError(`Nothing was done: table ${action.table} is not what it was when this was approved.`, 'none');
      await context.checkpoint();
      const [{ at } = { at: '' }] = await session.query<{ at: string }>('SELECT CAST(NOW() AS CHAR) AS at');
      const rows = await session.query<{ Msg_type: string; Msg_text: string }>(statement, [], deadlineMilliseconds).catch((error: unknown) => {
        throw executionError(error, statement);
      });
      const words = rows.map((row) => `${row.Msg_type}: ${row.Msg_text}`).join('; ');
      if (!rows.some((row) => row.Msg_type === 'status' && row.Msg_text === 'OK')) throw new ExecutionError(`The server did not analyze it: ${words}`, 'none');
      return { output: words, written: { at } };
    }).catch((error: unknown) => {
      throw error instanceof RefusedError ? executionError(error, statement) : error;
    });
  },
  async check({ action, written }, context) {
    const last = await withSession(action.target, context, (session) => lastUpdate(action.table, session));
    const ok = last !== undefined && typeof written?.['at'] === 'string' && last >= written['at'];
    return { ok, details: [`statistics of ${action.table} are ${last === undefined ? 'not kept' : `of ${last} UTC`}`] };
  },
  previewUndo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
  undo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
  checkUndone: () => Promise.resolve({ ok: false, details: [nothingToUndo] }),
};

const nothingToUndo = 'The statistics say what is in the table: there is nothing to take back.';
const deadlineMilliseconds = 5 * 60_000;

async function prepare(action: Action, session: Session) {
  const table = await readTable(action.target, action.table, session);
  const last = await lastUpdate(action.table, session);
  // It closes the table for a moment, which waits for statements that are under way.
  await refuseLongTransactions('Analyzing it', 60, session);
  return {
    command: [`ANALYZE TABLE ${qualified(session.identity.database, action.table)}`],
    preview: `Table ${action.table}: ${table.size}; its statistics are ${last === undefined ? 'not kept' : `of ${last} UTC`}.\nIt reads a sample of each index, not the whole table, and is written to the binary log.`,
    resolved: { server: session.identity, table: table.id, definition: hashOf(table.definition) },
    undo: { kind: 'not_needed' as const, command: [], description: nothingToUndo },
    checks: [`statistics of ${action.table} are newer than the run`],
    blastRadius: `Table ${action.table} (${table.size}): reads and writes go on; plans of queries on it may change.`,
    facts: { online: true, reversible: true, tableRows: table.rows },
  };
}

/** In UTC, as the session's time zone is. */
async function lastUpdate(table: string, session: Session): Promise<string | undefined> {
  const [row] = await session
    .query<{ at: string | null }>('SELECT CAST(last_update AS CHAR) AS at FROM mysql.innodb_table_stats WHERE database_name = ? AND table_name = ?', [session.identity.database, table])
    .catch((error: unknown) => {
      throw new RefusedError(`The age of its statistics can't be read (${messageOf(error)}): grant the write account SELECT on mysql.innodb_table_stats.`);
    });
  return row?.at ?? undefined;
}
