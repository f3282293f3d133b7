/** What a connection or its query is known by: an id is used again only when the server started anew. */
import { createHash } from 'node:crypto';
import type { Process } from '../../../tools/mysql/processes.ts';
import { readProcesses } from '../../../tools/mysql/processes.ts';
import { messageOf, RefusedError } from '../../errors.ts';
import type { Session } from '../mysql/session.ts';

export interface Bound {
  id: number;
  user: string;
  host: string;
  /** Null when in none. */
  transaction: string | null;
  wrote: boolean;
  /** Of a query that is stopped: its number, or a hash of its text. */
  query?: string;
}

export function bind(what: 'connection' | 'query', { id, user, host, transaction, queryId, statement }: Process): Bound {
  return {
    id, user, host, transaction: transaction === null ? null : `${transaction.id} of ${transaction.started}`, wrote: (transaction?.rowsModified ?? 0) > 0,
    ...(what === 'query' && { query: queryId ?? createHash('sha256').update(statement).digest('hex').slice(0, 16) }),
  };
}

export const boundIn = (resolved: Record<string, unknown>): Bound[] => resolved['sessions'] as Bound[];

/** `as approved`: nothing that a kill would lose has changed either. */
export function isStill(what: 'connection' | 'query', bound: Bound, process: Process, how: 'at all' | 'as approved'): boolean {
  const now = bind(what, process);
  if (now.id !== bound.id || now.user !== bound.user || now.host !== bound.host || now.query !== bound.query) return false;
  return how === 'at all' || (now.transaction === bound.transaction && (bound.wrote || !now.wrote));
}

/** The server counts its uptime in whole seconds. */
export function sameStart(before: Record<string, unknown>, now: Record<string, unknown>): boolean {
  return Math.abs(Number(before['serverStarted']) - Number(now['serverStarted'])) <= 5;
}

export async function processesNow(session: Session): Promise<Process[]> {
  return readProcesses(session, session.vendor).catch((error: unknown) => {
    throw new RefusedError(`Who is connected can't be read (${messageOf(error)}): grant the write account PROCESS${session.vendor === 'MySQL' ? ' and SELECT on performance_schema.*' : ''}.`);
  });
}

/** Throws RefusedError. */
export async function refuseProtected({ id, user, command, host }: Process, session: Session): Promise<void> {
  if (/^(system user|event_scheduler|replica|)$/i.test(user) || /^(Daemon|Binlog Dump|Slave|Replica)/i.test(command)) throw new RefusedError(`Connection ${id} (${user || host}, ${command}) is the server's own or a replica's; sre-agent leaves it alone.`);
  if (id === session.id || user === session.user) throw new RefusedError(`Connection ${id} is of sre-agent's own account.`);
  const grants = await session.query<Record<string, string>>('SHOW GRANTS');
  const may = grants.flatMap(Object.values).some((grant) => /^GRANT [^]*\b(ALL PRIVILEGES|SUPER|CONNECTION[ _]ADMIN)\b[^]* ON \*\.\*/i.test(grant));
  if (!may) throw new RefusedError(`The write account may not end connections of ${user}: grant it ${session.vendor === 'MariaDB' ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN'}.`);
}
