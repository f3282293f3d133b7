/** The sequence that gives a column its values. Its numbers are 64 bit and stay texts. */
import { RefusedError } from '../../errors.ts';
import { refuseOwnerCode } from '../postgres/owner-code.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';

export interface Sequence {
  oid: number;
  schema: string;
  name: string;
  increment: string;
  /** What it gives out next. */
  next: string;
  maximum: string;
  cache: number;
  /** The column's highest value; null without rows. */
  highest: string | null;
}

/** Throws RefusedError when the column has none of its own, or its highest value can't be looked up in an index. */
export async function readSequence({ schema, table, column }: { schema: string; table: string; column: string }, tableOid: number, session: Session): Promise<Sequence> {
  const what = `${schema}.${table}.${column}`;
  const [row] = await session.query<{ oid: string | null; schema: string; name: string; type: string; increment: string; cycles: boolean; maximum: string; cache: string; indexed: boolean; may: boolean }>(
    `SELECT c.oid::text, n.nspname::text AS schema, c.relname::text AS name, format_type(a.atttypid, NULL) AS type, s.seqincrement::text AS increment, s.seqcycle AS cycles, s.seqmax::text AS maximum, s.seqcache::text AS cache,
            EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL AND i.indisvalid AND (SELECT m.amname FROM pg_class x JOIN pg_am m ON m.oid = x.relam WHERE x.oid = i.indexrelid) = 'btree') AS indexed,
            coalesce(has_sequence_privilege(c.oid, 'UPDATE') AND has_sequence_privilege(c.oid, 'SELECT') AND has_column_privilege(a.attrelid, a.attnum, 'SELECT'), false) AS may
       FROM pg_attribute a LEFT JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       LEFT JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' LEFT JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_sequence s ON s.seqrelid = c.oid
      WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.oid NULLS LAST LIMIT 1`,
    [tableOid, column],
  );
  if (!row) throw new RefusedError(`Table ${schema}.${table} has no column ${column}.`);
  if (row.oid === null) throw new RefusedError(`${what} has no sequence of its own: sre-agent sets only one that belongs to the column (serial or identity).`);
  if (!/^(smallint|integer|bigint)$/.test(row.type)) throw new RefusedError(`${what} is ${row.type}, not a whole number.`);
  if (row.increment.startsWith('-') || row.cycles) throw new RefusedError(`The sequence of ${what} counts down or begins again: do this one by hand.`);
  if (!row.indexed) throw new RefusedError(`${what} leads no index, so its highest value could not be looked up while writes wait: do this one by hand.`);
  if (!row.may) throw new RefusedError(`The write role may not set the sequence of ${what}: grant it membership in its owner.`);
  await refuseOwnerCode({ oid: tableOid, name: `${schema}.${table}` }, session);
  const own = qualified(row.schema, row.name);
  const [state] = await session.query<{ next: string; highest: string | null }>(
    `SELECT (CASE WHEN s.is_called THEN s.last_value::numeric + ${row.increment} ELSE s.last_value::numeric END)::text AS next,
            (SELECT max(t.${identifier(column)})::text FROM ONLY ${qualified(schema, table)} AS t) AS highest FROM ${own} AS s`,
  );
  if (!state) throw new RefusedError(`The sequence of ${what} can't be read.`);
  return { oid: Number(row.oid), schema: row.schema, name: row.name, increment: row.increment, next: state.next, maximum: row.maximum, cache: Number(row.cache), highest: state.highest };
}
