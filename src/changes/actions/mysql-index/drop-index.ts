/** mysql.drop_index: an index that is not unique and serves no foreign key, dropped in place, and built again exactly by its undo. */
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { mysqlDropIndexSchema } from '../../mysql-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf } from '../kind.ts';
import { moved } from '../moved.ts';
import type { AlterLimits } from '../mysql/alter.ts';
import { alter, alterLimits, alterStatement } from '../mysql/alter.ts';
import { identifier } from '../mysql/quote.ts';
import type { Session } from '../mysql/session.ts';
import { withSession } from '../mysql/session.ts';
import type { Index, Table } from '../mysql/tables.ts';
import { hashOf, indexNamed, readTable, refuseLongTransactions } from '../mysql/tables.ts';
import { refusedBefore } from './create-index.ts';

type Action = ActionOf<'mysql.drop_index'>;

export function mysqlDropIndexKind(overrides: Partial<AlterLimits> = {}): ActionKind<Action> {
  const limits = { ...alterLimits, ...overrides };
  return {
    kind: 'mysql.drop_index',
    schema: mysqlDropIndexSchema,
    lockKey: lockKeyOf,
    risk: (_action, { tableRows, indexScans }) => ofDrop(tableRows ?? Number.POSITIVE_INFINITY, indexScans),
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, limits)),
    drift: (change, fresh) => moved(change, fresh),
    async execute({ action, resolved, command: [statement = ''] }, context) {
      const before = async (session: Session): Promise<void> => {
        const table = await readTable(action.target, action.table, session);
        if (table.id !== resolved['table'] || hashOf(table.definition) !== resolved['tableDefinition'] || table.indexes.find(({ name }) => name === action.index)?.id !== resolved['index']) {
          throw new ExecutionError(`Nothing was dropped: table ${action.table} or its index is not what it was when this was approved.`, 'none');
        }
      };
      const { output } = await alter({ target: action.target, table: action.table, index: action.index, statement, before, took: (now) => now === undefined }, context, limits).catch(refusedBefore);
      return { output };
    },
    async check({ action, resolved }, context) {
      const index = await withSession(action.target, context, (session) => indexNamed(action.table, action.index, session));
      return { ok: index === undefined, details: [index === undefined ? `index ${action.index} is gone` : index.id === resolved['index'] ? `index ${action.index} still exists` : `another index is named ${action.index} now`] };
    },
    async previewUndo(change, context) {
      return withSession(change.action.target, context, async (session) => {
        await undoable(change, session);
        return { preview: `Builds index ${change.action.index} again, as it was, in place while reads and writes go on: ${String(change.resolved['clause'])}.`, resolved: { server: session.identity, table: change.resolved['table'] } };
      });
    },
    async undo(change, context) {
      const { action, resolved, undo: { command: [statement = ''] } } = change;
      const { output } = await alter({ target: action.target, table: action.table, index: action.index, statement, before: (session) => undoable(change, session), took: (now) => now !== undefined && now !== resolved['index'] }, context, limits);
      return { output };
    },
    checkUndone: (change, context) => withSession(change.action.target, context, (session) => checkUndone(change, session)),
  };
}

async function undoable({ action, resolved }: ChangeOf<Action>, session: Session): Promise<void> {
  const table = await readTable(action.target, action.table, session).catch((error: unknown) => {
    throw error instanceof RefusedError ? new UndoRefusedError(error.message) : error;
  });
  if (table.id !== resolved['table']) throw new UndoRefusedError('The table that it belonged to is another one since, or was rebuilt.');
  const index = table.indexes.find(({ name }) => name.toLowerCase() === action.index.toLowerCase());
  if (index?.id === resolved['index']) throw new UndoRefusedError(`${action.index} was not dropped.`);
  if (index) throw new UndoRefusedError(`Somebody has made another ${action.index} since. It was left alone.`);
}

async function checkUndone({ action, resolved }: ChangeOf<Action>, session: Session) {
  const table = await readTable(action.target, action.table, session);
  const index = table.indexes.find(({ name }) => name === action.index);
  const ok = index !== undefined && index.clause === resolved['clause'];
  return { ok, details: [ok ? `index ${action.index} is there, as it was` : `index ${action.index} is not as it was`] };
}

