/** Asks PostgreSQL what the read role may do: attributes, memberships, grants on tables and schemas, files, other sessions. */
import type { DatabaseTarget } from '../../config/targets.ts';
import { openReadOnly } from '../../tools/sql/connection.ts';
import type { Excess, Look } from './finding.ts';
import { NotAskedError } from './finding.ts';

const timeoutMilliseconds = 10_000;
/** More tables than these are counted and not named. */
const named = 5;

/** Throws NotAskedError. */
export async function lookAtPostgres(target: DatabaseTarget, signal: AbortSignal): Promise<Look> {
  try {
    const connection = await openReadOnly(target.read.reveal(), { applicationName: 'sre-agent self-test', signal });
    try {
      const ask = async <R>(statement: string): Promise<R[]> => (await connection.query<R>(statement, [], { timeoutMilliseconds, signal })).rows;
      const [self] = await ask<{ role: string }>('SELECT current_user::text AS role');
      const role = self?.role ?? '';
      const powers = await ask<Power>(powersStatement);
      // Whoever is superuser has every other right too.
      if (powers.some(({ power }) => power === 'SUPERUSER')) return { identity: role, excess: powers.filter(({ power }) => power === 'SUPERUSER').map((one) => ofPower(one, role)) };
      const grants = await ask<Grant>(grantsStatement);
      const creates = await ask<Create>(createsStatement);
      return { identity: role, excess: [...powers.map((one) => ofPower(one, role)), ...ofGrants(grants), ...creates.map(ofCreate)] };
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw new NotAskedError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

interface Power {
  /** An attribute in capitals, a role of PostgreSQL's own, or a catalog. */
  power: string;
  /** The role that has it: this one, or one that it can become. */
  holder: string;
}

/** Of the role itself and of every role that it is in. */
const powersStatement = `
  SELECT power, quote_ident(rolname) AS holder FROM pg_roles,
    LATERAL (VALUES ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls), ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb), ('REPLICATION', rolreplication)) AS has (power, held)
    WHERE held AND (rolname = current_user OR (pg_has_role(current_user, oid, 'MEMBER') AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)))
  UNION ALL
  SELECT rolname, '' FROM pg_roles WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_signal_backend', 'pg_maintain', 'pg_create_subscription', 'pg_checkpoint')
    AND pg_has_role(current_user, oid, 'MEMBER')
  UNION ALL
  SELECT relname, '' FROM pg_class WHERE oid IN ('pg_authid'::regclass, 'pg_shadow'::regclass) AND has_any_column_privilege(oid, 'SELECT')
    AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data' AND pg_has_role(current_user, oid, 'MEMBER'))`;

const means: Record<string, string> = {
  SUPERUSER: 'is a superuser', BYPASSRLS: 'bypasses row-level security', CREATEROLE: 'may create roles', CREATEDB: 'may create databases', REPLICATION: 'may copy the whole server by replication',
  pg_read_all_data: 'may read everything, password hashes included', pg_write_all_data: 'may write to every table', pg_execute_server_program: 'may run programs on the server',
  pg_read_server_files: 'may read files of the server', pg_write_server_files: 'may write files of the server', pg_signal_backend: "may end other roles' sessions",
  pg_maintain: 'may lock and rebuild every table', pg_create_subscription: 'may create subscriptions', pg_checkpoint: 'may force checkpoints',
};

function ofPower({ power, holder }: Power, role: string): Excess {
  const itself = quoted(role);
  if (power === 'pg_authid' || power === 'pg_shadow') return { right: `may read password hashes (${power})`, remedy: `REVOKE SELECT ON ${power} FROM ${itself}, PUBLIC` };
  const right = means[power] ?? `has ${power}`;
  if (holder === '') return { right: `${right} (${power})`, remedy: `REVOKE ${power} FROM ${itself}` };
  if (holder === itself) return { right, remedy: `ALTER ROLE ${itself} NO${power}` };
  return { right: `may become ${holder}, which ${right}`, remedy: `REVOKE ${holder} FROM ${itself}` };
}

interface Grant {
  /** Quoted, with its schema. */
  relation: string;
  /** Quoted; PUBLIC for everybody. */
  grantee: string;
  /** `INSERT, UPDATE` */
  rights: string;
  owner: boolean;
  total: string;
}

/** Whole tables, single columns and sequences; an owner has all, by default or by grant. */
const grantsStatement = `
  WITH relations AS (
    SELECT c.oid, c.relowner, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation, c.relkind = 'S' AS sequence, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)) AS acl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  ), granted AS (
    SELECT relation, sequence, relowner, entry.grantee, entry.privilege_type FROM relations, aclexplode(acl) AS entry
    UNION SELECT relation, sequence, relowner, entry.grantee, entry.privilege_type FROM relations JOIN pg_attribute a ON a.attrelid = relations.oid, aclexplode(a.attacl) AS entry
  )
  SELECT relation, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee, string_agg(DISTINCT privilege_type, ', ' ORDER BY privilege_type) AS rights,
    bool_or(grantee = relowner) AS owner, count(*) OVER () AS total
  FROM granted WHERE (privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') OR (sequence AND privilege_type = 'USAGE')) AND (grantee = 0 OR pg_has_role(current_user, grantee, 'MEMBER'))
  GROUP BY relation, grantee ORDER BY relation, grantee LIMIT ${named}`;

function ofGrants(grants: readonly Grant[]): Excess[] {
  const more = Number(grants[0]?.total ?? 0) - grants.length;
  return grants.map(({ relation, grantee, rights, owner }, index) => ({
    right: `${owner ? `owns ${relation}` : `may ${rights} on ${relation}`}${grantee === 'PUBLIC' ? ', as everybody may' : ''}${more > 0 && index === grants.length - 1 ? `, and ${more} more such` : ''}`,
    remedy: owner ? `ALTER TABLE ${relation} OWNER TO another role, or REVOKE ${grantee} from this one` : `REVOKE ${rights} ON ${relation} FROM ${grantee}`,
  }));
}

interface Create {
  what: 'SCHEMA' | 'DATABASE';
  /** Quoted. */
  name: string;
  grantee: string;
}

/** Temporary tables are not counted: they harm nobody, and by default everybody may make them. */
const createsStatement = `
  WITH places AS (
    SELECT 'SCHEMA' AS what, quote_ident(nspname) AS name, coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
    UNION ALL SELECT 'DATABASE', quote_ident(datname), coalesce(datacl, acldefault('d', datdba)) FROM pg_database WHERE datname = current_database()
  )
  SELECT DISTINCT what, name, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee
  FROM places, aclexplode(acl) AS entry WHERE privilege_type = 'CREATE' AND (grantee = 0 OR pg_has_role(current_user, grantee, 'MEMBER')) ORDER BY 1, 2, 3`;

function ofCreate({ what, name, grantee }: Create): Excess {
  return { right: `may create ${what === 'SCHEMA' ? 'tables and functions in schema' : 'schemas in database'} ${name}${grantee === 'PUBLIC' ? ', as everybody may' : ''}`, remedy: `REVOKE CREATE ON ${what} ${name} FROM ${grantee}` };
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
