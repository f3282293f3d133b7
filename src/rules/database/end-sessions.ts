/** The change that ends sessions, of whichever kind the database is. */
import type { Action } from '../../changes/action.ts';
import type { DatabaseReading, Session } from '../readings.ts';

/** As many as one change may end. */
const most = { postgres: 200, mysql: 50 };

/** Without a remedy where a name is none that an action may carry. */
export function endSessions(database: DatabaseReading, sessions: readonly Session[]): { remedy?: Action } {
  if (database.engine === 'mysql' && !sessions.every(({ user, client }) => plainUser.test(user) && plainHost.test(client))) return {};
  return { remedy: killOf(database, sessions) };
}

/** Only what the session runs now; the session stays. */
export function cancelStatement(database: DatabaseReading, session: Session): { remedy?: Action } {
  if (database.engine !== 'mysql') return { remedy: { kind: 'postgres.cancel_backend', target: database.name, sessions: [{ pid: session.pid, backend_start: session.backendStart }] } };
  const { remedy } = endSessions(database, [session]);
  return remedy?.kind === 'mysql.kill' ? { remedy: { ...remedy, what: 'query' } } : {};
}

/** As mysql.kill takes them. */
const plainUser = /^[A-Za-z0-9_][A-Za-z0-9_.$-]{0,79}$/;
const plainHost = /^[A-Za-z0-9:][A-Za-z0-9_.:-]{0,254}$/;

function killOf({ name, engine }: DatabaseReading, sessions: readonly Session[]): Action {
  if (engine !== 'mysql') return { kind: 'postgres.terminate_backend', target: name, sessions: sessions.slice(0, most.postgres).map(({ pid, backendStart }) => ({ pid, backend_start: backendStart })) };
  const started = sessions[0]?.backendStart;
  return {
    kind: 'mysql.kill', target: name, what: 'connection', sessions: sessions.slice(0, most.mysql).map(({ pid, user, client }) => ({ id: pid, user, host: client })),
    ...(started === undefined ? {} : { server_started: started }),
  };
}
