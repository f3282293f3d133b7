/** A table whose rows are to be changed, and why that would change more than those rows. */
import { isSecretName } from '../../../redaction/secret-names.ts';
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { refuseOwnerCode } from '../postgres/owner-code.ts';
import { qualified } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';

type Action = ActionOf<'postgres.rows'>;

export interface RowTable {
  oid: number;
  /** The statistics' estimate; -1 when the table was never analysed. */
  rows: number;
  /** Columns of the primary key, in its order. */
  key: string[];
  columns: Column[];
}

interface Column {
  name: string;
  type: string;
  generated: boolean;
  identityAlways: boolean;
  /** A cast to or from text that somebody made stands between the value and its text. */
  ownCast: boolean;
}

interface Row {
  oid: string;
  kind: string;
  rows: number;
  may: boolean;
  policies: boolean;
  children: boolean;
  trigger: string | null;
  rule: string | null;
  key: string[] | null;
}

/** Throws RefusedError. */
export async function readRowTable(action: Action, session: Session): Promise<RowTable> {
  const name = `${action.schema}.${action.table}`;
  if (['pg_catalog', 'information_schema', 'pg_toast', 'sre_agent'].includes(action.schema)) throw new RefusedError(`sre-agent changes no rows in schema ${action.schema}.`);
  const [table] = await session.query<Row>(
    `SELECT c.oid::text, c.relkind::text || c.relpersistence::text AS kind, c.reltuples::float8 AS rows, row_security_active(c.oid) AS policies,
            has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'UPDATE') AND ($3 = 'update' OR (has_table_privilege(c.oid, 'DELETE') AND has_table_privilege(c.oid, 'INSERT'))) AS may,
            EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid) AS children,
            (SELECT t.tgname::text FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' ORDER BY 1 LIMIT 1) AS trigger,
            (SELECT r.rulename::text FROM pg_rewrite r WHERE r.ev_class = c.oid ORDER BY 1 LIMIT 1) AS rule,
            (SELECT array_agg(a.attname::text ORDER BY k.position) FROM pg_constraint p, unnest(p.conkey) WITH ORDINALITY AS k (attnum, position) JOIN pg_attribute a ON a.attnum = k.attnum
              WHERE p.conrelid = c.oid AND p.contype = 'p' AND a.attrelid = c.oid) AS key
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [action.schema, action.table, action.operation],
  );
  if (!table) throw new RefusedError(`There is no table ${name} in database ${action.target}.`);
  if (table.kind !== 'rp') throw new RefusedError(`${name} is not an ordinary, logged table.`);
  if (table.children) throw new RefusedError(`Other tables inherit from ${name}: name the one that holds the rows.`);
  if (!table.may) throw new RefusedError(`The write role may not change rows of ${name}: grant it membership in the table's owner.`);
  if (table.policies) throw new RefusedError(`${name} has row security, which could hide rows from the change or its undo.`);
  if (table.trigger !== null) throw new RefusedError(`${name} has the trigger ${table.trigger}, which could do more than what is shown: do this one by hand.`);
  if (table.rule !== null) throw new RefusedError(`${name} has the rule ${table.rule}, which could do something else than what is shown: do this one by hand.`);
  await refuseOwnerCode({ oid: Number(table.oid), name }, session);
  if (table.key === null) throw new RefusedError(`${name} has no primary key, so its rows could not be found again for the undo.`);
  const columns = await session.query<Column>(
    `SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attgenerated <> '' AS generated, a.attidentity = 'a' AS "identityAlways",
            EXISTS (SELECT FROM pg_cast k WHERE k.oid >= 16384 AND k.castmethod <> 'b' AND (k.castsource, k.casttarget) IN ((a.atttypid, 'text'::regtype), ('text'::regtype, a.atttypid))) AS "ownCast"
       FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [table.oid],
  );
  await refuseCascades(action, table.oid, session);
  const found = { oid: Number(table.oid), rows: table.rows, key: table.key, columns };
  refuseColumns(action, found);
  return found;
}

/** Nobody gives the table another trigger, constraint or index from here on. First in its transaction: what is read after it is what is there. */
export async function lockRowTable({ schema, table }: Action, session: Session): Promise<void> {
  await session.query(`LOCK TABLE ONLY ${qualified(schema, table)} IN ROW EXCLUSIVE MODE`);
}

function refuseColumns({ operation, set = {}, where, schema, table }: Action, { key, columns }: RowTable): void {
  const byName = new Map(columns.map((column) => [column.name, column]));
  for (const name of [...where.map(({ column }) => column), ...Object.keys(set)]) {
    if (!byName.has(name)) throw new RefusedError(`Table ${schema}.${table} has no column ${name}; it has ${[...byName.keys()].join(', ')}.`);
    if (isSecretName(name)) throw new RefusedError(`The column ${name} looks like a secret, and sre-agent neither shows nor carries secrets: do this one by hand.`);
  }
  for (const name of Object.keys(set)) {
    const column = byName.get(name);
    if (key.includes(name)) throw new RefusedError(`${name} belongs to the primary key, by which the undo finds the rows.`);
    if (column?.generated) throw new RefusedError(`${name} is computed by PostgreSQL from other columns.`);
    if (column?.identityAlways) throw new RefusedError(`${name} is an identity that PostgreSQL alone gives out.`);
  }
  const strange = columns.find(({ name, ownCast, generated }) => ownCast && !generated && (operation === 'delete' || name in set || key.includes(name)));
  if (strange) throw new RefusedError(`The type of ${strange.name}, ${strange.type}, has its own cast to or from text, so its values may not be kept faithfully: do this one by hand.`);
}

/** Foreign keys of other tables that would change or delete rows there. */
async function refuseCascades({ operation, set = {}, schema, table }: Action, oid: string, session: Session): Promise<void> {
  const [cascade] = await session.query<{ name: string; from: string }>(
    `SELECT k.conname::text AS name, k.conrelid::regclass::text AS from FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = $1::oid
        AND CASE WHEN $2 = 'delete' THEN k.confdeltype IN ('c', 'n', 'd')
                 ELSE k.confupdtype IN ('c', 'n', 'd') AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum = ANY (k.confkey) AND a.attname = ANY ($3::text[])) END LIMIT 1`,
    [oid, operation, Object.keys(set)],
  );
  if (cascade) throw new RefusedError(`The foreign key ${cascade.name} of ${cascade.from} would change rows there as well when rows of ${schema}.${table} ${operation === 'delete' ? 'are deleted' : 'change'}: do this one by hand.`);
}
