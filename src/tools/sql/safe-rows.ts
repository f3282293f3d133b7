/** Rows of PostgreSQL's own text as they may be shown: statements without their values, secrets by their names hidden. */
import { placeholder } from '../../redaction/redactor.ts';
import { isSecretName } from '../../redaction/secret-names.ts';
import { sampleColumns } from './hidden-columns.ts';
import { withoutLiterals } from './without-literals.ts';

/** `showsStatements`: any column may hold a part of somebody's statement. */
export function safeRows(fields: readonly string[], rows: readonly (readonly (string | null)[])[], showsStatements: boolean): Promise<(string | null)[][]> {
  return Promise.all(rows.map((row) => Promise.all(row.map((value, column) => safeCell(fields[column] ?? '', value, showsStatements)))));
}

async function safeCell(field: string, value: string | null, showsStatements: boolean): Promise<string | null> {
  if (value === null || value === '') return value;
  // A part of a statement, or one by another name, does not parse: what is in quotes goes.
  if (field === 'query' || (showsStatements && value.includes("'"))) return withoutLiterals(value);
  return (isSecretName(field) || sampleColumns.has(field)) && value !== 't' && value !== 'f' ? placeholder : value;
}
