/** mysql.create_index: a btree index, built in place while reads and writes go on. */
import { createHash } from 'node:crypto';
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { mysqlCreateIndexSchema } from '../../mysql-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf } from '../kind.ts';
import { moved } from '../moved.ts';
import type { AlterLimits } from '../mysql/alter.ts';
import { alter, alterLimits, alterStatement } from '../mysql/alter.ts';
import { identifier } from '../mysql/quote.ts';
import type { Session } from '../mysql/session.ts';
import { withSession } from '../mysql/session.ts';
import type { Table } from '../mysql/tables.ts';
import { hashOf, indexNamed, readTable, refuseLongTransactions } from '../mysql/tables.ts';

type Action = ActionOf<'mysql.create_index'>;

export function mysqlCreateIndexKind(overrides: Partial<AlterLimits> = {}): ActionKind<Action> {
  const limits = { ...alterLimits, ...overrides };
  return {
    kind: 'mysql.create_index',
    schema: mysqlCreateIndexSchema,
    lockKey: lockKeyOf,
    risk: (_action, { tableRows }) => ofIndex(tableRows ?? Number.POSITIVE_INFINITY),
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, limits)),
    drift: (change, fresh) => moved(change, fresh),
    async execute({ action, resolved, command: [statement = ''] }, context) {
      const before = async (session: Session): Promise<void> => {
        const table = await readTable(action.target, action.table, session);
        if (table.id !== resolved['table'] || hashOf(table.definition) !== resolved['definition']) throw new ExecutionError(`Nothing was built: table ${action.table} is not what it was when this was approved.`, 'none');
      };
      const { id, output } = await alter({ target: action.target, table: action.table, index: indexName(action), statement, before, took: (now) => now !== undefined }, context, limits).catch(refusedBefore);
      return { output, written: { index: id } };
    },
    async check({ action, resolved, written }, context) {
      const index = await withSession(action.target, context, (session) => indexNamed(action.table, indexName(action), session));
      if (index && written === undefined) return { ok: false, details: [`index ${indexName(action)} exists, but nobody noted whether this change built it`] };
      const ok = index !== undefined && index.id === written?.['index'] && index.table === resolved['table'];
      return { ok, details: [index === undefined ? `index ${indexName(action)} does not exist` : `index ${indexName(action)} ${ok ? 'exists' : 'is not the one that was built'}`] };
    },
    async previewUndo(change, context) {
      return withSession(change.action.target, context, async (session) => {
        await undoable(change, session);
        return { preview: `Drops index ${indexName(change.action)} while reads and writes go on; queries that it serves are slow again.`, resolved: { server: session.identity, index: change.written?.['index'] } };
      });
    },
    async undo(change, context) {
      const { action, undo: { command: [statement = ''] } } = change;
      const { output } = await alter({ target: action.target, table: action.table, index: indexName(action), statement, before: (session) => undoable(change, session), took: (now) => now === undefined }, context, limits);
      return { output };
    },
    async checkUndone({ action }, context) {
      const index = await withSession(action.target, context, (session) => indexNamed(action.table, indexName(action), session));
      return { ok: index === undefined, details: [`index ${indexName(action)} ${index ? 'still exists' : 'is gone'}`] };
    },
  };
}

/** What the look before it refused never ran. */
export function refusedBefore(error: unknown): never {
  if (error instanceof RefusedError) throw new ExecutionError(error.message, 'none', { cause: error });
  throw error;
}

async function undoable({ action, written }: ChangeOf<Action>, session: Session): Promise<void> {
  const index = await indexNamed(action.table, indexName(action), session);
  if (!index) throw new UndoRefusedError(`${indexName(action)} is gone already.`);
  if (index.id !== written?.['index']) throw new UndoRefusedError(`${indexName(action)} is not the index that was built: somebody replaced it. It was left alone.`);
}

async function prepare(action: Action, session: Session, limits: AlterLimits) {
  const table = await readTable(action.target, action.table, session);
  const columns = columnsOf(action, table);
  const name = indexName(action);
  refuseExisting(action, name, table);
  await refuseLongTransactions('Building an index', limits.longTransactionSeconds, session);
  return {
    command: [alterStatement(session.identity.database, action.table, `ADD INDEX ${identifier(name)} (${action.columns.map(identifier).join(', ')})`)],
    preview: [
      `Table ${action.table}: ${table.size}.`,
      `Columns: ${columns.join(', ')}.`,
      `Its indexes: ${table.indexes.map((index) => `${index.name} (${index.columns.map((column) => column ?? 'an expression').join(', ')})`).join('; ') || 'none'}.`,
      'The server can not try it out beforehand: where it could not be built in place, the statement fails and changes nothing.',
    ].join('\n'),
    resolved: { server: session.identity, table: table.id, definition: hashOf(table.definition), index: name },
    undo: { kind: 'automatic' as const, command: [alterStatement(session.identity.database, action.table, `DROP INDEX ${identifier(name)}`)], description: 'Drops the index again, if it still is the one that was built.' },
    checks: [`${name} exists and is the one that was built`],
    blastRadius: `Table ${action.table} (${table.size}): reads and writes go on while it is built; for up to 5 s at its begin and end they wait for open transactions on the table. Replicas do the same work after it.`,
    facts: { online: true, reversible: true, tableRows: table.rows },
  };
}

function columnsOf(action: Action, table: Table): string[] {
  if (new Set(action.columns.map((name) => name.toLowerCase())).size !== action.columns.length) throw new RefusedError('The same column is named twice.');
  return action.columns.map((name) => {
    const column = table.columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (!column) throw new RefusedError(`Table ${action.table} has no column ${name}; it has ${table.columns.map((one) => one.name).join(', ')}.`);
    if (/text|blob|json|geometry|point|polygon|linestring|vector/i.test(column.type.replace(/\(.*/, ''))) throw new RefusedError(`Column ${name} is of type ${column.type}, which takes another kind of index: do this one by hand.`);
    return `${column.name} ${column.type}`;
  });
}

function refuseExisting(action: Action, name: string, table: Table): void {
  const wanted = action.columns.map((column) => column.toLowerCase());
  const similar = table.indexes.find(({ type, whole, columns }) => type === 'BTREE' && whole && wanted.every((column, position) => columns[position]?.toLowerCase() === column));
  if (similar) throw new RefusedError(`An index begins with these columns already: ${similar.name} (${similar.columns.join(', ')}).`);
  if (table.indexes.some((index) => index.name.toLowerCase() === name.toLowerCase())) throw new RefusedError(`The name ${name} is taken already.`);
}

/** Cut to 64 characters with a hash so that two long names stay two. */
function indexName(action: Action): string {
  const name = `${action.table}_${action.columns.join('_')}_idx`;
  return name.length <= 64 ? name : `${name.slice(0, 50)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}_idx`;
}

function ofIndex(rows: number): Assessment {
  const built = 'built in place while reads and writes go on';
  if (rows < 1_000_000) return { level: 'low', reasons: [`${built}, on under a million rows`] };
  if (rows < 50_000_000) return { level: 'medium', reasons: [`${built}, but on over a million rows it takes a while, and replicas lag meanwhile`] };
  return { level: 'high', reasons: [`${built}, but on over 50 million rows it may take hours, and replicas lag meanwhile`] };
}
