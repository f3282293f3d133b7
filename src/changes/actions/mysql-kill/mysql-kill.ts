/** mysql.kill: ends exactly the connections, or stops exactly the queries, that were shown. */
import type { Process } from '../../../tools/mysql/processes.ts';
import type { ActionOf } from '../../action.ts';
import { RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { mysqlKillSchema } from '../../mysql-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { Session } from '../mysql/session.ts';
import { withSession } from '../mysql/session.ts';
import { plain, plural } from '../words.ts';
import type { Bound } from './bound.ts';
import { bind, boundIn, isStill, processesNow, refuseProtected, sameStart } from './bound.ts';
import { killEach } from './kill-each.ts';

type Action = ActionOf<'mysql.kill'>;

export const mysqlKillKind: ActionKind<Action> = {
  kind: 'mysql.kill',
  schema: mysqlKillSchema,
  lockKey: lockKeyOf,
  risk: ({ what }, { affectedSessions, openTransactions }) => ofKill(what, affectedSessions ?? Number.POSITIVE_INFINITY, openTransactions ?? Number.POSITIVE_INFINITY),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift(change, fresh) {
    if (!sameStart(change.resolved, fresh.resolved)) return 'the server started anew since this was approved, and its connection ids began anew';
    const now = new Map(boundIn(fresh.resolved).map((one) => [one.id, one]));
    for (const before of boundIn(change.resolved)) {
      const after = now.get(before.id);
      if (!after) return `connection ${before.id} has ended by itself`;
      if (after.transaction !== before.transaction) return `connection ${before.id} is in another transaction than when this was approved`;
    }
    return moved(change, fresh, ['serverStarted']);
  },
  execute: killEach,
  check,
  previewUndo: () => Promise.reject(new UndoRefusedError(noWayBack)),
  undo: () => Promise.reject(new UndoRefusedError(noWayBack)),
  checkUndone: () => Promise.resolve({ ok: false, details: ['what was ended can not be brought back'] }),
};

const noWayBack = 'What was ended can not be brought back: clients connect and ask again by themselves.';

async function prepare(action: Action, session: Session) {
  const all = await processesNow(session);
  const wanted = new Map(action.sessions.map((one) => [one.id, one]));
  if (action.server_started !== undefined && Math.abs(Date.parse(action.server_started) / 1000 - session.serverStarted) > 5) throw new RefusedError('The server started anew since those connections were seen: they are gone, and their ids are used again.');
  const found = all.filter(({ id, user, host }) => wanted.get(id)?.user === user && wanted.get(id)?.host === host && (action.what === 'connection' || all.some((one) => one.id === id && runs(one))));
  const noun = action.what === 'connection' ? 'connection' : 'running query';
  if (found.length === 0) throw new RefusedError(action.sessions.length === 1 ? `That ${noun} has ended already.` : `Those ${many(2, noun).replace(/^2 /, '')} have ended already.`);
  for (const one of found) await refuseProtected(one, session);
  const open = found.filter(({ transaction }) => transaction !== null);
  const wrote = found.filter(({ transaction }) => (transaction?.rowsModified ?? 0) > 0);
  const waiting = new Set(all.filter(({ blockedBy }) => blockedBy.some((id) => wanted.has(id))).map(({ id }) => id)).size;
  const gone = action.sessions.length - found.length;
  return {
    command: found.map((one) => statement(action, one)),
    preview: [...found.map((one) => describe(one, all)), ...(gone > 0 ? [`${plural(gone, 'other')} had ended already and ${gone === 1 ? 'is' : 'are'} left out.`] : [])].join('\n'),
    resolved: { server: session.identity, serverStarted: session.serverStarted, sessions: found.map((one) => bind(action.what, one)) },
    undo:
      wrote.length === 0
        ? { kind: 'not_needed' as const, command: [], description: 'Nothing uncommitted is lost: no transaction of theirs has changed a row of InnoDB. Temporary tables, LOCK TABLES and GET_LOCK of an ended connection go with it.' }
        : { kind: 'impossible' as const, command: [], description: `${plural(wrote.length, 'open transaction')} with changed rows ${action.what === 'connection' ? 'is rolled back' : 'may be rolled back, wholly or in its last statement'}. What was committed stays; a long rollback takes as long as the work did.` },
    checks: [action.what === 'connection' ? `${plural(found.length, 'connection')} no longer there (by id, user and host)` : `${plural(found.length, 'connection')} no longer running that query`],
    blastRadius: `${many(found.length, noun)} of ${[...new Set(found.map(({ user }) => user))].join(', ')}, ${open.length} in an open transaction, ${wrote.length} of which changed rows; ${plural(waiting, 'connection')} waiting for them.`,
    facts: { online: true, reversible: wrote.length === 0, affectedSessions: found.length, openTransactions: wrote.length },
  };
}

const runs = ({ command, statement: text }: Process): boolean => command !== 'Sleep' && text !== '';
const many = (count: number, noun: string): string => plural(count, noun).replace(/querys$/, 'queries');

/** MariaDB numbers its statements, so there the precondition is in the statement itself. */
function statement({ what }: Action, { id, queryId }: Process): string {
  if (what === 'connection') return `KILL CONNECTION ${id}`;
  return queryId === null ? `KILL QUERY ${id}` : `KILL QUERY ID ${queryId}`;
}

function describe({ id, user, host, database, command, seconds, state, transaction, query }: Process, all: readonly Process[]): string {
  const blocked = all.filter(({ blockedBy }) => blockedBy.includes(id)).map((one) => one.id);
  const open = transaction === null ? 'no transaction' : `transaction open for ${transaction.seconds} s, ${transaction.rowsModified === 0 ? 'no row changed' : `${plural(transaction.rowsModified, 'row')} changed`}`;
  return `${id} ${user}@${host}${database === null ? '' : ` on ${database}`}: ${command}${state === '' ? '' : ` (${plain(state, 60)})`} for ${seconds} s, ${open}, ${blocked.length === 0 ? 'blocks nobody' : `blocks ${blocked.join(', ')}`}${query === '' ? '' : `; query: ${plain(query)}`}`;
}

async function check({ action, resolved }: ChangeOf<Action>, context: KindContext) {
  const bound = boundIn(resolved);
  const left = await withSession(action.target, context, async (session) => {
    if (!sameStart(resolved, { serverStarted: session.serverStarted })) return [];
    const all = await processesNow(session);
    return bound.filter((one: Bound) => all.some((process) => isStill(action.what, one, process, 'at all')));
  });
  const done = action.what === 'connection' ? 'gone' : 'no longer running that query';
  return { ok: left.length === 0, details: left.length === 0 ? [`${plural(bound.length, 'connection')} ${done}`] : left.map(({ id }) => (action.what === 'connection' ? `connection ${id} is still there` : `connection ${id} still runs it`)) };
}

function ofKill(what: Action['what'], sessions: number, writing: number): Assessment {
  if (writing > 10) return { level: 'high', reasons: [`${writing} transactions with changed rows are rolled back at once`] };
  if (writing > 0) return { level: 'medium', reasons: [`${writing} uncommitted ${writing === 1 ? 'transaction is' : 'transactions are'} rolled back`] };
  if (what === 'query' && sessions <= 10) return { level: 'low', reasons: ['queries that changed nothing fail, their connections stay'] };
  return { level: 'medium', reasons: [`${plural(sessions, what === 'query' ? 'query' : 'connection').replace(/querys$/, 'queries')}, none with an uncommitted change`] };
}
