/** The menu of postgres_look: fixed statements over the system views. Every name is in pg_catalog; $1 and $2 are a schema and a name. */

export interface Section {
  title: string;
  sql: string;
  /** Where the view is there only from some version, or for some role. */
  optional?: true;
}

export interface View {
  /** When to use it, for the model. */
  use: string;
  /** Whether it is about one object. */
  object?: true;
  /** Its rows hold other sessions' statements. */
  statements?: true;
  sections: readonly Section[];
}

const clients = "backend_type = 'client backend' AND pid <> pg_backend_pid()";
const seconds = (since: string): string => `round(extract(epoch FROM clock_timestamp() - ${since})::numeric, 1)`;
const people = (schema: string): string => `${schema} NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND ${schema} NOT LIKE 'pg\\_temp%'`;
const hidden = "name !~* '(password|passphrase|secret|token|conninfo|_command$|ssl_key)'";

const activity: View = {
  use: 'who works or waits now, for what (wait events), for how long, in which transaction',
  statements: true,
  sections: [
    {
      title: 'sessions that are not idle', sql: `SELECT pid, usename AS role, application_name AS application, datname AS database, state, ${seconds('state_change')} AS "for s", ${seconds('xact_start')} AS "transaction s",
        wait_event_type || ':' || wait_event AS waits, CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid)::text END AS "blocked by", left(query, 300) AS query
        FROM pg_stat_activity WHERE ${clients} AND state IS DISTINCT FROM 'idle' ORDER BY xact_start NULLS LAST`,
    },
    { title: 'what sessions wait for', sql: "SELECT backend_type AS kind, coalesce(wait_event_type || ':' || wait_event, 'running') AS waits, state, count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() GROUP BY 1, 2, 3 ORDER BY 4 DESC" },
  ],
};

const blocking: View = {
  use: 'chains of sessions that wait for locks, each with who stands in its way and what that one does',
  statements: true,
  sections: [
    {
      title: 'who waits for whom (pid 0: a prepared transaction)', sql: `SELECT w.pid AS waiting, w.usename AS role, w.application_name AS application, ${seconds('w.state_change')} AS "waits s", l.mode || ' on ' || coalesce(n.nspname || '.' || c.relname, l.locktype) AS wants,
        b.pid AS blocker, h.application_name AS "blocker application", h.state AS "blocker state", ${seconds('h.state_change')} AS "blocker for s", ${seconds('h.xact_start')} AS "its transaction s", cardinality(pg_blocking_pids(b.pid)) > 0 AS "waits itself", left(w.query, 160) AS query, left(h.query, 160) AS "blocker query"
        FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid) LEFT JOIN pg_stat_activity h ON h.pid = b.pid LEFT JOIN pg_locks l ON l.pid = w.pid AND NOT l.granted LEFT JOIN pg_class c ON c.oid = l.relation AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE w.wait_event_type = 'Lock' ORDER BY w.state_change`,
    },
    { title: 'prepared transactions', sql: `SELECT left(gid, 60) AS transaction, owner, database, ${seconds('prepared')} AS "prepared s ago" FROM pg_prepared_xacts ORDER BY prepared` },
  ],
};

const locks: View = {
  use: 'which locks are held and asked for, on which relation, advisory ones too',
  sections: [{
    title: 'locks stronger than reading, and all that are waited for', sql: `SELECT coalesce(l.pid::text, 'prepared') AS pid, a.application_name AS application, a.state, l.locktype AS kind, coalesce(n.nspname || '.' || c.relname, CASE WHEN l.locktype = 'advisory' THEN l.classid || ',' || l.objid || ',' || l.objsubid ELSE l.transactionid::text END) AS what, l.mode, CASE WHEN l.granted THEN 'held' ELSE 'WAITS' END AS granted, ${seconds('a.xact_start')} AS "transaction s"
      FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid LEFT JOIN pg_class c ON c.oid = l.relation AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE l.pid IS DISTINCT FROM pg_backend_pid() AND l.locktype <> 'virtualxid' AND (NOT l.granted OR l.locktype = 'advisory' OR l.mode NOT IN ('AccessShareLock', 'RowShareLock')) AND NOT (l.granted AND l.locktype = 'transactionid') ORDER BY l.granted, l.pid, what`,
  }],
};

