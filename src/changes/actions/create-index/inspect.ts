/** What a new index depends on, read from the catalog. */
import { RefusedError } from '../../errors.ts';
import type { ActionOf } from '../../action.ts';
import { qualified } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';

type Action = ActionOf<'postgres.create_index'>;

export interface Table {
  oid: number;
  bytes: number;
  /** The statistics' estimate; -1 when the table was never analysed. */
  rows: number;
}

/** Throws RefusedError when there is no such table, or it can't be indexed concurrently by us. */
export async function readTable(action: Action, session: Session): Promise<Table> {
  const name = `${action.schema}.${action.table}`;
  const [table] = await session.query<{ oid: string; kind: string; persistence: string; owned: boolean; owner: string; may_create: boolean; bytes: string; rows: number }>(
    `SELECT c.oid::text, c.relkind::text AS kind, c.relpersistence::text AS persistence, pg_has_role(c.relowner, 'USAGE') AS owned, pg_get_userbyid(c.relowner)::text AS owner,
            has_schema_privilege(n.oid, 'CREATE') AS may_create, pg_table_size(c.oid)::text AS bytes, c.reltuples::float8 AS rows
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [action.schema, action.table],
  );
  if (!table) throw new RefusedError(`There is no table ${name} in database ${action.target}.`);
  if (action.schema === 'pg_catalog' || action.schema === 'information_schema' || action.schema === 'pg_toast') throw new RefusedError(`${name} is PostgreSQL's own; sre-agent adds no index there.`);
  if (table.kind === 'p') throw new RefusedError(`${name} is partitioned, and PostgreSQL can't build an index on it concurrently: index its partitions one by one.`);
  if (table.kind !== 'r' && table.kind !== 'm') throw new RefusedError(`${name} is not a table.`);
  if (table.persistence === 't') throw new RefusedError(`${name} is a temporary table of another session.`);
  if (!table.owned) throw new RefusedError(`The write role may not index ${name}: grant it membership in the table's owner, ${table.owner}.`);
  if (!table.may_create) throw new RefusedError(`The write role may not create anything in schema ${action.schema}: grant it CREATE there.`);
  return { oid: Number(table.oid), bytes: Number(table.bytes), rows: table.rows };
}

/** Column names with their types. Throws RefusedError when one does not exist or has no btree order. */
export async function readColumns(action: Action, table: Table, session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string; type: string }>(
    'SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped',
    [table.oid],
  );
  const types = new Map(rows.map((row) => [row.name, row.type]));
  if (new Set(action.columns).size !== action.columns.length) throw new RefusedError('A column is named twice.');
  return action.columns.map((column) => {
    const type = types.get(column);
    if (type === undefined) throw new RefusedError(`Table ${action.schema}.${action.table} has no column ${column}; it has ${[...types.keys()].join(', ')}.`);
    return `${column} ${type}`;
  });
}

export interface ExistingIndex {
  name: string;
  definition: string;
  valid: boolean;
  /** Its leading key columns; null for an expression. */
  columns: (string | null)[];
  plain: boolean;
}

export async function readIndexes(table: Table, session: Session): Promise<ExistingIndex[]> {
  return session.query<ExistingIndex>(
    `SELECT c.relname::text AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisvalid AND i.indisready AS valid,
            am.amname = 'btree' AND i.indpred IS NULL AS plain,
            ARRAY(SELECT a.attname::text FROM generate_series(0, i.indnkeyatts - 1) AS position LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[position] AND a.attnum > 0 ORDER BY position) AS columns
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam WHERE i.indrelid = $1 ORDER BY c.relname`,
    [table.oid],
  );
}

/** Throws RefusedError when an index serves these columns already, or the name is taken. */
export async function refuseExisting(action: Action, name: string, indexes: readonly ExistingIndex[], session: Session): Promise<void> {
  const similar = indexes.find((index) => index.valid && index.plain && action.columns.every((column, position) => index.columns[position] === column));
  if (similar) throw new RefusedError(`${similar.name} serves these columns already: ${similar.definition}.`);
  const [taken] = await session.query<{ valid: boolean | null }>(
    `SELECT i.indisvalid AND i.indisready AS valid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $2`,
    [action.schema, name],
  );
  if (taken?.valid === false) throw new RefusedError(`An unfinished index ${action.schema}.${name} remains from an earlier attempt: DROP INDEX CONCURRENTLY ${qualified(action.schema, name)} first.`);
  if (taken) throw new RefusedError(`The name ${action.schema}.${name} is taken already.`);
}

/** The server's own word that these columns can be indexed: the same index on an empty copy, rolled back. */
export function rehearsal(action: Action, columns: string): string[] {
  return [
    `CREATE TEMPORARY TABLE sre_agent_rehearsal (LIKE ${qualified(action.schema, action.table)}) ON COMMIT DROP`,
    `CREATE INDEX ON pg_temp.sre_agent_rehearsal USING btree (${columns})`,
  ];
}
