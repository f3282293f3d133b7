/**
 * Whether a statement only reads, decided on PostgreSQL's own parse tree, never on the text.
 * An allowlist throughout: what it does not know, it refuses.
 */
import { parse } from 'libpg-query';
import { findUnsafeText } from '../../redaction/unsafe-text.ts';
import { isSecretName } from '../../redaction/secret-names.ts';
import { isAllowedFunction, isAllowedType, isForbiddenRelation } from './allowed-names.ts';
import { hiddenColumnProblem, sampleColumns } from './hidden-columns.ts';
import { node, nodesOf, stringsOf } from './parse-tree.ts';
import type { Node } from './parse-tree.ts';

export type Checked = { ok: true; kind: 'select' | 'explain' | 'show' } | { ok: false; reason: string };

/** `reason` says what to do instead. Never throws. */
export async function checkReadOnlySql(text: string): Promise<Checked> {
  if (text.length > maximumLength) return refuse(`the statement is longer than ${maximumLength} characters; write a shorter one`);
  const unsafe = findUnsafeText(text.replace(/[\n\t\r]/g, ' '));
  if (unsafe !== undefined) return refuse(`the statement holds ${unsafe}; write plain text`);
  const parsed = await parseStatements(text);
  if (!Array.isArray(parsed)) return refuse(parsed.problem);
  const [only] = parsed;
  if (only === undefined) return refuse('there is no statement; write one SELECT, SHOW or EXPLAIN');
  if (parsed.length > 1) return refuse(`there are ${parsed.length} statements; send one at a time`);
  try {
    return checkStatement(only);
  } catch (error) {
    if (error instanceof RangeError) return refuse('the statement is nested too deeply; write a simpler one');
    throw error;
  }
}

const maximumLength = 20_000;

async function parseStatements(text: string): Promise<Node[] | { problem: string }> {
  try {
    const { stmts } = (await parse(text)) as { stmts?: { stmt?: Node }[] };
    return (stmts ?? []).map(({ stmt }) => stmt ?? {});
  } catch (error) {
    return { problem: `PostgreSQL can't parse it: ${error instanceof Error ? error.message : 'syntax error'}; write one plain SELECT, SHOW or EXPLAIN` };
  }
}

function checkStatement(statement: Node): Checked {
  const [kind] = Object.keys(statement);
  if (kind === 'VariableShowStmt') return { ok: true, kind: 'show' };
  if (kind === 'SelectStmt') return checkTree(statement, 'select');
  if (kind !== 'ExplainStmt') return refuse(`${words(kind)} is not a reading statement; only SELECT, SHOW and EXPLAIN of a SELECT run here. To change something, propose a change`);
  const explain = node(statement['ExplainStmt']);
  const problem = explainProblem(explain);
  if (problem !== undefined) return refuse(problem);
  const inner = node(explain['query']);
  if (!('SelectStmt' in inner)) return refuse('EXPLAIN works on a SELECT only; rewrite the condition of the statement as a SELECT');
  return checkTree(inner, 'explain');
}

/** ANALYZE would run the statement, whatever value it is given. */
function explainProblem(explain: Node): string | undefined {
  for (const option of nodesOf(explain['options'])) {
    const name = String(node(option['DefElem'])['defname'] ?? '').toLowerCase();
    if (!explainOptions.has(name)) return `EXPLAIN (${name}) is not allowed; use plain EXPLAIN, with VERBOSE, COSTS, SETTINGS, FORMAT, SUMMARY, MEMORY or GENERIC_PLAN`;
  }
  return undefined;
}

const explainOptions = new Set(['verbose', 'costs', 'buffers', 'settings', 'format', 'summary', 'memory', 'generic_plan']);

function checkTree(root: Node, kind: 'select' | 'explain'): Checked {
  for (const { type, value } of walk(root)) {
    const problem = problemOf(type, value);
    if (problem !== undefined) return refuse(problem);
  }
  const hidden = hiddenColumnProblem(root);
  return hidden === undefined ? { ok: true, kind } : refuse(hidden);
}

