/** What is said of one statement, by its type. In the manner of squawk: a reason for each refusal, so that people learn why. */
import type { Node } from '../tools/sql/parse-tree.ts';
import { node, nodesOf, stringsOf } from '../tools/sql/parse-tree.ts';

export interface Said {
  refusal?: string;
  warnings?: string[];
  transaction?: 'never' | 'always';
  /** It takes a lock that stops others, so it must not wait for it long. */
  locks?: boolean;
  setsLockTimeout?: boolean;
}

export function ruleOf(type: string, tree: Node): Said {
  const said = rules[type]?.(tree) ?? { refusal: unlisted[type] ?? `${words(type)} is none of the statements it knows` };
  if (said.refusal !== undefined) return said;
  const refusal = nested(tree) ?? unqualified(type, tree) ?? unknownFunction(type, tree);
  return refusal === undefined ? said : { refusal };
}

const rules: Record<string, (tree: Node) => Said> = {
  IndexStmt(tree) {
    if (tree['concurrent'] !== true) return { refusal: 'an index that is not built CONCURRENTLY stops all writes meanwhile' };
    if (tree['if_not_exists'] === true) return { refusal: 'IF NOT EXISTS takes an INVALID index for a finished one' };
    return { transaction: 'never', ...(tree['unique'] === true && { warnings: ['a unique index fails on duplicates'] }) };
  },
  DropStmt(tree) {
    const what = words(String(tree['removeType']).replace('OBJECT_', ''));
    if (tree['removeType'] !== 'OBJECT_INDEX') return { refusal: `DROP ${what} can't be taken back` };
    if (tree['concurrent'] !== true) return { refusal: 'an index that is not dropped CONCURRENTLY stops all reads and writes meanwhile' };
    if (tree['behavior'] === 'DROP_CASCADE') return { refusal: 'CASCADE drops what is not shown' };
    const names = nodesOf(tree['objects']).map((object) => stringsOf(node(object['List'])['items']));
    if (names.length !== 1 || names[0]?.length !== 2) return { refusal: 'it drops one index, named with its schema' };
    return { transaction: 'never' };
  },
  ReindexStmt(tree) {
    if (tree['kind'] !== 'REINDEX_OBJECT_INDEX') return { refusal: 'it builds one index anew, not those of a table or schema' };
    return option(tree['params'], 'concurrently') ? { transaction: 'never' } : { refusal: 'REINDEX without CONCURRENTLY stops all writes, and reads that use the index, meanwhile' };
  },
  AlterTableStmt(tree) {
    for (const command of nodesOf(tree['cmds']).map((one) => node(one['AlterTableCmd']))) {
      const subtype = String(command['subtype']);
      if (subtype === 'AT_AddConstraint' && node(node(command['def'])['Constraint'])['skip_validation'] !== true) return { refusal: 'a constraint that is added without NOT VALID checks every row while nobody can write' };
      if (subtype === 'AT_SetRelOptions' || subtype === 'AT_ResetRelOptions') {
        const strange = nodesOf(node(node(command['def'])['List'])['items']).map((one) => node(one['DefElem'])).find((one) => 'defnamespace' in one || !String(one['defname']).startsWith('autovacuum_'));
        if (strange !== undefined) return { refusal: `of the options of a table it sets those of autovacuum, not ${String(strange['defname'])}` };
      } else if (subtype !== 'AT_ValidateConstraint') return { refusal: alterations[subtype] ?? `ALTER TABLE of this sort (${subtype.slice(3)}) is none that it knows` };
    }
    return { transaction: 'always', locks: true };
  },
  VacuumStmt(tree) {
    if (option(tree['options'], 'full')) return { refusal: 'VACUUM FULL writes the table anew while nobody can read it' };
    const strange = nodesOf(tree['options']).map((one) => String(node(one['DefElem'])['defname'])).find((name) => !['analyze', 'truncate', 'verbose'].includes(name));
    if (strange !== undefined) return { refusal: `the option ${strange} of VACUUM is none that it knows` };
    if (nodesOf(tree['rels']).length !== 1) return { refusal: 'it names one table' };
    return tree['is_vacuumcmd'] === true ? { transaction: 'never' } : {};
  },
  UpdateStmt: changesRows,
  DeleteStmt: changesRows,
  InsertStmt: (tree) => ('selectStmt' in tree && nodesOf(node(node(tree['selectStmt'])['SelectStmt'])['valuesLists']).length === 0 ? { transaction: 'always' } : { refusal: 'it inserts only rows that it reads' }),
  GrantStmt(tree) {
    const grantees = nodesOf(tree['grantees']).map((one) => node(one['RoleSpec'])['roletype']);
    if (grantees.some((type) => type !== 'ROLESPEC_CSTRING')) return { refusal: 'rights go to one role by its name, never to PUBLIC' };
    if (tree['grant_option'] === true || tree['behavior'] === 'DROP_CASCADE') return { refusal: 'the right to pass a right on is neither given nor taken' };
    const what = String(tree['objtype']).replace('OBJECT_', '');
    if (tree['targtype'] !== 'ACL_TARGET_OBJECT' || nodesOf(tree['objects']).length !== 1 || !(what in rights)) return { refusal: 'rights are those of one table, sequence or schema' };
    const privileges = nodesOf(tree['privileges']).map((one) => node(one['AccessPriv']));
    if (privileges.length === 0 || privileges.some((one) => 'cols' in one || !rights[what]?.includes(String(one['priv_name'])))) return { refusal: `of a ${words(what)} it gives and takes ${rights[what]?.join(', ')} by name` };
    return { transaction: 'always' };
  },
  SelectStmt(tree) {
    if ('intoClause' in tree || 'lockingClause' in tree) return { refusal: 'SELECT INTO and FOR UPDATE are not what it calls functions with' };
    return {};
  },
  AlterRoleStmt(tree) {
    if (node(tree['role'])['roletype'] !== 'ROLESPEC_CSTRING') return { refusal: 'it is one role by its name' };
    const strange = nodesOf(tree['options']).map((one) => String(node(one['DefElem'])['defname'])).find((name) => name !== 'connectionlimit' && name !== 'validUntil');
    return strange === undefined ? { transaction: 'always' } : { refusal: `of a role it changes how many sessions it may have and until when its password is good, not ${strange}` };
  },
  AlterSystemStmt: () => ({ transaction: 'never' }),
  AlterDatabaseSetStmt: () => ({}),
  AlterRoleSetStmt: (tree) => (node(tree['role'])['roletype'] === 'ROLESPEC_CSTRING' ? {} : { refusal: 'settings are those of one role by its name' }),
  VariableSetStmt: (tree) => (tree['is_local'] === true && tree['name'] === 'lock_timeout' && tree['kind'] === 'VAR_SET_VALUE' ? { transaction: 'always', setsLockTimeout: true } : { refusal: 'it sets nothing but lock_timeout, for one transaction' }),
  // 1 is ACCESS SHARE, 8 ACCESS EXCLUSIVE.
  LockStmt: (tree) => (Number(tree['mode']) >= 8 ? { refusal: 'nobody could even read the table' } : { transaction: 'always', locks: true, ...(Number(tree['mode']) >= 5 && { warnings: ['writes wait while the table is locked'] }) }),
};

