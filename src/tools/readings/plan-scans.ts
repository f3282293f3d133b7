/** Sequential scans that filter by columns: from an EXPLAIN (FORMAT JSON, VERBOSE) plan, or from a parse tree when no plan can be had. */
import type { StatementPlan } from '../../rules/readings.ts';
import type { Explainable, KnownTable } from './statements.ts';

type FilteredScan = StatementPlan['filteredScans'][number];
type PlanNode = Record<string, unknown>;

/** `plan` is the value of the "QUERY PLAN" column, parsed. */
export function scansOfPlan(plan: unknown): FilteredScan[] {
  const root = Array.isArray(plan) ? (plan[0] as PlanNode | undefined)?.['Plan'] : undefined;
  const scans: FilteredScan[] = [];
  walk(root, 1, scans);
  return scans;
}

/** `schema.table` of every relation in the plan. */
export function tablesOfPlan(plan: unknown): string[] {
  const tables = new Set<string>();
  const see = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { 'Relation Name': table, Schema: schema, Plans: below } = value as PlanNode;
    if (typeof table === 'string') tables.add(`${typeof schema === 'string' ? schema : 'public'}.${table}`);
    if (Array.isArray(below)) below.forEach(see);
  };
  see(Array.isArray(plan) ? (plan[0] as PlanNode | undefined)?.['Plan'] : undefined);
  return [...tables];
}

function walk(value: unknown, workers: number, scans: FilteredScan[]): void {
  if (typeof value !== 'object' || value === null) return;
  const node = value as PlanNode;
  const planned = typeof node['Workers Planned'] === 'number' ? node['Workers Planned'] + 1 : workers;
  const { 'Relation Name': table, Schema: schema, Filter: filter, 'Plan Rows': rows } = node;
  if (node['Node Type'] === 'Seq Scan' && typeof table === 'string' && typeof filter === 'string') {
    const columns = filterColumns(filter);
    const parallel = node['Parallel Aware'] === true ? planned : 1;
    if (columns.length > 0) scans.push({ schema: typeof schema === 'string' ? schema : 'public', table, columns, estimatedRows: (typeof rows === 'number' ? rows : 0) * parallel });
  }
  if (Array.isArray(node['Plans'])) for (const child of node['Plans']) walk(child, planned, scans);
}

/**
 * Columns of a filter that an index could serve: compared with = first, then one range. None when the filter
 * is an OR, or compares expressions.
 */
export function filterColumns(filter: string): string[] {
  const bare = filter.replace(/'(?:[^']|'')*'/g, "''");
  if (/\bOR\b/.test(bare)) return [];
  const equal: string[] = [];
  const range: string[] = [];
  for (const match of bare.matchAll(comparison)) {
    const column = unquote(match[1] ?? '');
    const operator = match[2] ?? '';
    (operator === '=' ? equal : range).push(column);
  }
  return [...new Set([...equal, ...range.filter((column) => !equal.includes(column)).slice(0, 1)])];
}

/** `(orders.customer_id = $1`, `((orders.status)::text = $1`; not `lower(orders.email) =`, whose bracket follows a name. */
const comparison = /(?<![\w"])\(\(?(?:(?:"(?:[^"]|"")+"|[\w$]+)\.)?("(?:[^"]|"")+"|[A-Za-z_][\w$]*)\)?(?:::[\w ]+?(?:\[\])?)?\s+(=|<=?|>=?)\s/g;

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/**
 * For one table with a WHERE of ANDed comparisons: its equality columns. Without a plan this says what is filtered by,
 * not that the table is scanned; the caller checks that no index leads with any of them, which makes it certain.
 */
export function filterOfTree(statement: Explainable, tables: readonly KnownTable[]): Pick<FilteredScan, 'schema' | 'table' | 'columns'> | undefined {
  const { tree } = statement;
  const from = tree['fromClause'] as { RangeVar?: Relation }[] | undefined;
  const relation = (tree['relation'] as Relation | undefined) ?? (from?.length === 1 ? from[0]?.RangeVar : undefined);
  if (relation?.relname === undefined || statement.kind === 'InsertStmt') return undefined;
  const known = tables.find((table) => table.table === relation.relname && (relation.schemaname === undefined || table.schema === relation.schemaname));
  const columns = equalityColumns(tree['whereClause']);
  return known === undefined || columns.length === 0 ? undefined : { schema: known.schema, table: known.table, columns };
}

interface Relation {
  relname?: string;
  schemaname?: string;
}

function equalityColumns(where: unknown): string[] {
  const node = where as { A_Expr?: PlanNode; BoolExpr?: { boolop?: string; args?: unknown[] } } | undefined;
  if (node?.BoolExpr?.boolop === 'AND_EXPR') return [...new Set((node.BoolExpr.args ?? []).flatMap(equalityColumns))];
  const expression = node?.A_Expr;
  const operator = (expression?.['name'] as { String?: { sval?: string } }[] | undefined)?.[0]?.String?.sval;
  if (expression?.['kind'] !== 'AEXPR_OP' || operator !== '=') return [];
  const right = expression['rexpr'] as Record<string, unknown> | undefined;
  const fields = (expression['lexpr'] as { ColumnRef?: { fields?: { String?: { sval?: string } }[] } } | undefined)?.ColumnRef?.fields;
  const column = fields?.at(-1)?.String?.sval;
  const constant = right !== undefined && ('ParamRef' in right || 'A_Const' in right || 'TypeCast' in right);
  return column !== undefined && constant ? [column] : [];
}
