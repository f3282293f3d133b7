/** What a database holds besides its rows: definitions, roles, grants, settings; and how many rows. */
import type { DatabaseDoor, World } from '../world.ts';
import { digestOf } from './digest.ts';

type Part = { name: string; value: string };

const system = "('pg_catalog', 'information_schema', 'pg_toast')";

/** Of a table that somebody holds exclusively nothing can be read, definitions (pg_get_indexdef, pg_get_expr ...) included: whoever asks waits as long. */
const held = (table: string): string => `EXISTS (SELECT 1 FROM pg_locks l WHERE l.relation = ${table} AND l.mode = 'AccessExclusiveLock')`;
const unlessHeld = (table: string, definition: string): string => `CASE WHEN ${held(table)} THEN 'locked' ELSE ${definition} END`;

/** Each yields name and value; a name begins with what it is. */
const postgresParts = [
  `SELECT 'table/' || c.oid::regclass::text AS name, string_agg(format('%s %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, ${unlessHeld('c.oid', 'pg_get_expr(d.adbin, d.adrelid)')}), ', ' ORDER BY a.attnum) || ' ' || coalesce(c.reloptions::text, '') || c.relrowsecurity || c.relowner::regrole AS value
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ${system} GROUP BY c.oid`,
  `SELECT 'index/' || i.indrelid::regclass || '/' || x.relname AS name, ${unlessHeld('i.indrelid', 'pg_get_indexdef(i.indexrelid)')} || ' ' || i.indisvalid || i.indisready AS value
     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE n.nspname NOT IN ${system}`,
  `SELECT 'constraint/' || conrelid::regclass || '/' || conname AS name, ${unlessHeld('conrelid', 'pg_get_constraintdef(oid)')} || ' ' || convalidated AS value FROM pg_constraint WHERE conrelid <> 0 AND contype <> 'n' AND conrelid >= 16384`,
  `SELECT 'sequence/' || quote_ident(schemaname) || '.' || quote_ident(sequencename) AS name, format('%s %s %s %s %s', data_type, min_value, max_value, increment_by, cycle) AS value FROM pg_sequences`,
  `SELECT 'grants/' || c.oid::regclass AS name, coalesce(c.relacl::text, '') || coalesce((SELECT string_agg(a.attname || a.attacl::text, ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL), '') AS value
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT IN ${system}`,
  `SELECT 'grants/schema/' || nspname AS name, coalesce(nspacl::text, '') || nspowner::regrole AS value FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'`,
  `SELECT 'grants/database/' || datname AS name, coalesce(datacl::text, '') || datdba::regrole || datconnlimit || datallowconn AS value FROM pg_database`,
  `SELECT 'role/' || rolname AS name, format('%s %s %s %s %s %s %s %s %s', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolvaliduntil, md5(rolpassword), (SELECT string_agg(roleid::regrole::text, ',' ORDER BY roleid::regrole::text) FROM pg_auth_members m WHERE m.member = r.oid)) AS value FROM pg_authid r WHERE rolname NOT LIKE 'pg\\_%'`,
  `SELECT 'setting/' || coalesce(d.datname, '*') || '/' || coalesce(r.rolname, '*') AS name, array_to_string(ARRAY(SELECT unnest(s.setconfig) ORDER BY 1), ' ') AS value FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole`,
  `SELECT 'setting/server/' || name AS name, coalesce(setting, '') AS value FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'`,
  `SELECT 'function/' || p.oid::regprocedure AS name, prosrc || prosecdef || proowner::regrole AS value FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname NOT IN ${system} AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`,
  `SELECT 'trigger/' || tgrelid::regclass || '/' || tgname AS name, format('%s %s', pg_get_triggerdef(oid), tgenabled) AS value FROM pg_trigger WHERE NOT tgisinternal`,
  `SELECT 'extension/' || extname AS name, extversion AS value FROM pg_extension`,
  `SELECT 'slot/' || slot_name AS name, slot_type AS value FROM pg_replication_slots`,
  `SELECT 'prepared/' || gid AS name, owner || database AS value FROM pg_prepared_xacts`,
] as const;

