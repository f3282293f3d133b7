/** postgres.grant and postgres.revoke: named privileges of one role on one object, and exactly those that change anything. */
import type { z } from 'zod';
import { canonicalJson } from '../../canonical-json.ts';
import type { Facts } from '../../change.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { grantSchema, revokeSchema } from '../../postgres-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, rehearse, withSession } from '../postgres/session.ts';
import { runTransaction } from '../postgres/transaction.ts';
import type { Acl, PrivilegeAction } from './acl.ts';
import { entryOf, grant, nameOf, privilegesOf, readObject, revoke } from './acl.ts';
import { readRole } from './role.ts';

export const grantKind = privilegeKind('postgres.grant', grantSchema, (action) => ({ level: 'medium', reasons: [`${action.role} may do more than before`] }));
export const revokeKind = privilegeKind('postgres.revoke', revokeSchema, (action) => ({ level: 'medium', reasons: [`whatever ${action.role} still does with it fails`] }));

function privilegeKind<A extends PrivilegeAction>(kind: A['kind'], schema: z.ZodType<A>, risk: (action: A, facts: Facts) => Assessment): ActionKind<A> {
  return {
    kind,
    schema,
    lockKey: lockKeyOf,
    risk,
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, context)),
    drift: (change, fresh) => moved(change, fresh),
    async execute(change, context) {
      await withSession(change.action.target, context, (session) => write(change, session, change.command, 'before', 'after')).catch((error: unknown) => {
        throw error instanceof RefusedError ? executionError(error, '') : error;
      });
      return { output: change.command[1]?.split(' ON ')[0] ?? '' };
    },
    check: (change, context) => compare(change, 'after', context),
    previewUndo: (change, context) => withSession(change.action.target, context, (session) => previewUndo(change, session)),
    async undo(change, context) {
      await withSession(change.action.target, context, async (session) => {
        await refuseForeign(change, session);
        await write(change, session, change.undo.command, 'after', 'before').catch((error: unknown) => {
          throw error instanceof ExecutionError && error.effect === 'none' ? new UndoRefusedError(error.message) : error;
        });
      });
      return { output: change.undo.command[1]?.split(' ON ')[0] ?? '' };
    },
    checkUndone: (change, context) => compare(change, 'before', context),
  };
}

async function prepare(action: PrivilegeAction, session: Session, context: KindContext) {
  const object = await readObject(action, session);
  const role = await readRole(action, object, session, context);
  const { has, lacks } = await privilegesOf(action, object, session);
  const gives = action.kind === 'postgres.grant';
  const changing = gives ? lacks : has;
  const what = nameOf(action);
  if (changing.length === 0) throw new RefusedError(`${action.role} ${gives ? 'has' : 'has not been granted'} ${action.privileges.join(', ')} on ${what} ${gives ? 'already' : 'at all'}.`);
  if (object.columnGrantees.includes(action.role)) throw new RefusedError(`${action.role} has rights on single columns of ${what}, which a REVOKE takes as well and nothing would bring back: do this one by hand.`);
  const entry = await entryOf(action.role, object.owner, session);
  const after = (gives ? [...object.acl, ...changing.map((privilege) => entry(privilege))] : object.acl.filter((one) => !changing.some((privilege) => one === entry(privilege)))).toSorted();
  const [forward, back] = gives ? [grant(action, changing), revoke(action, changing)] : [revoke(action, changing), grant(action, changing)];
  await rehearse(session, [forward]).catch((error: unknown) => {
    throw new RefusedError(`PostgreSQL would not do this: ${error instanceof Error ? error.message : String(error)}.`);
  });
  const same = action.privileges.filter((privilege) => !changing.includes(privilege));
  return {
    command: ['BEGIN', forward, 'COMMIT'],
    equivalent: forward,
    preview: [
      `${what}, owned by ${object.owner}: ${changing.join(', ')} ${gives ? 'for' : 'no longer for'} ${action.role}.`,
      ...(same.length > 0 ? [`${same.join(', ')}: ${gives ? 'it has that already, and keeps it after an undo' : 'it has not been granted that'}.`] : []),
      `Its rights now: ${object.acl.join(', ') || 'none'}.`,
      ...(role.members > 0 ? [`${role.members} ${role.members === 1 ? 'role is' : 'roles are'} members of ${action.role} and ${gives ? 'gain' : 'lose'} it, too.`] : []),
      ...(!gives && (role.through.length > 0 || object.acl.some((one) => one.startsWith('PUBLIC='))) ? [`What ${[...role.through, 'PUBLIC'].join(', ')} may do it may still do.`] : []),
      'The same statement was run and rolled back without an error.',
    ].join('\n'),
    resolved: { server: await serverIdentity(session), object: object.oid, owner: object.owner, role: role.oid, before: object.acl, after },
    undo: { kind: 'automatic' as const, command: ['BEGIN', back, 'COMMIT'], description: gives ? 'Takes exactly these privileges again; what the role had before it keeps.' : 'Gives exactly these privileges again.' },
    checks: [`${action.role} ${gives ? 'has' : 'no longer has'} ${changing.join(', ')} on ${what}, and nothing else changed there`],
    blastRadius: `${action.role}${role.members > 0 ? ` and its ${role.members} members` : ''}, on ${what}.`,
    facts: { online: true, reversible: true, ...(gives && { powers: [`${changing.join(', ')} on ${what} for ${action.role}`] }) },
  };
}

