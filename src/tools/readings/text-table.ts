/** Rows as an aligned text table, as psql would show them; cells are made single-line. */
export function textTable(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => row.map(cell));
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => Math.min(row[index]?.length ?? 0, widest))));
  const line = (row: readonly string[]): string => row.map((text, index) => (index === row.length - 1 ? text : text.padEnd(widths[index] ?? 0))).join(' | ').trimEnd();
  const body = cells.length === 0 ? ['(none)'] : cells.map(line);
  return [line(columns), ...body].join('\n');
}

const widest = 60;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.join(', ');
  return String(value).replace(/\s+/g, ' ').trim() || '-';
}
