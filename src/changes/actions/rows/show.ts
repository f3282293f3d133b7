/** A few of the rows, for people: their key, and of an update the values that change. */
import { isSecretName } from '../../../redaction/secret-names.ts';
import type { ActionOf } from '../../action.ts';
import { plain } from '../words.ts';
import type { RowTable } from './table.ts';

type Action = ActionOf<'postgres.rows'>;

const mostShown = 5;

export function describeRows({ operation, set = {} }: Action, { key }: RowTable, rows: readonly { before: string }[]): string[] {
  const lines = rows.slice(0, mostShown).map(({ before }) => {
    const values = JSON.parse(before) as Record<string, string | null>;
    const name = key.map((column) => `${column} ${shown(column, values[column])}`).join(', ');
    if (operation === 'delete') return `${name}: deleted`;
    return `${name}: ${Object.entries(set).map(([column, value]) => `${column} ${shown(column, values[column])} -> ${shown(column, value === null ? null : String(value))}`).join(', ')}`;
  });
  return rows.length > mostShown ? [...lines, `and ${rows.length - mostShown} more`] : lines;
}

function shown(column: string, value: string | null | undefined): string {
  if (value === null || value === undefined) return 'null';
  return isSecretName(column) ? '(not shown)' : `'${plain(value, 40)}'`;
}
