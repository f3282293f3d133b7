/**
 * Ways to read a column without its name, which is all that tells a secret from the rest: whole rows as values, columns
 * renamed by position, statistics that hold samples. Refused where tables of people are read; of the catalog they are harmless.
 */
import { node, nodesOf, stringsOf } from './parse-tree.ts';
import type { Node } from './parse-tree.ts';

/** What is wrong, and what to write instead; undefined when nothing is. */
export function hiddenColumnProblem(root: Node): string | undefined {
  const seen: Seen = { tables: false, ranges: new Set(), renamed: false, references: [], stars: 0, plainStars: 0, setOperation: false };
  visit(root, seen);
  if (!seen.tables) return undefined;
  if (seen.renamed) return 'columns are renamed by their position; name the columns that you select instead';
  if (seen.stars > seen.plainStars || (seen.stars > 0 && seen.setOperation)) return '* inside an expression or a UNION hides which columns are read; name them';
  const whole = seen.references.find((fields) => (fields.length === 1 ? seen.ranges.has(fields[0] ?? '') : rowFunctions.has(fields.at(-1) ?? '')));
  return whole === undefined ? undefined : `${whole.join('.')} is a whole row as one value; name its columns, as table.column`;
}

interface Seen {
  /** Something else than the catalog is read, or the statistics that hold samples of it. */
  tables: boolean;
  ranges: Set<string>;
  renamed: boolean;
  references: string[][];
  stars: number;
  /** Those that stand alone in a select list. */
  plainStars: number;
  setOperation: boolean;
}

function visit(value: unknown, seen: Seen): void {
  if (Array.isArray(value)) return value.forEach((item) => visit(item, seen));
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    look(key, node(child), child, seen);
    visit(child, seen);
  }
}

function look(key: string, inner: Node, child: unknown, seen: Seen): void {
  if (key === 'RangeVar') {
    const schema = inner['schemaname'];
    seen.tables ||= (typeof schema === 'string' && schema !== 'pg_catalog' && schema !== 'information_schema') || samples.has(String(inner['relname']));
    seen.ranges.add(String(inner['relname']));
  }
  if (key === 'alias' || key === 'join_using_alias') seen.ranges.add(String(inner['aliasname']));
  if (key === 'RangeVar' || key === 'RangeSubselect' || key === 'JoinExpr') seen.renamed ||= nodesOf(node(inner['alias'])['colnames']).length > 0;
  if (key === 'CommonTableExpr') seen.renamed ||= nodesOf(inner['aliascolnames']).length > 0;
  if (key === 'op' && typeof child === 'string' && /^SETOP_(?!NONE)/.test(child)) seen.setOperation = true;
  if (key === 'ResTarget' && endsInStar(node(node(inner['val'])['ColumnRef']))) seen.plainStars += 1;
  if (key !== 'ColumnRef') return;
  if (endsInStar(inner)) seen.stars += 1;
  else seen.references.push(stringsOf(inner['fields']));
}

function endsInStar(reference: Node): boolean {
  return nodesOf(reference['fields']).some((field) => 'A_Star' in field);
}

/** PostgreSQL reads `row.function` as `function(row)`. */
const rowFunctions = new Set(['to_json', 'to_jsonb', 'row_to_json', 'json_agg', 'jsonb_agg', 'array_agg', 'record_out', 'record_send']);

/** Views with most common values of any column that the role may read. */
const samples = new Set(['pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs']);

/** Their columns that hold values. */
export const sampleColumns: ReadonlySet<string> = new Set(['most_common_vals', 'histogram_bounds', 'most_common_elems', 'range_bounds_histogram']);
