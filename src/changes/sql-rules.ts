/**
 * A second wall behind the kinds of PostgreSQL changes: what a kind would send, and its undo, is parsed by PostgreSQL's own parser
 * and held to rules that know nothing of the kinds. An allowlist: what it does not know, it refuses.
 */
import { parse } from 'libpg-query';
import type { Node } from '../tools/sql/parse-tree.ts';
import { node, nodesOf } from '../tools/sql/parse-tree.ts';
import type { Prepared } from './change.ts';
import { messageOf, RefusedError } from './errors.ts';
import type { Said } from './sql-statement-rules.ts';
import { ruleOf } from './sql-statement-rules.ts';

/** What deserves a higher risk, one line each; nothing for kinds of other systems. Throws RefusedError for what must never run. */
export async function sqlWarnings(kind: string, { command, undo }: Pick<Prepared, 'command' | 'undo'>): Promise<string[]> {
  if (!kind.startsWith('postgres.')) return [];
  const warnings = [...(await holdToRules(command)), ...(await holdToRules(undo.command)).map((warning) => `its undo: ${warning}`)];
  return [...new Set(warnings)];
}

async function holdToRules(statements: readonly string[]): Promise<string[]> {
  const warnings: string[] = [];
  let inside = false;
  let waitsShortly = false;
  for (const statement of statements) {
    const [type, tree] = await only(statement);
    const refuse = (reason: string): never => {
      throw new RefusedError(`sre-agent does not run this: ${reason}. (${statement.slice(0, 200)})`);
    };
    if (type === 'TransactionStmt') {
      inside = transaction(String(tree['kind']), inside, refuse);
      waitsShortly = false;
      continue;
    }
    const said: Said = ruleOf(type, tree);
    if (said.refusal !== undefined) refuse(said.refusal);
    if (said.transaction === 'never' && inside) refuse('it can not run in a transaction');
    if (said.transaction === 'always' && !inside) refuse('it belongs into a transaction');
    if (said.locks === true && !waitsShortly) refuse('it waits for a lock that stops others, without a SET LOCAL lock_timeout before it');
    waitsShortly ||= said.setsLockTimeout === true;
    warnings.push(...(said.warnings ?? []));
  }
  if (inside) throw new RefusedError('sre-agent does not run this: its transaction is left open.');
  return warnings;
}

/** The one statement of a text: its type and what it says. */
async function only(statement: string): Promise<[type: string, tree: Node]> {
  const parsed = await parse(statement).catch((error: unknown) => {
    throw new RefusedError(`sre-agent does not run this: PostgreSQL can't parse it (${messageOf(error)}). (${statement.slice(0, 200)})`);
  });
  const trees = nodesOf((parsed as { stmts?: unknown }).stmts).map(({ stmt }) => node(stmt));
  if (trees.length !== 1) throw new RefusedError(`sre-agent does not run this: it holds ${trees.length} statements instead of one. (${statement.slice(0, 200)})`);
  const [type = '', tree] = Object.entries(trees[0] ?? {})[0] ?? [];
  return [type, node(tree)];
}

/** Whether we are inside a transaction afterwards. */
function transaction(kind: string, inside: boolean, refuse: (reason: string) => never): boolean {
  if (kind === 'TRANS_STMT_BEGIN') return inside ? refuse('a transaction is open already') : true;
  if (kind === 'TRANS_STMT_COMMIT') return inside ? false : refuse('there is no transaction to commit');
  return refuse('of transactions it only begins and commits its own');
}