async function prepare(action: Action, session: Session, limits: AlterLimits) {
  const table = await readTable(action.target, action.table, session);
  const index = table.indexes.find(({ name }) => name === action.index);
  if (!index) throw new RefusedError(`Table ${action.table} has no index ${action.index}; it has ${table.indexes.map(({ name }) => name).join(', ') || 'none'}.`);
  await refuseNeeded(action, index, table, session);
  await refuseLongTransactions('Dropping an index', limits.longTransactionSeconds, session);
  const scans = await readScans(action, session);
  const { database } = session.identity;
  return {
    command: [alterStatement(database, action.table, `DROP INDEX ${identifier(action.index)}`)],
    preview: [
      `${index.clause} on table ${action.table} (${table.size}).`,
      scans === undefined ? 'How often it is used is not counted on this server (performance_schema is off or not granted).' : `Rows were read by it ${scans.toLocaleString('en-US')} times since the server started.`,
      'It is not unique and serves no foreign key.',
    ].join('\n'),
    resolved: { server: session.identity, table: table.id, tableDefinition: hashOf(table.definition), index: index.id, clause: index.clause },
    undo: { kind: 'automatic' as const, command: [alterStatement(database, action.table, `ADD ${index.clause}`)], description: 'Builds the same index again, in place while reads and writes go on; on a big table that takes a while.' },
    checks: [`${action.index} is gone`],
    blastRadius: `Table ${action.table} (${table.size}): reads and writes go on; queries that used the index find another way, perhaps a slower one. Statements that name it (FORCE INDEX) fail.`,
    facts: { online: true, reversible: true, tableRows: table.rows, ...(scans !== undefined && { indexScans: scans }) },
  };
}

/** The undo's clause is what the server wrote, so it is held to a shape that says nothing but columns. */
const plainClause = /^KEY `[A-Za-z0-9_]+` \((?:`(?:[^`]|``)+`(?:\(\d+\))?(?: DESC)?,?)+\)(?: USING BTREE)?$/;

async function refuseNeeded(action: Action, index: Index, table: Table, session: Session): Promise<void> {
  if (index.unique) throw new RefusedError(`${action.index} is ${action.index === 'PRIMARY' ? 'the primary key' : 'unique'}: without it duplicates could be written, and it could not be built again.`);
  if (index.type !== 'BTREE' || !plainClause.test(index.clause)) throw new RefusedError(`The undo might not bring ${action.index} back as it is (${index.clause || index.type}): do this one by hand.`);
  const keys = await session.query<{ name: string; column_name: string }>(
    `SELECT CONSTRAINT_NAME AS name, IF(TABLE_SCHEMA = ? AND TABLE_NAME = ?, COLUMN_NAME, REFERENCED_COLUMN_NAME) AS column_name FROM information_schema.KEY_COLUMN_USAGE
      WHERE REFERENCED_TABLE_NAME IS NOT NULL AND ((TABLE_SCHEMA = ? AND TABLE_NAME = ?) OR (REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?)) AND ORDINAL_POSITION = 1`,
    Array.from({ length: 3 }, () => [session.identity.database, action.table]).flat(),
  );
  const key = keys.find((one) => one.column_name.toLowerCase() === index.columns[0]?.toLowerCase());
  if (!key) return;
  const other = table.indexes.some(({ name, columns, type }) => name !== index.name && type === 'BTREE' && columns.length >= index.columns.length && index.columns.every((column, position) => columns[position] === column));
  if (!other) throw new RefusedError(`${action.index} serves the foreign key ${key.name}: it goes only with that.`);
}

async function readScans(action: Action, session: Session): Promise<number | undefined> {
  const [row] = await session
    .query<{ scans: string }>("SELECT CAST(COUNT_READ AS CHAR) AS scans FROM performance_schema.table_io_waits_summary_by_index_usage WHERE @@performance_schema = 1 AND OBJECT_SCHEMA = ? AND OBJECT_NAME = ? AND INDEX_NAME = ?", [session.identity.database, action.table, action.index])
    .catch(() => []);
  return row && Number(row.scans);
}

function ofDrop(rows: number, scans: number | undefined): Assessment {
  if (scans !== undefined && scans > 0) return { level: 'high', reasons: ['queries use this index'] };
  if (rows >= 50_000_000) return { level: 'high', reasons: ['building it again on over 50 million rows may take hours'] };
  return { level: 'medium', reasons: [scans === undefined ? 'whether queries use it is not known' : 'no use is known, but a rare query may need it, and building it again takes a while'] };
}