const transactions: View = {
  use: 'long and idle transactions, and what keeps vacuum from removing rows (sessions, slots, standbys, prepared ones)',
  statements: true,
  sections: [
    { title: 'oldest transactions', sql: `SELECT pid, usename AS role, application_name AS application, state, ${seconds('xact_start')} AS "transaction s", ${seconds('state_change')} AS "in state s", age(backend_xmin) AS "holds back transactions", left(query, 200) AS query FROM pg_stat_activity WHERE ${clients} AND xact_start IS NOT NULL ORDER BY xact_start` },
    {
      title: 'what holds back vacuum, the oldest first', sql: `SELECT * FROM (SELECT 'session ' || pid AS who, age(backend_xmin) AS transactions FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() UNION ALL SELECT 'slot ' || slot_name, greatest(age(xmin), age(catalog_xmin)) FROM pg_replication_slots
        UNION ALL SELECT 'standby ' || application_name, age(backend_xmin) FROM pg_stat_replication UNION ALL SELECT 'prepared ' || left(gid, 60), age(transaction) FROM pg_prepared_xacts) AS all_of_them WHERE transactions IS NOT NULL ORDER BY 2 DESC`,
    },
  ],
};

const tables: View = {
  use: 'size, live and dead rows, scans, changes since the last analyze, autovacuum options of the largest tables',
  sections: [{
    title: 'tables', sql: `SELECT s.schemaname || '.' || s.relname AS "table", pg_size_pretty(pg_total_relation_size(s.relid)) AS size, n_live_tup AS live, n_dead_tup AS dead, c.reltuples::bigint AS "planner believes", n_mod_since_analyze AS "changed since analyze", seq_scan AS "seq scans", seq_tup_read AS "rows read so", idx_scan AS "index scans",
      date_trunc('second', greatest(last_analyze, last_autoanalyze))::text AS analyzed, date_trunc('second', greatest(last_vacuum, last_autovacuum))::text AS vacuumed, c.reloptions::text AS options FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid ORDER BY pg_total_relation_size(s.relid) DESC`,
  }],
};

const indexes: View = {
  use: 'indexes with their use: INVALID, unused, and those that another one on the same columns makes superfluous',
  sections: [
    {
      title: 'indexes that deserve a look', sql: `WITH i AS (SELECT x.indexrelid, x.indrelid, x.indkey::text AS key, x.indisunique, x.indisvalid, x.indpred IS NULL AND x.indexprs IS NULL AS plain, coalesce(s.idx_scan, 0) AS scans FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = x.indexrelid WHERE ${people('n.nspname')})
        SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS index, pg_size_pretty(pg_relation_size(i.indexrelid)) AS size, i.scans, CASE WHEN NOT i.indisvalid THEN 'INVALID' WHEN o.indexrelid IS NOT NULL THEN 'covered by ' || o.indexrelid::regclass::text ELSE 'unused since statistics began' END AS why
        FROM i LEFT JOIN LATERAL (SELECT o.indexrelid FROM i o WHERE o.indrelid = i.indrelid AND o.indexrelid <> i.indexrelid AND o.plain AND i.plain AND o.indisvalid AND NOT i.indisunique AND (o.key LIKE i.key || ' %' OR (o.key = i.key AND (o.indisunique OR o.indexrelid < i.indexrelid))) LIMIT 1) o ON true
        WHERE NOT i.indisvalid OR o.indexrelid IS NOT NULL OR (i.scans = 0 AND NOT i.indisunique AND pg_relation_size(i.indexrelid) > 1048576) ORDER BY i.indisvalid, pg_relation_size(i.indexrelid) DESC`,
    },
    { title: 'large tables that are read from end to end most', sql: 'SELECT schemaname || \'.\' || relname AS "table", n_live_tup AS rows, seq_scan AS "seq scans", seq_tup_read AS "rows read so", idx_scan AS "index scans" FROM pg_stat_user_tables WHERE n_live_tup > 10000 AND seq_scan > 0 ORDER BY seq_tup_read DESC LIMIT 15' },
  ],
};

const vacuum: View = {
  use: 'autovacuum: whether it is on and at work, which tables are past its threshold, how much is dead',
  sections: [
    { title: 'settings', sql: "SELECT name, setting, unit, source FROM pg_settings WHERE name ~ '^autovacuum' OR name IN ('vacuum_cost_delay', 'vacuum_cost_limit', 'track_counts') ORDER BY name" },
    { title: 'vacuums at work', sql: `SELECT p.pid, p.datname AS database, p.relid::regclass::text AS relation, p.phase, p.heap_blks_scanned AS scanned, p.heap_blks_total AS blocks, ${seconds('a.xact_start')} AS "for s", a.wait_event_type || ':' || a.wait_event AS waits, a.backend_type AS kind FROM pg_stat_progress_vacuum p JOIN pg_stat_activity a USING (pid)` },
    {
      title: 'tables past their threshold, or with autovacuum off', sql: `SELECT s.schemaname || '.' || s.relname AS "table", n_live_tup AS live, n_dead_tup AS dead, round(100.0 * n_dead_tup / greatest(n_live_tup + n_dead_tup, 1), 1) AS "dead %", pg_size_pretty(pg_table_size(s.relid)) AS size, date_trunc('second', last_autovacuum)::text AS "last autovacuum", c.reloptions::text AS options FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
        WHERE n_dead_tup > current_setting('autovacuum_vacuum_threshold')::int + current_setting('autovacuum_vacuum_scale_factor')::float8 * n_live_tup OR c.reloptions::text ~ 'autovacuum_enabled=(false|off|0|no)' ORDER BY n_dead_tup DESC`,
    },
  ],
};