export async function postgresState(world: World, database: string): Promise<Map<string, string>> {
  const door = world.database(database);
  const parts: Part[] = [];
  for (const part of postgresParts) parts.push(...(await door.query<Part>(part)));
  parts.push(...(await postgresRows(door)));
  return named(`postgres/${database}`, parts);
}

/** How many rows each table holds, counted in one statement; `locked` where that would wait. */
async function postgresRows(door: DatabaseDoor): Promise<Part[]> {
  const all = await door.query<{ name: string; locked: boolean }>(`SELECT c.oid::regclass::text AS name, ${held('c.oid')} AS locked FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN ${system} ORDER BY 1`);
  const tables = all.filter(({ locked }) => !locked);
  const waiting = all.filter(({ locked }) => locked).map(({ name }) => ({ name: `rows/${name}`, value: 'locked' }));
  if (tables.length === 0) return waiting;
  const counted = await door.query<Part>(tables.map(({ name }) => `SELECT 'rows/${name.replaceAll("'", "''")}' AS name, count(*)::text AS value FROM ${name}`).join(' UNION ALL '));
  return [...counted, ...waiting];
}

const mysqlParts = [
  `SELECT CONCAT('table/', table_schema, '.', table_name) AS name, GROUP_CONCAT(CONCAT_WS(' ', column_name, column_type, is_nullable, COALESCE(column_default, ''), extra) ORDER BY ordinal_position) AS value FROM information_schema.columns WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') GROUP BY table_schema, table_name`,
  `SELECT CONCAT('index/', table_schema, '.', table_name, '/', index_name) AS name, CONCAT(GROUP_CONCAT(column_name ORDER BY seq_in_index), ' ', MAX(non_unique)) AS value FROM information_schema.statistics WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') GROUP BY table_schema, table_name, index_name`,
  `SELECT CONCAT('role/', user, '@', host) AS name, CONVERT(priv USING utf8mb4) AS value FROM mysql.global_priv`,
  `SELECT CONCAT('grants/', grantee, '/', table_schema) AS name, GROUP_CONCAT(privilege_type ORDER BY privilege_type) AS value FROM information_schema.schema_privileges GROUP BY grantee, table_schema`,
  `SELECT CONCAT('setting/server/', LOWER(variable_name)) AS name, variable_value AS value FROM information_schema.global_variables WHERE variable_name IN ('MAX_CONNECTIONS', 'MAX_USER_CONNECTIONS', 'READ_ONLY', 'LOCK_WAIT_TIMEOUT', 'INNODB_LOCK_WAIT_TIMEOUT', 'WAIT_TIMEOUT', 'INTERACTIVE_TIMEOUT', 'SQL_MODE', 'EVENT_SCHEDULER', 'INNODB_BUFFER_POOL_SIZE', 'MAX_STATEMENT_TIME', 'SLOW_QUERY_LOG', 'MAX_ALLOWED_PACKET')`,
] as const;

/** Empty where there is no MariaDB. */
export async function mysqlState(world: World, database: string): Promise<Map<string, string>> {
  let door: DatabaseDoor;
  try {
    door = world.database(database);
  } catch {
    return new Map();
  }
  const parts: Part[] = [];
  for (const part of mysqlParts) parts.push(...(await door.query<Part>(part)));
  for (const { name } of await door.query<{ name: string }>("SELECT CONCAT(table_schema, '.', table_name) AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')")) {
    const [row] = await door.query<{ count: number }>(`SET SESSION lock_wait_timeout = 2; SELECT COUNT(*) AS count FROM ${name}`).catch(() => [{ count: 'locked' }]);
    parts.push({ name: `rows/${name}`, value: String(row?.count ?? 0) });
  }
  return named(`mysql/${database}`, parts);
}

/** Row counts stay numbers; the rest becomes a hash, which no secret can be read from. */
function named(prefix: string, parts: readonly Part[]): Map<string, string> {
  return new Map(parts.map(({ name, value }) => [`${prefix}/${name}`, name.startsWith('rows/') ? value : digestOf(value)]));
}
