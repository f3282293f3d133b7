/** A role that a change may be about: an ordinary one of the application's, never one of sre-agent's own. */
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import type { Session } from './session.ts';

export interface OrdinaryRole {
  oid: number;
  /** How many roles are members of it. */
  members: number;
  /** Roles whose rights it has. */
  through: string[];
}

interface Row {
  oid: string;
  powers: string[];
  ours: boolean;
  members: number;
  others: string[];
}

/** Throws RefusedError. */
export async function readOrdinaryRole({ role, target }: { role: string; target: string }, session: Session, context: KindContext): Promise<OrdinaryRole> {
  if (/^pg_|^public$/i.test(role)) throw new RefusedError(`${role} is not a role of an application: rights and limits are those of one ordinary role by its name.`);
  const [row] = await session.query<Row>(
    `SELECT r.oid::text, array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL) AS powers,
            pg_has_role(current_user, r.oid, 'USAGE') AS ours, (SELECT count(*)::int FROM pg_auth_members m WHERE m.roleid = r.oid) AS members,
            ARRAY(SELECT g.rolname::text FROM pg_roles g WHERE g.oid <> r.oid AND pg_has_role(r.oid, g.oid, 'USAGE') ORDER BY 1) AS others
       FROM pg_roles r WHERE r.rolname = $1`,
    [role],
  );
  if (!row) throw new RefusedError(`There is no role ${role} on this server.`);
  if (row.powers.length > 0) throw new RefusedError(`${role} is not an ordinary role (${row.powers.join(', ')}): do this one by hand.`);
  // A superuser is in every role; what it could give itself it has already.
  const [self] = await session.query<{ superuser: boolean; name: string }>('SELECT rolsuper AS superuser, rolname::text AS name FROM pg_roles WHERE rolname = current_user');
  if (self?.name === role || role === readerOf(target, context) || (row.ours && self?.superuser !== true)) throw new RefusedError(`${role} is a role of sre-agent's own, or one that its write role belongs to: it changes no rights of its own.`);
  return { oid: Number(row.oid), members: row.members, through: row.others };
}

/** The investigator's role: nothing may make it more than a reader. */
function readerOf(target: string, { targets }: KindContext): string | undefined {
  try {
    return decodeURIComponent(new URL(targets.databases.find(({ name }) => name === target)?.read.reveal() ?? '').username);
  } catch {
    return undefined;
  }
}
