/** mysql.rows: a known number of rows updated or deleted, and kept in the same transaction, so that the undo is faithful. */
import { createHash } from 'node:crypto';
import { StoppedError } from '../../../incident/stopped-error.ts';
import { isSecretName } from '../../../redaction/secret-names.ts';
import type { ActionOf } from '../../action.ts';
import { canonicalJson } from '../../canonical-json.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { mysqlRowsSchema } from '../../mysql-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, Check, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { Session } from '../mysql/session.ts';
import { executionError, serverError, withSession } from '../mysql/session.ts';
import { hashOf } from '../mysql/tables.ts';
import { plain, plural } from '../words.ts';
import type { Names } from './statements.ts';
import { foundRows, selectKept, selectRows, statement, undoWrites, writes } from './statements.ts';
import type { RowTable } from './table.ts';
import { readRowTable } from './table.ts';

type Action = ActionOf<'mysql.rows'>;
type Row = Record<string, unknown>;

const mostRows = 1000;
const mostShown = 5;

export const mysqlRowsKind: ActionKind<Action> = {
  kind: 'mysql.rows',
  schema: mysqlRowsSchema,
  lockKey: lockKeyOf,
  risk: ({ operation }, { rows }) => ofRows(operation, rows ?? Number.POSITIVE_INFINITY),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift: (change, fresh) => (change.resolved['before'] === fresh.resolved['before'] ? moved(change, fresh) : 'the rows are not what they were when this was approved'),
  execute,
  check: (change, context) => withSession(change.action.target, context, (session) => check(change, session)),
  previewUndo: (change, context) => withSession(change.action.target, context, (session) => previewUndo(change, session)),
  undo: (change, context) => withSession(change.action.target, context, (session) => undo(change, session)),
  checkUndone: (change, context) => withSession(change.action.target, context, (session) => checkUndone(change, session)),
};

async function prepare(action: Action, session: Session) {
  const { database } = session.identity;
  const table = await readRowTable(action, session);
  const wanted = statement(action, table, database);
  await session.query('SELECT run FROM `sre_agent`.`runs` LIMIT 0').catch((error: unknown) => {
    throw new RefusedError(`What was there before could not be kept (${messageOf(error)}): run deploy/mysql/write-rows.sql on this server.`);
  });
  const plan = await session.query<Row>(`EXPLAIN ${wanted}`).catch((error: unknown) => {
    throw new RefusedError(`The server would not do this: ${messageOf(error)}.`);
  });
  const rows = await session.query<Row>(selectRows(action, table, database, ` LIMIT ${mostRows + 1}`));
  if (rows.length !== action.expected_rows) throw new RefusedError(`That is ${rows.length > mostRows ? `more than ${mostRows} rows` : plural(rows.length, 'row')}, not ${action.expected_rows}: look again at what it would touch.`);
  const before = hashOfRows(rows);
  const id = createHash('sha256').update(canonicalJson([action, session.identity, table.id, before])).digest('hex').slice(0, 32);
  const updates = action.operation === 'update';
  return {
    command: writes(action, table, { database, id }),
    equivalent: wanted,
    preview: [
      `${plural(rows.length, 'row')} of ${action.table} (${table.size}).`,
      ...describe(action, table, rows),
      `How it finds them: ${plan.map((line) => `${String(line['type'] ?? '')} ${String(line['key'] ?? 'without an index')}, about ${plural(Number(line['rows'] ?? 0), 'row')} looked at and locked`).join('; ')}.`,
      'No trigger and no cascading foreign key makes it touch more.',
    ].join('\n'),
    resolved: { server: session.identity, table: table.id, definition: hashOf(table.definition), rows: rows.length, before, kept: id },
    undo: {
      kind: 'automatic' as const,
      command: undoWrites(action, table, { database, id }),
      description: updates ? 'Puts the values before back from the rows that were kept, all of them or none, if they still hold what was written.' : 'Puts the rows back from those that were kept, all of them or none, if nobody has used their keys since.',
    },
    checks: [`${plural(rows.length, 'row')} written in one transaction, and kept as they were before`],
    blastRadius: `${plural(rows.length, 'row')} of ${action.table} ${updates ? `(${[...Object.keys(action.set ?? {}), ...table.touched].join(', ')})` : '(deleted)'}; nothing else.`,
    facts: { online: true, reversible: true, rows: rows.length, tableRows: table.rows },
  };
}

