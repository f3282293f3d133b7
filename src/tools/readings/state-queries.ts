/** What the reader asks about roles, rights, relations, sequences and the server as a whole (PostgreSQL 13 to 18). Nothing of a table's rows but the highest value of a key. */
import { sentByClients } from './database-queries.ts';

const people = (schema: string): string => `${schema} NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'sre_agent') AND ${schema} NOT LIKE 'pg\\_temp%'`;
const ordinary = "r.rolcanlogin AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%' AND r.rolname <> current_user";

export const roles = `SELECT r.rolname::text AS name, r.rolcanlogin AS "mayLogIn", r.rolsuper AS superuser, r.rolconnlimit AS "connectionLimit", r.rolvaliduntil::text AS "validUntil",
  coalesce(r.rolvaliduntil <= clock_timestamp(), false) AS expired,
  (SELECT count(*)::int FROM pg_stat_activity a WHERE a.usesysid = r.oid AND coalesce(a.backend_type, 'client backend') = 'client backend') AS sessions
FROM pg_roles r WHERE r.rolcanlogin AND r.rolname NOT LIKE 'pg\\_%' ORDER BY r.rolvaliduntil IS NULL, r.rolconnlimit < 0, 1 LIMIT 150`;

export const relations = `SELECT n.nspname::text AS schema, c.relname::text AS name,
  CASE WHEN c.relkind IN ('r', 'p') THEN 'table' WHEN c.relkind IN ('v', 'm') THEN 'view' WHEN c.relkind = 'S' THEN 'sequence' ELSE 'other' END AS kind,
  CASE WHEN c.relkind = 'S' THEN '{}'::text[] ELSE ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum LIMIT 100) END AS columns,
  coalesce((SELECT json_agg(json_build_object('name', k.conname, 'type', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' ELSE 'not null' END, 'validated', k.convalidated,
    'columns', (SELECT coalesce(json_agg(a.attname ORDER BY u.place), '[]') FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number)) ORDER BY k.conname)
    FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')), '[]') AS constraints
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition AND ${people('n.nspname')} ORDER BY c.relkind = 'S', 1, 2 LIMIT 400`;

/** Whoever inserts into a table whose default takes a number needs the sequence too; an identity column's needs none. */
export const lackingSequences = `SELECT DISTINCT r.rolname::text AS role, n.nspname::text AS schema, s.relname::text AS name
FROM pg_attrdef d JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
  JOIN pg_class s ON s.oid = p.refobjid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace CROSS JOIN pg_roles r
WHERE ${ordinary} AND ${people('n.nspname')} AND has_any_column_privilege(r.oid, d.adrelid, 'INSERT') AND NOT has_sequence_privilege(r.oid, s.oid, 'USAGE') AND NOT has_sequence_privilege(r.oid, s.oid, 'UPDATE')
ORDER BY 1, 2, 3 LIMIT 50`;

export const lackingSchemas = `SELECT DISTINCT r.rolname::text AS role, n.nspname::text AS schema
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
WHERE ${ordinary} AND ${people('n.nspname')} AND c.relowner <> r.oid AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE') ORDER BY 1, 2 LIMIT 50`;

/** `schema` is quoted by the server. */
export const callsOfRoles = (schema: string): string => `SELECT r.rolname::text AS name, sum(s.calls)::float8 AS calls FROM ${schema}.pg_stat_statements(false) s JOIN pg_roles r ON r.oid = s.userid GROUP BY 1`;

/** `schema` is quoted by the server. */
export const statementsOfRoles = (schema: string): string => `SELECT r.rolname::text AS role, left(s.query, 8000) AS query, s.calls::float8 AS calls
FROM ${schema}.pg_stat_statements(true) s JOIN pg_roles r ON r.oid = s.userid
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ${sentByClients} AND ${ordinary} ORDER BY s.calls DESC LIMIT 300`;

/** Which of these rights are not there: roles, schemas, tables, privileges, as four lists of one length. */
export const lackingOf = `SELECT q.role, q.schema, q.name, lower(q.privilege) AS privilege
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS q (role, schema, name, privilege)
  JOIN pg_namespace n ON n.nspname = q.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = q.name JOIN pg_roles r ON r.rolname = q.role
WHERE NOT has_table_privilege(r.oid, c.oid, q.privilege) AND NOT CASE WHEN q.privilege = 'DELETE' THEN false ELSE has_any_column_privilege(r.oid, c.oid, q.privilege) END`;

export const sequences = `SELECT n.nspname::text AS schema, s.relname::text AS name, tn.nspname::text AS "tableSchema", t.relname::text AS "table", a.attname::text AS "column", format_type(a.atttypid, NULL) AS "columnType",
  q.seqmax::float8 AS maximum, s.oid::text AS oid,
  has_schema_privilege(tn.oid, 'USAGE') AND has_column_privilege(t.oid, a.attnum, 'SELECT') AND t.relkind = 'r' AND NOT t.relrowsecurity AND EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
    WHERE i.indrelid = t.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL AND i.indisvalid AND m.amname = 'btree') AS readable
FROM pg_sequence q JOIN pg_class s ON s.oid = q.seqrelid JOIN pg_namespace n ON n.oid = s.relnamespace
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
  JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE q.seqincrement > 0 AND NOT q.seqcycle AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND ${people('n.nspname')} ORDER BY t.reltuples DESC, 1, 2 LIMIT 80`;

/** $1: object ids. To be asked after the highest values: whoever draws a number does so before the row is there, so that a well sequence is never seen behind. */
export const lastValues = `SELECT s.oid::text AS oid, CASE WHEN has_sequence_privilege(s.oid, 'SELECT') OR has_sequence_privilege(s.oid, 'USAGE') THEN pg_sequence_last_value(s.oid)::float8 END AS last FROM pg_class s WHERE s.oid = ANY ($1::oid[]) AND s.relkind = 'S'`;

const walDistance = (from: string): string => `CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), ${from})::float8 END`;

export const server = `SELECT pg_is_in_recovery() AS standby, CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS "replayPaused",
  CASE WHEN NOT pg_is_in_recovery() THEN NULL WHEN pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn() THEN 0 ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS "replayDelaySeconds",
  (SELECT max(age(datfrozenxid))::float8 FROM pg_database) AS "transactionAge", current_setting('autovacuum_freeze_max_age')::float8 AS "freezeMaximumAge",
  current_setting('synchronous_standby_names') AS "synchronousStandbyNames", ARRAY(SELECT name::text FROM pg_settings WHERE pending_restart ORDER BY 1) AS "pendingRestart",
  coalesce((SELECT json_agg(json_build_object('name', left(gid, 80), 'owner', owner, 'seconds', extract(epoch FROM clock_timestamp() - prepared)) ORDER BY prepared) FROM pg_prepared_xacts WHERE database = current_database()), '[]') AS prepared,
  coalesce((SELECT json_agg(json_build_object('name', slot_name, 'active', active, 'retainedBytes', ${walDistance('restart_lsn')}, 'status', wal_status, 'xminAge', greatest(age(xmin), age(catalog_xmin))) ORDER BY slot_name) FROM pg_replication_slots), '[]') AS slots,
  coalesce((SELECT json_agg(json_build_object('name', application_name, 'state', state, 'sync', sync_state, 'lagBytes', ${walDistance('replay_lsn')}, 'lagSeconds', extract(epoch FROM replay_lag)) ORDER BY application_name) FROM pg_stat_replication), '[]') AS standbys`;

export const counters = 'SELECT temp_bytes::float8 AS "temporaryBytes", deadlocks::float8 AS deadlocks FROM pg_stat_database WHERE datname = current_database()';
