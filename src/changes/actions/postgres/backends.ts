/** The sessions of a database server as they are now, and why one may not be ended or cancelled. */
import { withoutLiterals } from '../../../tools/sql/without-literals.ts';
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';
import type { Session } from './session.ts';

export interface Backend {
  pid: number;
  backendStart: string;
  type: string;
  user: string;
  application: string;
  database: string;
  state: string;
  transactionStart: string | null;
  transactionSeconds: number | null;
  /** Its transaction has an id, so it has written or locked rows: ending it loses that. */
  wrote: boolean;
  queryStart: string | null;
  querySeconds: number | null;
  query: string;
  blocks: number[];
  mayEnd: boolean;
}

/** Those of the action's sessions that still exist, by pid and exact start. Throws RefusedError for a start that is no time. */
export async function readBackends(wanted: readonly { pid: number; backend_start: string }[], session: Session): Promise<Backend[]> {
  for (const { backend_start: start } of wanted) {
    if (!/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/.test(start)) throw new RefusedError(`"${plain(start, 40)}" is not a backend_start as PostgreSQL writes it, with its time zone.`);
  }
  const rows = await session.query<Backend>(
    `SELECT a.pid, a.backend_start::text AS "backendStart", a.backend_type AS type, coalesce(a.usename, '')::text AS "user", coalesce(a.application_name, '') AS application,
            coalesce(a.datname, '')::text AS database, coalesce(a.state, '') AS state, a.xact_start::text AS "transactionStart",
            extract(epoch FROM clock_timestamp() - a.xact_start)::int AS "transactionSeconds", a.backend_xid IS NOT NULL AS wrote,
            a.query_start::text AS "queryStart", extract(epoch FROM clock_timestamp() - a.query_start)::int AS "querySeconds", coalesce(a.query, '') AS query,
            ARRAY(SELECT b.pid FROM pg_stat_activity b WHERE b.wait_event_type = 'Lock' AND a.pid = ANY (pg_blocking_pids(b.pid)) ORDER BY 1) AS blocks,
            CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN true
                 WHEN (SELECT rolsuper FROM pg_roles WHERE oid = a.usesysid) THEN false
                 ELSE pg_has_role('pg_signal_backend', 'USAGE') OR pg_has_role(a.usesysid, 'USAGE') END AS "mayEnd"
       FROM pg_stat_activity a JOIN unnest($1::int[], $2::timestamptz[]) AS wanted (pid, start) ON wanted.pid = a.pid AND wanted.start = a.backend_start ORDER BY a.pid`,
    [wanted.map(({ pid }) => pid), wanted.map(({ backend_start: start }) => start)],
  );
  return Promise.all(rows.map(async (row) => ({ ...row, query: plain(await withoutLiterals(row.query)) })));
}

export function refuseProtected(backend: Backend, ownPid: number): void {
  if (backend.type !== 'client backend') throw new RefusedError(`Session ${backend.pid} is PostgreSQL's own (${backend.type}); sre-agent ends client sessions only.`);
  if (backend.pid === ownPid || /^sre-agent\b/.test(backend.application)) throw new RefusedError(`Session ${backend.pid} is sre-agent's own.`);
  if (!backend.mayEnd) throw new RefusedError(`The write role may not end session ${backend.pid} of ${backend.user}: grant it pg_signal_backend (a superuser's session needs a superuser).`);
}

/** One line for people. */
export function describe(backend: Backend): string {
  const transaction = backend.transactionSeconds === null ? 'no transaction' : `transaction open for ${backend.transactionSeconds} s${backend.wrote ? '' : ' without a write'}`;
  const blocks = backend.blocks.length === 0 ? 'blocks nobody' : `blocks ${backend.blocks.join(', ')}`;
  const application = backend.application ? ` (${plain(backend.application, 60)})` : '';
  return `${backend.pid} ${backend.user}${application}: ${backend.state || 'unknown state'}, ${transaction}, ${blocks}; last query: ${backend.query || 'none'}`;
}