const replication: View = {
  use: 'standbys and how far they are behind, slots and the WAL they keep, whether replay is paused',
  sections: [
    { title: 'this server', sql: "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS role, CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS \"replay paused\", CASE WHEN pg_is_in_recovery() THEN clock_timestamp() - pg_last_xact_replay_timestamp() END AS \"last replayed\", current_setting('synchronous_standby_names') AS synchronous_standby_names, current_setting('synchronous_commit') AS synchronous_commit" },
    { title: 'standbys', sql: 'SELECT application_name AS standby, client_addr, state, sync_state AS sync, CASE WHEN NOT pg_is_in_recovery() THEN pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) END AS behind, replay_lag FROM pg_stat_replication ORDER BY 1' },
    { title: 'slots', sql: 'SELECT slot_name AS slot, slot_type AS type, active, wal_status, CASE WHEN NOT pg_is_in_recovery() THEN pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) END AS "WAL kept", age(xmin) AS "rows kept for transactions" FROM pg_replication_slots ORDER BY active, 1' },
  ],
};

const connections: View = {
  use: 'sessions per role and application against the limits of server, database and role',
  sections: [
    { title: 'limits', sql: "SELECT current_setting('max_connections') AS max_connections, current_setting('superuser_reserved_connections') AS \"for superusers\", coalesce(current_setting('reserved_connections', true), '0') AS reserved, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used, (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS \"limit of this database\"" },
    { title: 'by role and application', sql: `SELECT a.usename AS role, a.application_name AS application, count(*) AS sessions, count(*) FILTER (WHERE a.state = 'active') AS active, count(*) FILTER (WHERE a.state = 'idle') AS idle, count(*) FILTER (WHERE a.state LIKE 'idle in%') AS "idle in transaction", max(${seconds('a.state_change')}) AS "longest in state s", r.rolconnlimit AS "limit of role" FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid WHERE a.backend_type = 'client backend' GROUP BY 1, 2, r.rolconnlimit ORDER BY 3 DESC` },
  ],
};

const sequences: View = {
  use: 'sequences near their end, and the age of transaction ids (wraparound)',
  sections: [
    { title: 'sequences, the fullest first', sql: `SELECT schemaname || '.' || sequencename AS sequence, data_type AS type, last_value AS last, max_value AS maximum, round(100.0 * last_value / max_value, 2) AS "used %" FROM pg_sequences WHERE ${people('schemaname')} ORDER BY 5 DESC NULLS LAST` },
    { title: 'transaction ids by database', sql: "SELECT datname AS database, age(datfrozenxid) AS age, current_setting('autovacuum_freeze_max_age') AS \"autovacuum begins at\", mxid_age(datminmxid) AS \"multixact age\" FROM pg_database ORDER BY 2 DESC" },
    { title: 'oldest tables', sql: `SELECT c.oid::regclass::text AS "table", age(c.relfrozenxid) AS age, pg_size_pretty(pg_total_relation_size(c.oid)) AS size FROM pg_class c WHERE c.relkind IN ('r', 'm', 't') ORDER BY 2 DESC LIMIT 10` },
  ],
};

const settings: View = {
  use: 'settings that differ from their default, where they were set, overrides of roles and databases, restarts that are due',
  sections: [
    { title: 'of the server', sql: `SELECT name, setting || coalesce(' ' || unit, '') AS value, boot_val AS default, source, CASE WHEN pending_restart THEN 'restart is due' END AS note FROM pg_settings WHERE source NOT IN ('default', 'override', 'client', 'session') AND setting IS DISTINCT FROM boot_val AND ${hidden} ORDER BY name` },
    { title: 'of roles and databases', sql: `SELECT coalesce(r.rolname, 'all roles') AS role, coalesce(d.datname, 'all databases') AS database, split_part(one, '=', 1) AS setting, CASE WHEN split_part(one, '=', 1) ~* '(password|passphrase|secret|token|key|conninfo)' THEN '(hidden)' ELSE substr(one, strpos(one, '=') + 1) END AS value FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS one LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase ORDER BY 1, 2, 3` },
  ],
};

