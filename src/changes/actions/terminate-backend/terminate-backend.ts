/** postgres.terminate_backend: ends exactly the sessions that were shown, each bound by pid, start and transaction. */
import type { ActionOf } from '../../action.ts';
import { terminateBackendSchema } from '../../postgres-actions.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { StoppedError } from '../../../incident/stopped-error.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import { literal } from '../postgres/quote.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { plural } from '../words.ts';
import type { Backend } from './sessions.ts';
import { describe, readBackends, refuseProtected } from './sessions.ts';

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
  undo() {
    return Promise.reject(new UndoRefusedError('An ended session can not be brought back: its client connects again by itself.'));
  },
  checkUndone: () => Promise.resolve({ ok: false, details: ['an ended session can not be brought back'] }),
};

async function prepare(action: Action, session: Session) {
  const backends = await readBackends(action.sessions, session);
  if (backends.length === 0) throw new RefusedError(action.sessions.length === 1 ? 'That session has ended already.' : 'Those sessions have ended already.');
  for (const backend of backends) refuseProtected(backend, session.pid);
  const open = backends.filter((backend) => backend.transactionStart !== null);
  const gone = action.sessions.length - backends.length;
  return {
    command: backends.map(statement),
    preview: [...backends.map(describe), ...(gone > 0 ? [`${plural(gone, 'other session')} had ended already and ${gone === 1 ? 'is' : 'are'} left out.`] : [])].join('\n'),
    resolved: {
      server: await serverIdentity(session),
      sessions: backends.map(({ pid, backendStart, user, transactionStart }) => ({ pid, backendStart, user, transactionStart })),
    },
    undo: {
      kind: 'impossible' as const,
      command: [],
      description: 'An ended session stays ended: PostgreSQL rolls its open transaction back, nothing that was committed is lost, and its client must connect again.',
    },
    checks: [`${plural(backends.length, 'session')} no longer there (by pid and start)`],
    blastRadius: `${plural(backends.length, 'session')} of ${[...new Set(backends.map(({ user }) => user))].join(', ')}, ${open.length} with an open transaction that is rolled back; ${plural(new Set(backends.flatMap(({ blocks }) => blocks)).size, 'session')} waiting for them.`,
    facts: { online: true, reversible: false, affectedSessions: backends.length, openTransactions: open.length },
  };
}

/** The whole precondition is in the statement: another session with the same pid, or another transaction, matches nothing. */
function statement({ pid, backendStart, transactionStart }: Backend): string {
  const transaction = transactionStart === null ? 'xact_start IS NULL' : `xact_start = ${literal(transactionStart)}`;
  return `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ${pid} AND backend_start = ${literal(backendStart)} AND ${transaction} AND backend_type = 'client backend'`;
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string }> {
  const lines: string[] = [];
  let ended = 0;
  let running = '';
  try {
    await withSession(change.action.target, context, async (session) => {
      for (const [position, bound] of boundSessions(change.resolved).entries()) {
        await context.checkpoint();
        running = change.command[position] ?? '';
        const [row] = await session.query<{ pg_terminate_backend: boolean }>(running);
        if (row?.pg_terminate_backend) ended += 1;
        lines.push(`${bound.pid}: ${row ? (row.pg_terminate_backend ? 'ended' : 'could not be signalled') : 'not touched, it is no longer in the session and transaction that was approved'}`);
      }
    });
  } catch (error) {
    if (error instanceof StoppedError) {
      if (ended === 0) throw error;
      throw new ExecutionError(`Stopped on the way: ${lines.join('; ')}`, 'partial', { cause: error });
    }
    const cause = executionError(error, running);
    if (ended === 0) throw cause;
    throw new ExecutionError(`${cause.message} Before that: ${lines.join('; ')}`, 'unknown', { cause: error });
  }
  if (ended === 0) throw new ExecutionError(`Nothing was ended. ${lines.join('; ')}`, 'none');
  return { output: lines.join('\n') };
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
  const what = openTransactions === 0 ? `${sessions} idle, none in a transaction` : `${openTransactions} uncommitted ${openTransactions === 1 ? 'transaction is' : 'transactions are'} rolled back`;
  return { level: 'medium', reasons: [what] };
}
