/** Statement texts as they may be explained: one statement that PostgreSQL's own parser takes, tables written with their schema. */
import { parse } from 'libpg-query';

export interface KnownTable {
  schema: string;
  table: string;
}

export interface Explainable {
  /** One statement, SELECT, INSERT, UPDATE, DELETE or MERGE, its known tables schema-qualified. */
  text: string;
  kind: string;
  tree: Record<string, unknown>;
}

/** Undefined when the text is not exactly one plain statement that EXPLAIN takes. */
export async function explainable(query: string, tables: readonly KnownTable[]): Promise<Explainable | undefined> {
  let tree: { stmts?: { stmt?: Record<string, unknown> }[] };
  try {
    tree = (await parse(query)) as typeof tree;
  } catch {
    return undefined;
  }
  const statement = tree.stmts?.[0]?.stmt;
  const kind = statement === undefined ? undefined : Object.keys(statement)[0];
  if (tree.stmts?.length !== 1 || statement === undefined || kind === undefined || !explainableKinds.has(kind)) return undefined;
  const root = statement[kind] as Record<string, unknown>;
  if (root['intoClause'] !== undefined) return undefined;
  return { text: qualify(query, statement, tables).replace(/;\s*$/, ''), kind, tree: root };
}

const explainableKinds = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** Our connections see pg_catalog only, so tables written without a schema get the one they are known in. */
function qualify(query: string, statement: Record<string, unknown>, tables: readonly KnownTable[]): string {
  const bytes = Buffer.from(query, 'utf8');
  const commonTables = new Set<string>();
  const places: { at: number; schema: string }[] = [];
  const references: { name: string; at: number }[] = [];
  visit(statement, (node) => {
    const common = node['CommonTableExpr'] as { ctename?: string } | undefined;
    if (common?.ctename !== undefined) commonTables.add(common.ctename);
    if (typeof node['relname'] === 'string' && node['schemaname'] === undefined && 'relpersistence' in node) {
      references.push({ name: node['relname'], at: typeof node['location'] === 'number' ? node['location'] : 0 });
    }
  });
  for (const { name, at } of references) {
    const known = tables.filter((table) => table.table === name);
    const chosen = known.find((table) => table.schema === 'public') ?? known[0];
    if (chosen !== undefined && !commonTables.has(name)) places.push({ at, schema: chosen.schema });
  }
  let result = bytes;
  for (const { at, schema } of places.sort((left, right) => right.at - left.at)) {
    result = Buffer.concat([result.subarray(0, at), Buffer.from(`"${schema.replaceAll('"', '""')}".`), result.subarray(at)]);
  }
  return result.toString('utf8');
}

/** Depth first over a parse tree. */
export function visit(node: unknown, see: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(node)) return void node.forEach((child) => visit(child, see));
  if (typeof node !== 'object' || node === null) return;
  see(node as Record<string, unknown>);
  Object.values(node).forEach((child) => visit(child, see));
}