const roles: View = {
  use: 'roles: login, connection limit, end of the password, memberships',
  sections: [{ title: 'roles', sql: "SELECT r.rolname AS role, r.rolcanlogin AS login, r.rolsuper AS superuser, r.rolconnlimit AS \"connection limit\", r.rolvaliduntil::text AS \"password until\", r.rolvaliduntil <= clock_timestamp() AS expired, (SELECT string_agg(g.rolname, ', ') FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS \"member of\", (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid) AS sessions FROM pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1" }],
};

const sizes: View = {
  use: 'disk: databases, tablespaces, the largest relations, temporary files since statistics began',
  sections: [
    { title: 'databases', sql: "SELECT d.datname AS database, CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_size_pretty(pg_database_size(d.oid)) END AS size, s.temp_files, pg_size_pretty(s.temp_bytes) AS \"temporary written\", s.deadlocks, s.conflicts, s.stats_reset::text AS since FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datallowconn ORDER BY 1" },
    { title: 'largest relations', sql: `SELECT n.nspname || '.' || c.relname AS relation, pg_size_pretty(pg_total_relation_size(c.oid)) AS total, pg_size_pretty(pg_relation_size(c.oid)) AS data, pg_size_pretty(pg_indexes_size(c.oid)) AS indexes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND ${people('n.nspname')} ORDER BY pg_total_relation_size(c.oid) DESC LIMIT 20` },
    { title: 'WAL', sql: 'SELECT count(*) AS files, pg_size_pretty(sum(size)) AS size FROM pg_ls_waldir()', optional: true },
  ],
};

const found = 'c.oid = (SELECT k.oid FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE n.nspname = $1 AND k.relname = $2)';
const object: View = {
  use: 'one table, view, index or sequence: columns, indexes, constraints, triggers, options, owner, and who has which rights on it',
  object: true,
  sections: [
    { title: 'what it is', sql: `SELECT c.oid::regclass::text AS name, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' ELSE c.relkind::text END AS kind, pg_get_userbyid(c.relowner) AS owner, pg_size_pretty(pg_total_relation_size(c.oid)) AS size, c.reltuples::bigint AS rows, c.reloptions::text AS options, c.relrowsecurity AS "row security" FROM pg_class c WHERE ${found}` },
    { title: 'columns', sql: `SELECT a.attnum AS "#", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "not null", pg_get_expr(d.adbin, d.adrelid) AS default FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE ${found} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum` },
    { title: 'indexes', sql: `SELECT i.relname AS index, pg_get_indexdef(x.indexrelid) AS definition, x.indisvalid AND x.indisready AS valid, coalesce(s.idx_scan, 0) AS scans FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = x.indexrelid WHERE ${found} ORDER BY 1` },
    { title: 'constraints', sql: `SELECT k.conname AS "constraint", pg_get_constraintdef(k.oid) AS definition, k.convalidated AS validated FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE ${found} ORDER BY 1` },
    { title: 'triggers', sql: `SELECT t.tgname AS trigger, pg_get_triggerdef(t.oid) AS definition, t.tgenabled <> 'D' AS enabled, f.calls, round(f.total_time::numeric, 1) AS "ms in all" FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid LEFT JOIN pg_stat_user_functions f ON f.funcid = t.tgfoid WHERE ${found} AND NOT t.tgisinternal ORDER BY 1` },
    { title: 'rights', sql: `SELECT coalesce(r.rolname, 'PUBLIC') AS role, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS rights FROM pg_class c CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))) x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE ${found} GROUP BY 1 ORDER BY 1` },
    { title: 'rights on its schema', sql: "SELECT coalesce(r.rolname, 'PUBLIC') AS role, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS rights FROM pg_namespace n CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x LEFT JOIN pg_roles r ON r.oid = x.grantee WHERE n.nspname = $1 AND $2::text IS NOT NULL GROUP BY 1 ORDER BY 1" },
  ],
};

/** `statements` watches for itself: see postgres-look.ts. */
export const views = {
  activity, blocking, locks, transactions, connections, tables, indexes, vacuum, replication, sequences, settings, roles, sizes, object,
  statements: { use: 'which statements take the time now (watched for 1.5 s) and since statistics began (pg_stat_statements)', statements: true, sections: [] },
} as const satisfies Record<string, View>;

export type ViewName = keyof typeof views;
export const viewNames = Object.keys(views) as [ViewName, ...ViewName[]];
