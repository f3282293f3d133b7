/**
 * Code that the owner of a table hung on it, in a check, an index, a type. PostgreSQL runs it as whoever writes the table, and
 * constant parts of it already when a query is planned: that would be us, with more rights than its author has.
 */
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';
import type { Session } from './session.ts';

/** Throws RefusedError. To be called before anything else reads the table, and again once it is locked against DDL. Row security runs code, too. */
export async function refuseOwnerCode(table: { oid: number; name: string }, session: Session): Promise<void> {
  const [secured] = await session.query<{ secured: boolean }>('SELECT row_security_active($1::oid) AS secured', [table.oid]);
  if (secured?.secured !== false) throw new RefusedError(`${table.name} has row security, which hides rows and runs the code of its policies: do this one by hand.`);
  const [found] = await session.query<{ function: string; owner: string }>(reachable, [table.oid]);
  if (found) throw new RefusedError(`${table.name} runs the function ${plain(found.function, 120)} of ${plain(found.owner, 80)} (in a check, an index, a type or the like), and would run it with sre-agent's rights: do this one by hand.`);
}

/**
 * From the table, its partitioned parents, and what its foreign keys name: over constraints, indexes, generated columns, extended
 * statistics and the types of columns, to functions that neither PostgreSQL nor a superuser made. Defaults are not run: they are
 * never asked for.
 */
const reachable = `
  WITH RECURSIVE family (oid) AS (
    SELECT $1::oid UNION SELECT h.inhparent FROM family f JOIN pg_inherits h ON h.inhrelid = f.oid),
  tables (oid) AS (SELECT oid FROM family UNION SELECT k.confrelid FROM pg_constraint k WHERE k.conrelid = $1::oid AND k.contype = 'f'),
  reached (classid, objid) AS (
    (SELECT 'pg_class'::regclass::oid, oid FROM tables
      UNION ALL SELECT 'pg_class'::regclass::oid, i.indexrelid FROM pg_index i JOIN tables ON tables.oid = i.indrelid
      UNION ALL SELECT 'pg_constraint'::regclass::oid, k.oid FROM pg_constraint k JOIN tables ON tables.oid = k.conrelid
      UNION ALL SELECT 'pg_statistic_ext'::regclass::oid, s.oid FROM pg_statistic_ext s JOIN tables ON tables.oid = s.stxrelid
      UNION ALL SELECT 'pg_attrdef'::regclass::oid, d.oid FROM pg_attrdef d JOIN tables ON tables.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
      UNION ALL SELECT 'pg_type'::regclass::oid, a.atttypid FROM pg_attribute a JOIN tables ON tables.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= 16384)
    UNION
    SELECT n.classid, n.objid FROM reached r CROSS JOIN LATERAL (
      SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_depend d
       WHERE d.classid = r.classid AND d.objid = r.objid AND d.refobjid >= 16384 AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass)
      UNION ALL SELECT 'pg_constraint'::regclass::oid, k.oid FROM pg_constraint k WHERE r.classid = 'pg_type'::regclass AND k.contypid = r.objid
      UNION ALL SELECT 'pg_type'::regclass::oid, x.type FROM pg_type t LEFT JOIN pg_range g ON g.rngtypid = t.oid LEFT JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        CROSS JOIN LATERAL (VALUES (t.typelem), (t.typbasetype), (g.rngsubtype), (a.atttypid)) AS x (type) WHERE r.classid = 'pg_type'::regclass AND t.oid = r.objid AND x.type >= 16384) AS n)
  SELECT n.nspname || '.' || p.proname AS function, pg_get_userbyid(p.proowner)::text AS owner
    FROM reached r JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.oid >= 16384 AND NOT coalesce((SELECT o.rolsuper FROM pg_roles o WHERE o.oid = p.proowner), false) ORDER BY 1 LIMIT 1`;