function describe({ operation, set = {} }: Action, { key }: RowTable, rows: readonly Row[]): string[] {
  const shown = (column: string, value: unknown): string => (value === null || value === undefined ? 'null' : isSecretName(column) ? '(not shown)' : `'${plain(String(value), 40)}'`);
  const lines = rows.slice(0, mostShown).map((row) => {
    const name = key.map((column) => `${column} ${shown(column, row[column])}`).join(', ');
    return `${name}: ${operation === 'delete' ? 'deleted' : Object.entries(set).map(([column, value]) => `${column} ${shown(column, row[column])} -> ${shown(column, value)}`).join(', ')}`;
  });
  return rows.length > mostShown ? [...lines, `and ${rows.length - mostShown} more`] : lines;
}

function hashOfRows(rows: readonly Row[]): string {
  const text = rows.map((row) => JSON.stringify(Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('hex') : value])));
  return createHash('sha256').update(text.join('\n')).digest('hex');
}

async function execute(change: ChangeOf<Action>, context: KindContext) {
  const { action, resolved, command } = change;
  const [make = '', ...rest] = command;
  const expected = Number(resolved['rows']);
  let run = '';
  await withSession(action.target, context, async (session) => {
    const table = await readRowTable(action, session);
    if (table.id !== resolved['table'] || hashOf(table.definition) !== resolved['definition']) throw new ExecutionError(`Nothing was changed: table ${action.table} is not what it was when this was approved.`, 'none');
    const names = namesOf(change, session);
    // Not transactional; an empty table more is all that it can leave.
    await session.query(make);
    await inTransaction(session, rest, {
      async before() {
        if (hashOfRows(await session.query<Row>(selectRows(action, table, names.database, ` LIMIT ${mostRows + 1} FOR UPDATE`))) !== resolved['before']) throw new ExecutionError('Nothing was changed: those rows are not what they were when this was approved.', 'none');
      },
      async after(running, rows) {
        if (running === rest[2] && rows !== expected) throw new ExecutionError(`Nothing was changed: ${plural(rows, 'row')} instead of ${expected} in: ${running}`, 'none');
        await context.checkpoint();
      },
      async last() {
        const kept = await session.query<Row>(selectKept(table, names));
        if (hashOfRows(kept) !== resolved['before']) throw new ExecutionError('Nothing was changed: what was kept of the rows is not what they were.', 'none');
        if (action.operation === 'update' && (await session.query(foundRows(action, table, names, 'new'))).length !== expected) throw new ExecutionError('Nothing was changed: the server would store other values than these, so the undo would not know its rows again.', 'none');
        run = (await session.query<{ run: string }>('SELECT run FROM `sre_agent`.`runs` WHERE id = ?', [names.id]))[0]?.run ?? '';
      },
    });
  }).catch((error: unknown) => {
    throw error instanceof StoppedError ? error : executionError(error, make);
  });
  return { output: `${action.operation === 'update' ? 'UPDATE' : 'DELETE'} ${expected}`, written: { run } };
}

interface Looks {
  before(): Promise<void>;
  after?(statement: string, rows: number): Promise<void>;
  /** Right before COMMIT. */
  last?(): Promise<void>;
}

/** START TRANSACTION, statements, COMMIT: all or nothing. Only a COMMIT without an answer is `unknown`. */
async function inTransaction(session: Session, command: readonly string[], looks: Looks): Promise<void> {
  const [begin = '', commit = ''] = [command[0], command.at(-1)];
  let running = begin;
  try {
    await session.query(begin);
    running = 'the look before the first statement';
    await looks.before();
    for (running of command.slice(1, -1)) await looks.after?.(running, await session.write(running));
    await looks.last?.();
  } catch (error) {
    await session.query('ROLLBACK').catch(() => undefined);
    if (error instanceof ExecutionError || error instanceof UndoRefusedError || error instanceof StoppedError) throw error;
    if (serverError(error)) throw executionError(error, running);
    throw new ExecutionError(`The connection broke before the commit, so nothing of it stays: ${running} (${messageOf(error)})`, 'none', { cause: error });
  }
  await session.query(commit).catch((error: unknown) => {
    // Whatever the server says of a COMMIT, nobody knows what it means for what was written.
    throw new ExecutionError(`Whether it was committed is not known: ${messageOf(error)}`, 'unknown', { cause: error });
  });
}

const namesOf = ({ resolved }: ChangeOf<Action>, session: Session): Names => ({ database: session.identity.database, id: String(resolved['kept']) });

