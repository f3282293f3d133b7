/** The change that ends sessions, of whichever kind the database is. */
import type { Action } from '../../changes/action.ts';
import type { DatabaseReading, Session } from '../readings.ts';

/** As many as one change may end. */
const most = { postgres: 200, mysql: 50 };

export function endSessions({ name, engine }: DatabaseReading, sessions: readonly Session[]): Action {
  if (engine !== 'mysql') return { kind: 'postgres.terminate_backend', target: name, sessions: sessions.slice(0, most.postgres).map(({ pid, backendStart }) => ({ pid, backend_start: backendStart })) };
  const started = sessions[0]?.backendStart;
  return {
    kind: 'mysql.kill', target: name, what: 'connection', sessions: sessions.slice(0, most.mysql).map(({ pid, user, client }) => ({ id: pid, user, host: client })),
    ...(started === undefined ? {} : { server_started: started }),
  };
}
