/** The rows as they were before, kept in the database itself. */
import { createHash } from 'node:crypto';
import { RefusedError } from '../../errors.ts';
import type { Session } from '../postgres/session.ts';

/** deploy/postgres/write-rows.sql makes it. */
export const keptTable = { schema: 'sre_agent', name: 'rows_before' };

/** Throws RefusedError when what was there before could not be kept, or not from everybody. */
export async function refuseUnkept(session: Session): Promise<void> {
  const name = `${keptTable.schema}.${keptTable.name}`;
  const [kept] = await session.query<{ may: boolean; open: boolean; stranger: string | null }>(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AS may,
            has_table_privilege('public', c.oid, 'SELECT') OR has_table_privilege('public', c.oid, 'INSERT') OR has_table_privilege('public', c.oid, 'UPDATE') AS open,
            (SELECT o.rolname::text FROM pg_roles o WHERE o.oid IN (c.relowner, n.nspowner) AND NOT (o.rolsuper OR o.rolcreaterole) LIMIT 1) AS stranger
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [keptTable.schema, keptTable.name],
  );
  if (kept?.may !== true) throw new RefusedError(`There is no table ${name} that the write role may use, so what was there before could not be kept: run deploy/postgres/write-rows.sql in this database.`);
  // Who owns it can hang a trigger on it, which would run with the write role's rights.
  if (kept.stranger !== null) throw new RefusedError(`${name} belongs to ${kept.stranger}, who is no administrator of this server: let the one who runs deploy/postgres/write-rows.sql own it and its schema.`);
  if (kept.open) throw new RefusedError(`Everybody may use ${name}: REVOKE ALL ON ${name} FROM PUBLIC.`);
}

/** For the transaction: the same value is always the same text, and that text is read back to it. */
export async function useTextFormats(session: Session): Promise<void> {
  await session.query(
    `SELECT set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true), set_config('lock_timeout', '2s', true)`,
  );
}

/** Binds an approval to the rows, and finds out when what was kept was altered. */
export function hashOfKept(rows: readonly { before: string }[]): string {
  return createHash('sha256').update(JSON.stringify(rows.map(({ before }) => before))).digest('hex');
}

/** How many rows one transaction kept under an id. */
export async function keptBy(id: string, transaction: string, session: Session): Promise<number> {
  const [row] = await session.query<{ count: number }>('SELECT count(*)::int AS count FROM "sre_agent"."rows_before" WHERE id = $1 AND written_by::text = $2', [id, transaction]);
  return row?.count ?? 0;
}