/**
 * GRANT and REVOKE write one row of the catalog, and lock it until the end. So what stands in it afterwards, inside the
 * transaction, tells whether it was what we expected when ours was added to it.
 */
async function write(change: ChangeOf<PrivilegeAction>, session: Session, command: readonly string[], from: 'before' | 'after', to: 'before' | 'after'): Promise<void> {
  await runTransaction(session, command, {
    before: async () => refuseOther(change, session, from),
    after: async () => refuseOther(change, session, to),
  });
}

async function refuseOther({ action, resolved }: ChangeOf<PrivilegeAction>, session: Session, expected: 'before' | 'after'): Promise<void> {
  const { oid, acl } = await readObject(action, session);
  const [role] = await session.query<{ oid: string }>('SELECT oid::text FROM pg_roles WHERE rolname = $1', [action.role]);
  if (oid !== resolved['object'] || Number(role?.oid) !== resolved['role'] || canonicalJson(acl) !== canonicalJson(resolved[expected])) {
    throw new ExecutionError(`Nothing was changed: the rights on ${nameOf(action)} are ${acl.join(', ') || 'none'}, not ${(resolved[expected] as Acl).join(', ') || 'none'}.`, 'none');
  }
}

async function refuseForeign(change: ChangeOf<PrivilegeAction>, session: Session): Promise<void> {
  await refuseOther(change, session, 'after').catch((error: unknown) => {
    throw error instanceof ExecutionError || error instanceof RefusedError ? new UndoRefusedError(`${error.message} Somebody changed them since, so they were left alone.`) : error;
  });
}

async function previewUndo(change: ChangeOf<PrivilegeAction>, session: Session) {
  await refuseForeign(change, session);
  await rehearse(session, change.undo.command.slice(1, -1));
  return {
    preview: `The rights on ${nameOf(change.action)} become ${(change.resolved['before'] as Acl).join(', ') || 'none'} again. The same statement was run and rolled back without an error.`,
    resolved: { server: await serverIdentity(session), object: change.resolved['object'], now: change.resolved['after'] },
  };
}

async function compare({ action, resolved }: ChangeOf<PrivilegeAction>, expected: 'before' | 'after', context: KindContext) {
  const { oid, acl } = await withSession(action.target, context, (session) => readObject(action, session));
  const ok = oid === resolved['object'] && canonicalJson(acl) === canonicalJson(resolved[expected]);
  return { ok, details: [`the rights on ${nameOf(action)} are ${acl.join(', ') || 'none'}`] };
}
