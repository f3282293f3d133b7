/** The statements of a change of rows. They are kept in a table made LIKE theirs, so every type is kept as it is. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { identifier, literal, qualified } from '../mysql/quote.ts';
import { plain } from '../words.ts';
import type { RowTable } from './table.ts';

type Action = ActionOf<'mysql.rows'>;

export interface Names {
  database: string;
  /** 32 hex digits; names what is kept. */
  id: string;
}

export const keptTable = ({ id }: Pick<Names, 'id'>): string => qualified('sre_agent', `rows_${id}`);
const begin = 'START TRANSACTION';
const list = (columns: readonly string[], prefix = ''): string => columns.map((column) => `${prefix}${identifier(column)}`).join(', ');
const sorted = (set: NonNullable<Action['set']>): [string, string | number | boolean | null][] => Object.entries(set).toSorted(([left], [right]) => (left < right ? -1 : 1));
const sameRow = ({ key }: RowTable): string => key.map((column) => `t.${identifier(column)} = k.${identifier(column)}`).join(' AND ');

/** What an engineer would type. */
export function statement(action: Action, table: RowTable, database: string): string {
  const name = qualified(database, action.table);
  if (action.operation === 'delete') return `DELETE FROM ${name} WHERE ${where(action, table)}`;
  return `UPDATE ${name} SET ${sorted(action.set ?? {}).map(([column, value]) => `${identifier(column)} = ${valueOf(column, value, table)}`).join(', ')} WHERE ${where(action, table)}`;
}

export function selectRows(action: Action, table: RowTable, database: string, suffix = ''): string {
  return `SELECT ${list(table.written)} FROM ${qualified(database, action.table)} WHERE ${where(action, table)} ORDER BY ${list(table.key)}${suffix}`;
}

export const selectKept = (table: RowTable, names: Names): string => `SELECT ${list(table.written)} FROM ${keptTable(names)} ORDER BY ${list(table.key)}`;

export function writes(action: Action, table: RowTable, names: Names): string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${keptTable(names)} LIKE ${qualified(names.database, action.table)}`,
    begin,
    `REPLACE INTO ${keptTable(names)} (${list(table.written)}) SELECT ${list(table.written)} FROM ${qualified(names.database, action.table)} WHERE ${where(action, table)}`,
    statement(action, table, names.database),
    `REPLACE INTO \`sre_agent\`.\`runs\` (id, run) VALUES (${literal(names.id)}, UUID())`,
    'COMMIT',
  ];
}

export function undoWrites(action: Action, table: RowTable, names: Names): string[] {
  const target = qualified(names.database, action.table);
  if (action.operation === 'delete') return [begin, `INSERT INTO ${target} (${list(table.written)}) SELECT ${list(table.written)} FROM ${keptTable(names)}`, 'COMMIT'];
  const columns = [...new Set([...Object.keys(action.set ?? {}).toSorted(), ...table.touched])];
  return [begin, `UPDATE ${target} AS t JOIN ${keptTable(names)} AS k ON ${sameRow(table)} SET ${columns.map((column) => `t.${identifier(column)} = k.${identifier(column)}`).join(', ')} WHERE ${holdsNew(action, table)}`, 'COMMIT'];
}

/** The kept rows that are there by their key: any of them, or those that hold what was written, or what was there before. */
export function foundRows(action: Action, table: RowTable, names: Names, as: 'any' | 'new' | 'old', suffix = ''): string {
  const same = table.written.map((column) => `t.${identifier(column)} <=> k.${identifier(column)}`).join(' AND ');
  const condition = { any: 'TRUE', new: action.operation === 'delete' ? 'FALSE' : holdsNew(action, table), old: same }[as];
  return `SELECT 1 AS found FROM ${qualified(names.database, action.table)} AS t JOIN ${keptTable(names)} AS k ON ${sameRow(table)} WHERE ${condition}${suffix}`;
}

/** Letter for letter, whatever the column's collation takes for equal. */
function holdsNew({ set = {} }: Action, table: RowTable): string {
  return sorted(set).map(([column, value]) => {
    const left = `t.${identifier(column)}`;
    return isText(column, table) ? `CONVERT(${left} USING utf8mb4) COLLATE utf8mb4_bin <=> ${valueOf(column, value, table)}` : `${left} <=> ${valueOf(column, value, table)}`;
  }).join(' AND ');
}

function where({ where: conditions }: Action, table: RowTable): string {
  return conditions.map(({ column, operator, value }) => {
    const left = identifier(column);
    if (operator === 'is null' || operator === 'is not null') return `${left} ${operator.toUpperCase()}`;
    const values = [value].flat().map((one) => valueOf(column, one ?? null, table));
    return operator === 'in' ? `${left} IN (${values.join(', ')})` : `${left} ${operator} ${values[0] ?? 'NULL'}`;
  }).join(' AND ');
}

const isText = (column: string, { types }: RowTable): boolean => /char|text|enum|set/.test(types.get(column) ?? '');

/** As the column's own kind of literal: a number compared with text, or the other way round, would match more than what is meant. */
function valueOf(column: string, value: string | number | boolean | null, table: RowTable): string {
  if (value === null) return 'NULL';
  const type = table.types.get(column) ?? '';
  const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  if (!/int|decimal|numeric|year/.test(type)) return literal(text);
  if (!/^-?\d{1,40}(\.\d{1,30})?$/.test(text)) throw new RefusedError(`${column} is of type ${type}, and "${plain(text, 40)}" is no plain number.`);
  return text;
}
