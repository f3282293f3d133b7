/** Rows as psql shows them: aligned, one line each. A plan keeps its indentation. */
export function renderTable(fields: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  if (fields.length === 1 && fields[0] === 'QUERY PLAN') return rows.map((row) => row[0] ?? '').join('\n');
  const cells = rows.map((row) => row.map(cell));
  const widths = fields.map((field, column) => Math.max(field.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ').trimEnd();
  return [line(fields), widths.map((width) => '-'.repeat(width)).join('-+-'), ...cells.map(line)].join('\n');
}

const widestCell = 1_000;

function cell(value: string | null): string {
  if (value === null) return '(null)';
  const flat = value.replace(/\s*[\r\n]+\s*/g, ' ');
  return flat.length > widestCell ? `${flat.slice(0, widestCell)}... (${flat.length} characters)` : flat;
}
