/** postgres.cancel_backend: stops exactly the statements that were shown; their sessions stay. */
import type { ActionOf } from '../../action.ts';
import { RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { cancelBackendSchema } from '../../postgres-actions.ts';
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

type Action = ActionOf<'postgres.cancel_backend'>;
type Bound = Pick<Backend, 'pid' | 'backendStart' | 'transactionStart' | 'queryStart'>;

export const cancelBackendKind: ActionKind<Action> = {
  kind: 'postgres.cancel_backend',
  schema: cancelBackendSchema,
  lockKey: lockKeyOf,
  risk: (_action, { affectedSessions, openTransactions }) => ofQueries(affectedSessions ?? Number.POSITIVE_INFINITY, openTransactions ?? Number.POSITIVE_INFINITY),
  prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
  drift(change, fresh) {
    const now = new Map(boundQueries(fresh.resolved).map((one) => [one.pid, one]));
    for (const { pid, queryStart } of boundQueries(change.resolved)) {
      if (now.get(pid)?.queryStart !== queryStart) return `session ${pid} no longer runs the query that was shown`;
    }
    return moved(change, fresh);
  },
  async execute({ action, command, resolved }, context) {
    const pids = boundQueries(resolved).map(({ pid }) => pid);
    return { output: await signalSessions({ target: action.target, command, pids, done: 'cancelled', missed: 'it no longer runs the query that was approved' }, context) };
  },
  check,
  previewUndo: () => Promise.reject(new UndoRefusedError(noWayBack)),
  undo: () => Promise.reject(new UndoRefusedError(noWayBack)),
  checkUndone: () => Promise.resolve({ ok: false, details: ['a cancelled query is not taken up again'] }),
};

const noWayBack = 'A cancelled query is not taken up again: whoever sent it may send it again.';

async function prepare(action: Action, session: Session) {
  const running = (await readBackends(action.sessions, session)).filter((backend) => backend.state === 'active' && stillThat(action, backend));
  if (running.length === 0) throw new RefusedError(action.sessions.length === 1 ? 'That query has ended already.' : 'Those queries have ended already.');
  for (const backend of running) refuseProtected(backend, session.pid);
  const wrote = running.filter((backend) => backend.wrote);
  const gone = action.sessions.length - running.length;
  return {
    command: running.map(statement),
    preview: [
      ...running.map((backend) => `${describe(backend)} (for ${backend.querySeconds ?? 0} s)`),
      ...(gone > 0 ? [`${plural(gone, 'other session')} ${gone === 1 ? 'runs its query' : 'run their queries'} no longer and ${gone === 1 ? 'is' : 'are'} left out.`] : []),
    ].join('\n'),
    resolved: {
      server: await serverIdentity(session),
      queries: running.map(({ pid, backendStart, user, transactionStart, queryStart, wrote: lost }) => ({ pid, backendStart, user, transactionStart, queryStart, wrote: lost })),
    },
    undo:
      wrote.length === 0
        ? { kind: 'not_needed' as const, command: [], description: 'Nothing uncommitted is lost: none of them has written. The query fails with an error, its session stays.' }
        : { kind: 'impossible' as const, command: [], description: 'A cancelled query is rolled back with what its open transaction has written so far. Nothing that was committed is lost, and its session stays.' },
    checks: [`${plural(running.length, 'session')} no longer running that query (by its start)`],
    blastRadius: `${plural(running.length, 'running query').replace(/querys$/, 'queries')} of ${[...new Set(running.map(({ user }) => user))].join(', ')}, ${wrote.length} in a transaction that has written and is rolled back; ${plural(new Set(running.flatMap(({ blocks }) => blocks)).size, 'session')} waiting for them.`,
    facts: { online: true, reversible: wrote.length === 0, affectedSessions: running.length, openTransactions: wrote.length },
  };
}

function stillThat({ sessions }: Action, { pid, queryStart }: Backend): boolean {
  const wanted = sessions.find((one) => one.pid === pid)?.query_start;
  return wanted === undefined || (queryStart !== null && microseconds(wanted) === microseconds(queryStart));
}

/** Two texts of one moment, whatever zone and precision they are written with. */
function microseconds(time: string): string {
  const fraction = (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(6, '0');
  return `${Math.floor(Date.parse(time.replace(/\.\d+/, '').replace(' ', 'T').replace(/([+-]\d\d):?(\d\d)?$/, (_zone, hours: string, minutes = '00') => `${hours}:${minutes}`)) / 1000)}.${fraction}`;
}

/** The whole precondition is in the statement: another query of the same session matches nothing. */
function statement({ pid, backendStart, transactionStart, queryStart, wrote }: Backend): string {
  return [
    `SELECT pid, pg_cancel_backend(pid) AS sent FROM pg_stat_activity WHERE pid = ${pid} AND backend_start = ${literal(backendStart)}`,
    `query_start = ${literal(queryStart ?? '')}`,
    transactionStart === null ? 'xact_start IS NULL' : `xact_start = ${literal(transactionStart)}${wrote ? '' : ' AND backend_xid IS NULL'}`,
    "state = 'active'",
    "backend_type = 'client backend'",
  ].join(' AND ');
}

async function check({ action, resolved }: ChangeOf<Action>, context: KindContext) {
  const bound = boundQueries(resolved);
  const backends = await withSession(action.target, context, (session) => readBackends(bound.map(({ pid, backendStart }) => ({ pid, backend_start: backendStart })), session));
  const left = backends.filter(({ pid, queryStart, state }) => state === 'active' && bound.some((one) => one.pid === pid && one.queryStart === queryStart));
  return { ok: left.length === 0, details: left.length === 0 ? [`${plural(bound.length, 'session')} no longer running that query`] : left.map(({ pid }) => `session ${pid} still runs it`) };
}

function boundQueries(resolved: Record<string, unknown>): Bound[] {
  return resolved['queries'] as Bound[];
}

function ofQueries(sessions: number, writing: number): Assessment {
  if (writing > 10) return { level: 'high', reasons: [`${writing} transactions that have written are rolled back at once`] };
  if (writing > 0) return { level: 'medium', reasons: [`${writing} uncommitted ${writing === 1 ? 'transaction is' : 'transactions are'} rolled back`] };
  if (sessions > 10) return { level: 'medium', reasons: [`${sessions} queries fail at once`] };
  return { level: 'low', reasons: ['queries that only read fail, their sessions stay'] };
}
