/** Which rights on which tables a statement needs, read from its parse tree. What is not certain is left out. */
import { parse } from 'libpg-query';
import type { KnownTable } from './statements.ts';
import { visit } from './statements.ts';

export interface NeededRight extends KnownTable {
  privilege: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
}

/** `tables`: those that exist. A name without a schema stands for the one table of that name. */
export async function rightsOf(query: string, tables: readonly KnownTable[]): Promise<NeededRight[]> {
  let tree: { stmts?: { stmt?: Node }[] };
  try {
    tree = (await parse(query)) as typeof tree;
  } catch {
    return [];
  }
  const statement = tree.stmts?.[0]?.stmt;
  if (tree.stmts?.length !== 1 || statement === undefined) return [];
  const common = new Set<string>();
  visit(statement, (node) => {
    const name = (node['CommonTableExpr'] as { ctename?: string } | undefined)?.ctename;
    if (name !== undefined) common.add(name);
  });
  const needed = new Map<string, NeededRight>();
  const need = (relation: Relation, privilege: NeededRight['privilege']): void => {
    const known = tables.filter((one) => one.table === relation.relname && (relation.schemaname === undefined || relation.schemaname === one.schema));
    const [only] = known;
    if (only === undefined || known.length > 1 || (relation.schemaname === undefined && common.has(only.table))) return;
    needed.set(`${only.schema} ${only.table} ${privilege}`, { schema: only.schema, table: only.table, privilege });
  };
  visit(statement, (node) => {
    const read = node['RangeVar'] as Relation | undefined;
    if (read?.relname !== undefined) need(read, 'SELECT');
    const select = node['SelectStmt'] as Node | undefined;
    if (select !== undefined && 'lockingClause' in select) for (const one of (select['fromClause'] as Node[] | undefined) ?? []) if ('RangeVar' in one) need(one['RangeVar'] as Relation, 'UPDATE');
    for (const [type, privilege] of written) {
      const inner = node[type] as Node | undefined;
      const relation = inner?.['relation'] as Relation | undefined;
      if (inner === undefined || relation?.relname === undefined) continue;
      need(relation, privilege);
      const update = (inner['onConflictClause'] as Node | undefined)?.['action'] === 'ONCONFLICT_UPDATE';
      if (update) need(relation, 'UPDATE');
      if (update || 'returningList' in inner || 'returningClause' in inner || 'whereClause' in inner) need(relation, 'SELECT');
    }
  });
  return [...needed.values()];
}

type Node = Record<string, unknown>;

interface Relation {
  relname?: string;
  schemaname?: string;
}

const written = [['InsertStmt', 'INSERT'], ['UpdateStmt', 'UPDATE'], ['DeleteStmt', 'DELETE']] as const;