async function check(change: ChangeOf<Action>, session: Session): Promise<Check> {
  const names = namesOf(change, session);
  const [run] = await session.query<{ run: string }>('SELECT run FROM `sre_agent`.`runs` WHERE id = ?', [names.id]);
  if (run === undefined || run.run !== change.written?.['run']) return { ok: false, details: ['the rows were not written'] };
  const table = await readRowTable(change.action, session);
  const rows = Number(change.resolved['rows']);
  const found = (await session.query(foundRows(change.action, table, names, change.action.operation === 'update' ? 'new' : 'any'))).length;
  const still = change.action.operation === 'update' ? found : rows - found;
  return { ok: true, details: [`${plural(rows, 'row')} written in one transaction; ${still === rows ? 'all of them' : `${still} of them`} ${still === 1 ? 'is' : 'are'} as it left them`] };
}

/** Throws UndoRefusedError when what was kept was altered, or the rows are no longer what was written. */
async function undoable(change: ChangeOf<Action>, session: Session, suffix = ''): Promise<void> {
  const { action, resolved } = change;
  const names = namesOf(change, session);
  const table = await readRowTable(action, session).catch((error: unknown) => {
    throw error instanceof RefusedError ? new UndoRefusedError(error.message) : error;
  });
  if (table.id !== resolved['table'] || hashOf(table.definition) !== resolved['definition']) throw new UndoRefusedError('The table is another one since, or has other columns: nothing was put back.');
  const kept = await session.query<Row>(selectKept(table, names)).catch(() => []);
  if (hashOfRows(kept) !== resolved['before']) throw new UndoRefusedError('What was kept of the rows is gone or was altered: nothing was put back.');
  const updates = action.operation === 'update';
  const found = (await session.query(foundRows(action, table, names, updates ? 'new' : 'any', suffix))).length;
  if (updates && found !== kept.length) throw new UndoRefusedError(`Only ${found} of ${plural(kept.length, 'row')} still ${found === 1 ? 'holds' : 'hold'} what was written: somebody changed the rest since. All were left alone.`);
  if (!updates && found > 0) throw new UndoRefusedError(`${plural(found, 'row')} with the same key ${found === 1 ? 'is' : 'are'} there again. Nothing was put back.`);
}

async function previewUndo(change: ChangeOf<Action>, session: Session) {
  await undoable(change, session);
  const rows = plural(Number(change.resolved['rows']), 'row');
  return {
    preview: change.action.operation === 'update' ? `Puts the values before back into ${rows}, all of which still hold what was written.` : `Puts ${rows} back; none of their keys is in use again.`,
    resolved: { server: session.identity, before: change.resolved['before'] },
  };
}

async function undo(change: ChangeOf<Action>, session: Session): Promise<{ output: string }> {
  const expected = Number(change.resolved['rows']);
  await inTransaction(session, change.undo.command, {
    before: () => undoable(change, session, ' FOR UPDATE'),
    after(_running, rows) {
      if (rows !== expected) throw new UndoRefusedError(`${plural(rows, 'row')} would be put back instead of ${expected}: nothing was.`);
      return Promise.resolve();
    },
  });
  return { output: `${plural(expected, 'row')} put back` };
}

async function checkUndone(change: ChangeOf<Action>, session: Session): Promise<Check> {
  const table = await readRowTable(change.action, session);
  const names = namesOf(change, session);
  const [ran] = await session.query('SELECT 1 FROM `sre_agent`.`runs` WHERE id = ?', [names.id]);
  // Never written: the rows are looked at themselves.
  if (!ran && hashOfRows(await session.query<Row>(selectRows(change.action, table, names.database, ` LIMIT ${mostRows + 1}`))) === change.resolved['before']) return { ok: true, details: ['the rows are as they were'] };
  const back = await session.query(foundRows(change.action, table, names, 'old')).then((rows) => rows.length, () => 0);
  return { ok: back === change.resolved['rows'], details: [`${back} of ${plural(Number(change.resolved['rows']), 'row')} as before`] };
}

function ofRows(operation: Action['operation'], rows: number): Assessment {
  if (rows > (operation === 'delete' ? 10 : 100)) return { level: 'high', reasons: [`${plural(rows, 'row')} of the application's data at once`] };
  return { level: 'medium', reasons: [`${plural(rows, 'row')} of the application's data, kept and put back by the undo`] };
}