function changesRows(tree: Node): Said {
  if (!('whereClause' in tree)) return { refusal: 'UPDATE and DELETE without WHERE change every row' };
  return { transaction: 'always', ...(!compares(tree['whereClause']) && { warnings: ['its condition names no value that rows must equal'] }) };
}

/** Some column equals, or is one of, what is named. */
function compares(where: unknown): boolean {
  return [...walk(where)].some(([type, value]) => type === 'A_Expr' && (value['kind'] === 'AEXPR_IN' || (value['kind'] === 'AEXPR_OP' && stringsOf(value['name']).join('') === '=')));
}

const rights: Record<string, readonly string[]> = { TABLE: ['select', 'insert', 'update', 'delete'], SEQUENCE: ['usage', 'select', 'update'], SCHEMA: ['usage'] };

const alterations: Record<string, string> = {
  AT_AddConstraint: 'constraints are validated, not added',
  AT_AlterColumnType: 'another type of a column writes the whole table anew while nobody can read it',
  AT_DropColumn: "DROP COLUMN can't be taken back",
  AT_SetNotNull: 'NOT NULL checks every row while nobody can read or write: add a CHECK constraint NOT VALID and validate it',
  AT_AddColumn: 'a new column belongs into a migration',
  AT_DropConstraint: 'without the constraint rows may be written that never fit again',
  AT_SetTableSpace: 'another tablespace writes the whole table anew while nobody can read it',
  AT_SetLogged: 'it writes the whole table anew while nobody can read it',
  AT_SetUnLogged: 'a table that is not logged is empty after a crash',
  AT_DisableTrig: 'without its triggers the table no longer does what the application counts on',
  AT_ChangeOwner: 'another owner is another set of rights',
};

