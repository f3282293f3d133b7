/** postgres.terminate_backend: ends exactly the sessions that were shown, each bound by pid, start and transaction. */
import type { ActionOf } from '../../action.ts';
import { terminateBackendSchema } from '../../postgres-actions.ts';
import { RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { Backend } from '../postgres/backends.ts';
import { describe, readBackends, refuseProtected } from '../postgres/backends.ts';
import { literal } from '../postgres/quote.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { withSession } from '../postgres/session.ts';
import { signalSessions } from '../postgres/signal-sessions.ts';
import { plural } from '../words.ts';

type Action = ActionOf<'postgres.terminate_backend'>;

export const terminateBackendKind: ActionKind<Action> = {
  kind: 'postgres.terminate_backend',
  schema: terminateBackendSchema,
  lockKey: lockKeyOf,
  risk: (_action, { affectedSessions, openTransactions }) => ofSessions(affectedSessions ?? Number.POSITIVE_INFINITY, openTransactions ?? Number.POSITIVE_INFINITY),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift(change, fresh) {
    const now = new Map(boundSessions(fresh.resolved).map((one) => [one.pid, one]));
    for (const before of boundSessions(change.resolved)) {
      const after = now.get(before.pid);
      if (!after) return `session ${before.pid} has ended by itself`;
      if (after.transactionStart !== before.transactionStart) return `session ${before.pid} is in another transaction than when this was approved`;
    }
    return moved(change, fresh);
  },
  execute,
  check,
  previewUndo: () => Promise.reject(new UndoRefusedError(noWayBack)),
  undo: () => Promise.reject(new UndoRefusedError(noWayBack)),
  checkUndone: () => Promise.resolve({ ok: false, details: ['an ended session can not be brought back'] }),
};

const noWayBack = 'An ended session can not be brought back: its client connects again by itself.';

async function prepare(action: Action, session: Session) {
  const backends = await readBackends(action.sessions, session);
  if (backends.length === 0) throw new RefusedError(action.sessions.length === 1 ? 'That session has ended already.' : 'Those sessions have ended already.');
  for (const backend of backends) refuseProtected(backend, session.pid);
  const open = backends.filter((backend) => backend.transactionStart !== null);
  const wrote = backends.filter((backend) => backend.wrote);
  const gone = action.sessions.length - backends.length;
  return {
    command: backends.map(statement),
    preview: [...backends.map(describe), ...(gone > 0 ? [`${plural(gone, 'other session')} had ended already and ${gone === 1 ? 'is' : 'are'} left out.`] : [])].join('\n'),
    resolved: {
      server: await serverIdentity(session),
      sessions: backends.map(({ pid, backendStart, user, transactionStart, wrote: lost }) => ({ pid, backendStart, user, transactionStart, wrote: lost })),
    },
    undo:
      wrote.length === 0
        ? { kind: 'not_needed' as const, command: [], description: 'Nothing uncommitted is lost: none of them has written in its transaction. Their clients connect again by themselves.' }
        : { kind: 'impossible' as const, command: [], description: 'An ended session stays ended: PostgreSQL rolls its open transaction back, nothing that was committed is lost, and its client must connect again.' },
    checks: [`${plural(backends.length, 'session')} no longer there (by pid and start)`],
    blastRadius: `${plural(backends.length, 'session')} of ${[...new Set(backends.map(({ user }) => user))].join(', ')}, ${open.length} with an open transaction, ${wrote.length} of which ${wrote.length === 1 ? 'has' : 'have'} written and ${wrote.length === 1 ? 'is' : 'are'} rolled back; ${plural(new Set(backends.flatMap(({ blocks }) => blocks)).size, 'session')} waiting for them.`,
    facts: { online: true, reversible: wrote.length === 0, affectedSessions: backends.length, openTransactions: wrote.length },
  };
}

/** The whole precondition is in the statement: another session with the same pid, or another transaction, matches nothing. */
function statement({ pid, backendStart, transactionStart, wrote }: Backend): string {
  const transaction = transactionStart === null ? 'xact_start IS NULL' : `xact_start = ${literal(transactionStart)}${wrote ? '' : ' AND backend_xid IS NULL'}`;
  return `SELECT pid, pg_terminate_backend(pid) AS sent FROM pg_stat_activity WHERE pid = ${pid} AND backend_start = ${literal(backendStart)} AND ${transaction} AND backend_type = 'client backend'`;
}

async function execute({ action, command, resolved }: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const pids = boundSessions(resolved).map(({ pid }) => pid);
  return { output: await signalSessions({ target: action.target, command, pids, done: 'ended', missed: 'it is no longer in the session and transaction that was approved' }, context) };
}

async function check(change: ChangeOf<Action>, context: KindContext) {
  const bound = boundSessions(change.resolved);
  const left = await withSession(change.action.target, context, (session) =>
    readBackends(bound.map(({ pid, backendStart }) => ({ pid, backend_start: backendStart })), session),
  );
  const details = left.length === 0 ? [`${plural(bound.length, 'session')} gone`] : left.map(({ pid }) => `session ${pid} is still there`);
  return { ok: left.length === 0, details };
}

function boundSessions(resolved: Record<string, unknown>): { pid: number; backendStart: string; transactionStart: string | null }[] {
  return resolved['sessions'] as { pid: number; backendStart: string; transactionStart: string | null }[];
}

function ofSessions(sessions: number, openTransactions: number): Assessment {
  if (openTransactions > 10) return { level: 'high', reasons: [`${openTransactions} open transactions are rolled back at once`] };
  const what = openTransactions === 0 ? `${plural(sessions, 'session')}, none with an uncommitted write` : `${openTransactions} uncommitted ${openTransactions === 1 ? 'transaction is' : 'transactions are'} rolled back`;
  return { level: 'medium', reasons: [what] };
}
