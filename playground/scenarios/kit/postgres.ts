/** What scenarios look up in a PostgreSQL server, and do to it, through the hidden door. */
import type { Check } from '../scenario.ts';
import type { DatabaseDoor } from '../world.ts';
import { holds } from './checks.ts';

/** Ends the sessions of a role, so that its pools open new ones: what is set for a role counts from then on. */
export async function renewSessions(database: DatabaseDoor, role: string): Promise<void> {
  await database.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
}

/** Sessions of a client, by its application name. */
export async function sessionsOf(database: DatabaseDoor, application: string): Promise<{ pid: number; state: string; usename: string }[]> {
  return database.query('SELECT pid, coalesce(state, $2) AS state, usename::text FROM pg_stat_activity WHERE application_name = $1', [application, '']);
}

/** Nobody has waited for a lock for more than half a second. */
export async function noWaiters(database: DatabaseDoor): Promise<Check> {
  const waiting = await database.query<{ pid: number; blockers: number[] }>(
    "SELECT pid, pg_blocking_pids(pid) AS blockers FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND now() - query_start > interval '500 milliseconds'",
  );
  return holds('nobody waits for a lock', waiting.length === 0, waiting.map(({ pid, blockers }) => `${pid} for ${blockers.join(', ')}`).join('; ') || 'nobody');
}

export async function noSessions(database: DatabaseDoor, application: string): Promise<Check> {
  const left = await sessionsOf(database, application);
  return holds(`no session of ${application} is left`, left.length === 0, left.map(({ pid, state }) => `${pid} ${state}`).join(', ') || 'none');
}

/** Settings of a role, a database or a role in a database that name `setting`. */
export async function settingsNaming(database: DatabaseDoor, setting: string): Promise<{ where: string; value: string }[]> {
  return database.query(
    `SELECT concat_ws(' in ', r.rolname, d.datname) AS where, c.setting AS value
     FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c(setting)
     WHERE c.setting LIKE $1 || '=%'`,
    [setting],
  );
}

/** Valid, usable btree indexes that lead with the column and cover every row. */
export async function indexesLeadingWith(database: DatabaseDoor, table: string, column: string): Promise<{ name: string; columns: string[] }[]> {
  return database.query(
    `SELECT i.indexrelid::regclass::text AS name, ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k) AS columns
     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = $1::regclass AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND a.attname = $2`,
    [table, column],
  );
}

/** Index definitions that are there twice, or not valid: what a careless repair leaves. */
export async function noUselessIndexes(database: DatabaseDoor, table: string): Promise<Check> {
  const useless = await database.query<{ name: string }>(
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i WHERE i.indrelid = $1::regclass AND (NOT i.indisvalid OR EXISTS (
       SELECT 1 FROM pg_index o WHERE o.indrelid = i.indrelid AND o.indexrelid < i.indexrelid AND o.indkey = i.indkey AND o.indpred IS NULL AND i.indpred IS NULL))`,
    [table],
  );
  return holds(`no index of ${table} is invalid or there twice`, useless.length === 0, useless.map(({ name }) => name).join(', ') || 'none');
}

/** The privileges a role has on a table by grants to itself, sorted. */
export async function privilegesOn(database: DatabaseDoor, relation: string, role: string): Promise<string[]> {
  const rows = await database.query<{ privilege: string }>(
    `SELECT x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS privilege
     FROM pg_class c, aclexplode(c.relacl) AS x WHERE c.oid = $1::regclass AND x.grantee = $2::regrole ORDER BY 1`,
    [relation, role],
  );
  return rows.map(({ privilege }) => privilege);
}
