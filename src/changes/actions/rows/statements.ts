/**
 * The statements of a change of rows. What is kept of a row is the text of its columns, which PostgreSQL reads back to the same
 * value; it stands in a table of the same database, so it is written and undone in the same transaction as the rows.
 */
import type { ActionOf } from '../../action.ts';
import { identifier, literal, qualified } from '../postgres/quote.ts';
import { keptTable } from './kept.ts';
import type { RowTable } from './table.ts';

type Action = ActionOf<'postgres.rows'>;

const kept = qualified(keptTable.schema, keptTable.name);
const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ';

/** Columns that are kept: those an undo of an update sets and finds its row by, or all that can be written of a row. */
export function keptColumns({ operation, set = {} }: Action, { key, columns }: RowTable): string[] {
  if (operation === 'update') return [...key, ...Object.keys(set).toSorted()];
  return columns.filter(({ generated }) => !generated).map(({ name }) => name);
}

/** One text per row: its kept columns as an object. */
export function selectRows(action: Action, table: RowTable, suffix = ''): string {
  return `SELECT ${object(action, table)}::text AS before FROM ONLY ${name(action)} AS t WHERE ${where(action)} ORDER BY ${order(table)}${suffix}`;
}

/** What an engineer would type. */
export function statement(action: Action): string {
  if (action.operation === 'delete') return `DELETE FROM ONLY ${name(action)} AS t WHERE ${where(action)}`;
  const sets = Object.entries(action.set ?? {}).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `UPDATE ONLY ${name(action)} AS t SET ${sets.map(([column, value]) => `${identifier(column)} = ${valueOf(value)}`).join(', ')} WHERE ${where(action)}`;
}

/** `id` names what is kept. */
export function writes(action: Action, table: RowTable, id: string): string[] {
  const keep = [
    `INSERT INTO ${kept} AS k (id, position, before) SELECT ${literal(id)}, row_number() OVER (ORDER BY ${order(table)}), ${object(action, table)} FROM ONLY ${name(action)} AS t WHERE ${where(action)}`,
    'ON CONFLICT (id, position) DO UPDATE SET before = EXCLUDED.before, written_by = EXCLUDED.written_by, written_at = EXCLUDED.written_at',
  ].join(' ');
  return [begin, keep, statement(action), 'COMMIT'];
}

export function undoWrites(action: Action, table: RowTable, id: string): string[] {
  const columns = keptColumns(action, table);
  if (action.operation === 'delete') {
    return [begin, `INSERT INTO ${name(action)} (${columns.map(identifier).join(', ')}) OVERRIDING SYSTEM VALUE SELECT ${columns.map((column) => old(column, table)).join(', ')} FROM ${kept} AS k WHERE k.id = ${literal(id)}`, 'COMMIT'];
  }
  const sets = columns.filter((column) => !table.key.includes(column));
  return [begin, `UPDATE ONLY ${name(action)} AS t SET ${sets.map((column) => `${identifier(column)} = ${old(column, table)}`).join(', ')} FROM ${kept} AS k WHERE k.id = ${literal(id)} AND ${sameRow(table)} AND ${holdsNew(action, table)}`, 'COMMIT'];
}

/** The rows that are there by their key; with `as`, only those that hold what was written, or what was there before. */
export function foundRows(action: Action, table: RowTable, id: string, as: 'any' | 'new' | 'old', suffix = ''): string {
  const columns = keptColumns(action, table).filter((column) => !table.key.includes(column));
  const condition = { any: '', new: ` AND ${action.operation === 'delete' ? 'false' : holdsNew(action, table)}`, old: columns.map((column) => ` AND ${identifier('t')}.${identifier(column)}::text IS NOT DISTINCT FROM k.before ->> ${literal(column)}`).join('') }[as];
  return `SELECT k.position FROM ONLY ${name(action)} AS t JOIN ${kept} AS k ON ${sameRow(table)} WHERE k.id = ${literal(id)}${condition}${suffix}`;
}

const name = ({ schema, table }: Action): string => qualified(schema, table);
const valueOf = (value: string | number | boolean | null): string => (value === null ? 'NULL' : literal(String(value)));
const order = ({ key }: RowTable): string => key.map((column) => `t.${identifier(column)}`).join(', ');

function where({ where: conditions }: Action): string {
  return conditions
    .map(({ column, operator, value }) => {
      const left = `t.${identifier(column)}`;
      if (operator === 'is null' || operator === 'is not null') return `${left} ${operator.toUpperCase()}`;
      return operator === 'in' ? `${left} IN (${[value].flat().map((one) => valueOf(one ?? null)).join(', ')})` : `${left} ${operator} ${valueOf([value].flat()[0] ?? null)}`;
    })
    .join(' AND ');
}

/** PostgreSQL takes a hundred arguments per call. */
const mostArguments = 90;

function object(action: Action, table: RowTable): string {
  const pairs = keptColumns(action, table).map((column) => `${literal(column)}, t.${identifier(column)}::text`);
  const parts: string[] = [];
  for (let start = 0; start < pairs.length; start += mostArguments / 2) parts.push(`pg_catalog.jsonb_build_object(${pairs.slice(start, start + mostArguments / 2).join(', ')})`);
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' || ')})`;
}

const old = (column: string, { columns }: RowTable): string => `CAST(k.before ->> ${literal(column)} AS ${columns.find((one) => one.name === column)?.type ?? ''})`;
const sameRow = (table: RowTable): string => table.key.map((column) => `t.${identifier(column)} = ${old(column, table)}`).join(' AND ');

function holdsNew({ set = {} }: Action, { columns }: RowTable): string {
  const type = (column: string): string => columns.find((one) => one.name === column)?.type ?? '';
  return Object.entries(set)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([column, value]) => (value === null ? `t.${identifier(column)} IS NULL` : `t.${identifier(column)}::text = CAST(${valueOf(value)} AS ${type(column)})::text`))
    .join(' AND ');
}