function problemOf(type: string, value: Node): string | undefined {
  if (type.endsWith('Stmt') && type !== 'SelectStmt') return `${words(type)} inside the statement is not reading; write a plain SELECT`;
  if (type === 'SelectStmt') {
    if ('intoClause' in value) return 'SELECT INTO creates a table; leave INTO out';
    if ('lockingClause' in value) return 'FOR UPDATE and FOR SHARE lock rows; leave them out';
    return undefined;
  }
  if (type === 'FuncCall') return isAllowedFunction(stringsOf(value['funcname'])) ? undefined : `the function ${stringsOf(value['funcname']).join('.')} is not on the list of reading functions; use catalog views (pg_catalog.pg_stat_activity and the like), aggregates and plain string, number and date functions`;
  if (type === 'TypeName') return isAllowedType(stringsOf(value['names'])) ? undefined : `a cast to ${stringsOf(value['names']).join('.')} is not allowed; use plain types such as text, bigint, timestamptz, regclass`;
  if (type === 'RangeVar') return relationProblem(value);
  if (type === 'RangeTableSample') return samplings.has(stringsOf(value['method']).join('.')) ? undefined : 'only TABLESAMPLE SYSTEM and BERNOULLI are allowed';
  if (type === 'ColumnRef') return columnProblem(stringsOf(value['fields']).at(-1) ?? '');
  if (type === 'A_Expr') return operatorProblem(stringsOf(value['name']));
  if (type === 'SubLink') return operatorProblem(stringsOf(value['operName']));
  if (type === 'SortBy') return operatorProblem(stringsOf(value['useOp']));
  return allowedNodes.has(type) ? undefined : `${words(type)} is not allowed here; write a simpler SELECT`;
}

/** By name alone, also where a WITH query has taken it: which of the two is meant depends on scopes we do not follow. */
function relationProblem(value: Node): string | undefined {
  const schema = typeof value['schemaname'] === 'string' ? value['schemaname'] : undefined;
  const name = String(value['relname'] ?? '');
  if (typeof value['catalogname'] === 'string') return `${value['catalogname']}.${name}: name tables as schema.table, without a database`;
  return isForbiddenRelation(schema, name) ? `${name} holds credentials or raw data that are never read; ask pg_catalog.pg_roles or the pg_stat views instead` : undefined;
}

/** The database's rights are the wall; this keeps an alias from hiding what a column is. */
function columnProblem(name: string): string | undefined {
  if (sampleColumns.has(name)) return `the column ${name} holds values of other columns; n_distinct and null_frac say how a column is spread`;
  return isSecretName(name) || name === 'rolpassword' || name === 'usepassword' ? `the column ${name} looks like a secret; leave it out` : undefined;
}

const samplings = new Set(['system', 'bernoulli', 'pg_catalog.system', 'pg_catalog.bernoulli']);

/** A schema in an operator's name picks an operator, and with it a function, that anybody may have made. */
function operatorProblem(name: readonly string[]): string | undefined {
  return name.length > 1 && name[0] !== 'pg_catalog' ? `the operator of schema ${name[0] ?? ''} is not allowed; use the built-in operators` : undefined;
}

/** Every typed node below, the root first. A key in capitals names a node's type; fields are in lower case. */
function* walk(value: unknown): Generator<{ type: string; value: Node }> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (/^[A-Z]/.test(key)) yield { type: key, value: node(child) };
    // Fields of one fixed type come without its name around them.
    else if (bareFields[key] !== undefined && typeof child === 'object' && !Array.isArray(child)) yield* walkBare(bareFields[key], child);
    yield* walk(child);
  }
}

function* walkBare(type: string, child: unknown): Generator<{ type: string; value: Node }> {
  const inner = node(child);
  if (!Object.keys(inner).some((key) => /^[A-Z]/.test(key))) yield { type, value: inner };
}

const bareFields: Record<string, string> = { typeName: 'TypeName', typename: 'TypeName', relation: 'RangeVar', larg: 'SelectStmt', rarg: 'SelectStmt', intoClause: 'IntoClause', withClause: 'WithClause' };

/** What a SELECT may be made of. */
const allowedNodes = new Set([
  'A_ArrayExpr', 'A_Const', 'A_Indices', 'A_Indirection', 'A_Star', 'Alias', 'Bitmapset', 'BitString', 'BoolExpr', 'Boolean', 'BooleanTest', 'CaseExpr', 'CaseWhen', 'CoalesceExpr', 'CollateClause', 'ColumnDef', 'CommonTableExpr', 'CTECycleClause', 'CTESearchClause', 'Float', 'GroupingFunc', 'GroupingSet', 'Integer', 'JoinExpr', 'JsonArrayAgg', 'JsonArrayConstructor', 'JsonFormat', 'JsonFuncExpr', 'JsonIsPredicate', 'JsonKeyValue', 'JsonObjectAgg', 'JsonObjectConstructor', 'JsonOutput', 'JsonReturning', 'JsonValueExpr', 'List', 'MinMaxExpr', 'NamedArgExpr', 'NullTest', 'ParamRef', 'RangeFunction', 'RangeSubselect', 'ResTarget', 'RowExpr', 'SQLValueFunction', 'String', 'TypeCast', 'WindowDef', 'WithClause',
]);

function words(type: string | undefined): string {
  return (type ?? 'that').replace(/Stmt$/, '').replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
}

function refuse(reason: string): Checked {
  return { ok: false, reason };
}
