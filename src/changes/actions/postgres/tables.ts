/** A table by name, and whether the write role may look after it. */
import { RefusedError } from '../../errors.ts';
import { bytes, plural } from '../words.ts';
import type { Session } from './session.ts';

export interface TableFacts {
  oid: number;
  /** r, p, m ... of pg_class. */
  kind: string;
  bytes: number;
  /** The statistics' estimate; -1 when the table was never analysed. */
  rows: number;
}

/** Throws RefusedError when there is no such table, or it is neither ours nor, since PostgreSQL 17, ours to maintain. */
export async function readOwnTable({ target, schema, table: name }: { target: string; schema: string; table: string }, session: Session, need: 'owner' | 'maintainer' = 'owner'): Promise<TableFacts> {
  if (/^pg_|^information_schema$/.test(schema)) throw new RefusedError(`${schema}.${name} is PostgreSQL's own; sre-agent leaves it alone.`);
  const [row] = await session.query<{ oid: string; kind: string; bytes: string; rows: number; may: boolean; owner: string }>(
    `SELECT c.oid::text, c.relkind::text AS kind, pg_table_size(c.oid)::text AS bytes, c.reltuples::float8 AS rows, pg_get_userbyid(c.relowner)::text AS owner,
            CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN true WHEN $3 AND current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END AS may
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'm', 'v', 'f')`,
    [schema, name, need === 'maintainer'],
  );
  if (!row) throw new RefusedError(`There is no table ${schema}.${name} in database ${target}.`);
  if (!row.may) throw new RefusedError(`The write role may not do this to ${schema}.${name}: grant it membership in the table's owner, ${row.owner}.`);
  return { oid: Number(row.oid), kind: row.kind, bytes: Number(row.bytes), rows: row.rows };
}

/** `about 1,000 rows, 56 kB`. */
export function size({ rows, bytes: count }: TableFacts): string {
  return `${rows < 0 ? 'an unknown number of rows (never analysed)' : `about ${plural(Math.round(rows), 'row')}`}, ${bytes(count)}`;
}
