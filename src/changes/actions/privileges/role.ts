/** To whom rights may be given: an ordinary role of the application's. */
import { RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';
import type { OrdinaryRole } from '../postgres/ordinary-role.ts';
import { readOrdinaryRole } from '../postgres/ordinary-role.ts';
import type { Session } from '../postgres/session.ts';
import type { PrivilegeAction, PrivilegeObject } from './acl.ts';

/** Throws RefusedError. `through` names the roles, or PUBLIC, by which it could have the same rights without this. */
export async function readRole(action: PrivilegeAction, { owner }: PrivilegeObject, session: Session, context: KindContext): Promise<OrdinaryRole> {
  if (action.role === owner) throw new RefusedError(`${action.role} is the owner, whose rights do not come from grants.`);
  return readOrdinaryRole(action, session, context);
}
