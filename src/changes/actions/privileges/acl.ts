/** Who may do what with an object, as PostgreSQL keeps it, and what the change makes of it. */
import type { ActionOf } from '../../action.ts';
import { RefusedError } from '../../errors.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';

export type PrivilegeAction = ActionOf<'postgres.grant'> | ActionOf<'postgres.revoke'>;

/** One right: `grantee=PRIVILEGE/grantor`, with a `*` behind what may be passed on. */
export type Acl = string[];

export interface PrivilegeObject {
  oid: number;
  owner: string;
  acl: Acl;
  /** Roles that have rights on single columns. */
  columnGrantees: string[];
}

const allowed: Record<PrivilegeAction['object'], readonly string[]> = { table: ['select', 'insert', 'update', 'delete'], sequence: ['usage', 'select', 'update'], schema: ['usage'] };
const relationKinds = { table: ['r', 'p', 'v', 'm', 'f'], sequence: ['S'] };

/** Throws RefusedError when there is no such object, or its owner's rights are not ours to use. */
export async function readObject(action: PrivilegeAction, session: Session): Promise<PrivilegeObject> {
  const what = nameOf(action);
  const wrong = action.privileges.find((privilege) => !allowed[action.object].includes(privilege));
  if (wrong !== undefined) throw new RefusedError(`A ${action.object} has no privilege ${wrong} that sre-agent gives or takes: it is one of ${allowed[action.object].join(', ')}.`);
  if (/^pg_|^information_schema$|^sre_agent$/.test(action.schema)) throw new RefusedError(`sre-agent changes no rights in schema ${action.schema}.`);
  if ((action.object === 'schema') !== (action.name === undefined)) throw new RefusedError(action.object === 'schema' ? 'A schema has no name beside that of the schema.' : `Which ${action.object} is meant is not said.`);
  const [row] = await session.query<{ oid: string; kind: string; owner: string; owned: boolean; acl: Acl; columnGrantees: string[] }>(action.object === 'schema' ? ofSchema : ofRelation, action.object === 'schema' ? [action.schema] : [action.schema, action.name]);
  if (!row) throw new RefusedError(`There is no ${what} in database ${action.target}.`);
  if (action.object !== 'schema' && !relationKinds[action.object].includes(row.kind)) throw new RefusedError(`${action.schema}.${action.name ?? ''} is not a ${action.object}.`);
  if (!row.owned) throw new RefusedError(`The write role may not change the rights on ${what}: grant it membership in its owner, ${row.owner}.`);
  return { oid: Number(row.oid), owner: row.owner, acl: row.acl, columnGrantees: row.columnGrantees };
}

const exploded = (acl: string): string => `ARRAY(SELECT format('%s=%s%s/%s', CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, x.privilege_type, CASE WHEN x.is_grantable THEN '*' ELSE '' END, quote_ident(pg_get_userbyid(x.grantor)))
   FROM aclexplode(${acl}) AS x ORDER BY 1)`;
const ofSchema = `SELECT n.oid::text, '' AS kind, pg_get_userbyid(n.nspowner)::text AS owner, pg_has_role(n.nspowner, 'USAGE') AS owned, '{}'::text[] AS "columnGrantees",
  ${exploded("coalesce(n.nspacl, acldefault('n', n.nspowner))")} AS acl FROM pg_namespace n WHERE n.nspname = $1`;
const ofRelation = `SELECT c.oid::text, c.relkind::text AS kind, pg_get_userbyid(c.relowner)::text AS owner, pg_has_role(c.relowner, 'USAGE') AS owned,
  ARRAY(SELECT DISTINCT pg_get_userbyid(x.grantee)::text FROM pg_attribute a, aclexplode(a.attacl) AS x WHERE a.attrelid = c.oid AND NOT a.attisdropped ORDER BY 1) AS "columnGrantees",
  ${exploded("coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r'::\"char\" END, c.relowner))")} AS acl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`;

/** Those of the action that the role has, or lacks, by a grant of the owner's to itself. Throws RefusedError for one that it may pass on. */
export async function privilegesOf(action: PrivilegeAction, { acl, owner }: PrivilegeObject, session: Session): Promise<{ has: string[]; lacks: string[] }> {
  const entry = await entryOf(action.role, owner, session);
  const wanted = [...new Set(action.privileges)].toSorted();
  const passedOn = wanted.find((privilege) => acl.includes(entry(privilege, '*')));
  if (passedOn !== undefined) throw new RefusedError(`${action.role} may pass ${passedOn} on ${nameOf(action)} on to others, which sre-agent neither gives nor takes: do this one by hand.`);
  return { has: wanted.filter((privilege) => acl.includes(entry(privilege))), lacks: wanted.filter((privilege) => !acl.includes(entry(privilege))) };
}

/** What stands in the list for a grant of the owner's. */
export async function entryOf(role: string, owner: string, session: Session): Promise<(privilege: string, option?: '' | '*') => string> {
  const [quoted] = await session.query<{ role: string; owner: string }>('SELECT quote_ident($1) AS role, quote_ident($2) AS owner', [role, owner]);
  return (privilege, option = '') => `${quoted?.role ?? ''}=${privilege.toUpperCase()}${option}/${quoted?.owner ?? ''}`;
}

export function grant(action: PrivilegeAction, privileges: readonly string[]): string {
  return `GRANT ${list(privileges)} ON ${on(action)} TO ${identifier(action.role)}`;
}

export function revoke(action: PrivilegeAction, privileges: readonly string[]): string {
  return `REVOKE ${list(privileges)} ON ${on(action)} FROM ${identifier(action.role)}`;
}

export function nameOf({ object, schema, name }: PrivilegeAction): string {
  return object === 'schema' ? `schema ${schema}` : `${object} ${schema}.${name ?? ''}`;
}

const list = (privileges: readonly string[]): string => privileges.map((privilege) => privilege.toUpperCase()).join(', ');
const on = ({ object, schema, name }: PrivilegeAction): string => (object === 'schema' ? `SCHEMA ${identifier(schema)}` : `${object.toUpperCase()} ${qualified(schema, name ?? '')}`);