const unlisted: Record<string, string> = {
  TruncateStmt: "TRUNCATE empties the table and can't be taken back",
  DropdbStmt: "DROP DATABASE can't be taken back",
  DropRoleStmt: "DROP ROLE can't be taken back",
  GrantRoleStmt: 'membership in a role hands over all that it may do',
  RenameStmt: 'a new name breaks every query with the old one',
  CopyStmt: 'COPY reaches files and programs',
  DoStmt: 'a DO block does what no rule can see',
  CallStmt: 'a procedure does what no rule can see',
  ClusterStmt: 'CLUSTER writes the table anew while nobody can read it',
};

/** Another statement in a WITH or anywhere else inside. */
function nested(tree: Node): string | undefined {
  if ('withClause' in tree) return 'it needs no WITH';
  const inner = [...walk(tree)].find(([type]) => type.endsWith('Stmt') && type !== 'SelectStmt');
  return inner && `${words(inner[0])} stands inside it`;
}

/** search_path holds pg_catalog alone: its views are the only names that need no schema. */
function unqualified(type: string, tree: Node): string | undefined {
  const relation = [...walk(tree), ...bareRelations(tree)].find(([name, value]) => name === 'RangeVar' && typeof value['schemaname'] !== 'string' && !(type === 'SelectStmt' && String(value['relname']).startsWith('pg_')));
  return relation && `${String(relation[1]['relname'])} is named without its schema`;
}

function unknownFunction(type: string, tree: Node): string | undefined {
  // An index may be built on any function; it is built again only as PostgreSQL itself wrote it down.
  if (type === 'IndexStmt') return undefined;
  const call = [...walk(tree)].filter(([name]) => name === 'FuncCall').map(([, value]) => stringsOf(value['funcname'])).find((name) => (name.length > 1 && name[0] !== 'pg_catalog') || !functions.has(name.at(-1) ?? ''));
  return call && `the function ${call.join('.')} is none that it knows`;
}

const functions = new Set(['pg_terminate_backend', 'pg_cancel_backend', 'pg_reload_conf', 'setval', 'max', 'row_number', 'jsonb_build_object']);

/** PostgreSQL reads an option without a value as on. */
function option(options: unknown, name: string): boolean {
  const found = nodesOf(options).map((one) => node(one['DefElem'])).find((one) => String(one['defname']).toLowerCase() === name);
  if (!found) return false;
  const value = node(found['arg']);
  const text = String(node(value['String'])['sval'] ?? node(value['Integer'])['ival'] ?? node(value['Boolean'])['boolval'] ?? 'true').toLowerCase();
  return 'arg' in found ? ['true', 'on', '1'].includes(text) : true;
}

/** Every typed node below. */
function* walk(value: unknown): Generator<[type: string, value: Node]> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      if (/^[A-Z]/.test(key)) yield [key, node(child)];
      yield* walk(child);
    }
  }
}

/** The table of a statement comes without its type's name around it. */
function* bareRelations(tree: Node): Generator<[type: string, value: Node]> {
  if (typeof node(tree['relation'])['relname'] === 'string') yield ['RangeVar', node(tree['relation'])];
}

function words(type: string): string {
  return type.replace(/Stmt$/, '').replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toUpperCase();
}
