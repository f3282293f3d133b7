/** What the database reader asks PostgreSQL (13 to 18). Every name is in pg_catalog or written with its schema. */

export const aboutServer = `SELECT current_setting('plan_cache_mode') = 'force_generic_plan' AS generic_plans, current_setting('max_connections')::int AS "limit",
  current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
  pg_is_in_recovery() AS standby,
  (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements') AS statements_schema`;

export const sessions = `SELECT pid, backend_start::text AS backend_start, coalesce(usename, '') AS "user", application_name AS application,
  coalesce(host(client_addr), 'local') AS client, datname IS DISTINCT FROM current_database() AS elsewhere, state,
  extract(epoch FROM clock_timestamp() - coalesce(state_change, backend_start))::float8 AS state_seconds,
  extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_seconds,
  wait_event_type, wait_event, CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END AS blocked_by, left(query, 4000) AS query
FROM pg_stat_activity WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL AND pid <> pg_backend_pid()`;

export const tables = `SELECT s.schemaname AS schema, s.relname AS "table", greatest(s.n_live_tup, c.reltuples::bigint, 0)::float8 AS rows,
  coalesce(s.seq_scan, 0)::float8 AS sequential_scans, coalesce(s.seq_tup_read, 0)::float8 AS sequential_rows_read,
  coalesce(s.idx_scan, 0)::float8 AS index_scans, coalesce(s.n_dead_tup, 0)::float8 AS dead_rows, s.last_autovacuum::text AS last_autovacuum,
  coalesce(s.n_mod_since_analyze, 0)::float8 AS modified, greatest(s.last_analyze, s.last_autoanalyze)::text AS last_analyze,
  extract(epoch FROM clock_timestamp() - greatest(s.last_analyze, s.last_autoanalyze))::float8 AS analyzed_seconds, c.reltuples::float8 AS planned_rows, coalesce(c.reloptions, '{}')::text[] AS options
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid ORDER BY 3 DESC, 1, 2 LIMIT 200`;

export const indexes = `SELECT n.nspname AS schema, t.relname AS "table", i.relname AS index, x.indisvalid AND x.indisready AS valid, x.indisunique AS "unique", x.indpred IS NOT NULL AS partial,
  ARRAY(SELECT coalesce((SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0), pg_get_indexdef(x.indexrelid, k.position::int, true))
    FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, position) ORDER BY k.position) AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%' ORDER BY t.reltuples DESC, 1, 2, 3 LIMIT 500`;

/** Settings that limit what sessions may do; $1 is the list of their names. */
export const overrides = `SELECT o.setting, o.scope, o.role, o.in_database, o.value, d.boot_val || coalesce(' ' || d.unit, '') AS default_value FROM (
  SELECT split_part(entry, '=', 1) AS setting, CASE WHEN s.setrole <> 0 THEN 'role' ELSE 'database' END AS scope, r.rolname::text AS role,
    s.setrole <> 0 AND s.setdatabase <> 0 AS in_database, substr(entry, strpos(entry, '=') + 1) AS value
  FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS entry LEFT JOIN pg_roles r ON r.oid = s.setrole
  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  UNION ALL
  SELECT name, 'system', NULL, false, setting || coalesce(' ' || unit, '') FROM pg_settings WHERE source IN ('configuration file', 'command line') AND setting IS DISTINCT FROM boot_val
  UNION ALL
  SELECT 'connection_limit', 'role', rolname::text, false, rolconnlimit::text FROM pg_roles WHERE rolconnlimit >= 0
) o LEFT JOIN pg_settings d ON d.name = o.setting WHERE o.setting = ANY ($1) ORDER BY o.scope, o.role, o.setting`;

export const limitingSettings = [
  'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout',
  'default_transaction_read_only', 'search_path', 'work_mem', 'temp_file_limit', 'connection_limit', 'autovacuum', 'enable_indexscan', 'enable_bitmapscan', 'enable_indexonlyscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_nestloop', 'enable_hashagg', 'enable_sort', 'enable_material', 'enable_memoize',
];

export const running = `SELECT left(query, 8000) AS query, (extract(epoch FROM clock_timestamp() - query_start) * 1000)::float8 AS milliseconds, coalesce(usename, '')::text AS role
FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()
  AND wait_event_type IS DISTINCT FROM 'Lock' AND query NOT LIKE '<insufficient privilege>%'`;

/** Of pg_stat_statements as `s`: statements that clients sent themselves. It tells from 1.9 on (PostgreSQL 14), and of an extension that was not updated it does not. */
export const sentByClients = "coalesce((to_jsonb(s) ->> 'toplevel')::boolean, true)";

/** `schema` is quoted by the server (aboutServer). */
export function statementTotals(schema: string, withText: boolean): string {
  return `SELECT s.queryid::text AS id, ${withText ? 'left(s.query, 8000)' : "''"} AS query, s.calls::float8 AS calls, s.total_exec_time::float8 AS milliseconds,
  (SELECT r.rolname::text FROM pg_roles r WHERE r.oid = s.userid) AS role
FROM ${schema}.pg_stat_statements(${withText}) s WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ${sentByClients} ORDER BY s.total_exec_time DESC LIMIT 400`;
}
