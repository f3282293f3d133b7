/** Clients of one MySQL or MariaDB database, as sessions of a reading. */
import type { DatabaseTarget } from '../../config/targets.ts';
import type { ConnectionUse, Session } from '../../rules/readings.ts';
import { useOf } from '../readings/session-tables.ts';
import { openMysql } from './connection.ts';
import { metadataWait, withMetadataWaits } from './metadata-locks.ts';
import type { Process } from './processes.ts';
import { readProcesses } from './processes.ts';
import type { MysqlServer } from './server.ts';
import { readServer } from './server.ts';

/** Throws what the network or the server said; a missing PROCESS is named. */
export async function readSessions(target: DatabaseTarget, { signal, connectTimeoutMilliseconds = 6_000 }: { signal: AbortSignal; connectTimeoutMilliseconds?: number }): Promise<{ server: MysqlServer; sessions: Session[]; connections: ConnectionUse }> {
  const connection = await openMysql(target.read.reveal(), { applicationName: 'sre-agent', signal, connectTimeoutMilliseconds });
  try {
    // A seat belt; the account's grants are the wall.
    await connection.query('SET SESSION TRANSACTION READ ONLY');
    const server = await readServer(connection);
    const all = withMetadataWaits(await readProcesses(connection, server.vendor).catch(nameGrant), connection.id).filter((one) => one.id !== connection.id && isClient(one));
    const sessions = all.map((one) => toSession(one, all, server, connection.database));
    return { server, sessions, connections: useOf(sessions, server.maxConnections, 0) };
  } finally {
    void connection.close();
  }
}

function nameGrant(error: unknown): never {
  const { errno } = error as { errno?: unknown };
  if (errno !== 1227 && errno !== 1142) throw error;
  throw Object.assign(new Error('who is connected is hidden: grant PROCESS to the read account (deploy/mysql/read.sql)', { cause: error }), { code: (error as { code?: unknown }).code });
}

/** The server's own threads, and replicas, hold no slot of ordinary clients. */
const isClient = ({ user, command }: Process): boolean => !/^(system user|event_scheduler|)$/.test(user) && command !== 'Daemon' && !command.startsWith('Binlog Dump');

function toSession(one: Process, all: readonly Process[], { started }: MysqlServer, database: string): Session {
  const alone = one.blockedBy.length === 0 && all.every(({ blockedBy }) => !blockedBy.includes(one.id));
  const forMetadata = metadataWait.test(one.state);
  const waits = one.blockedBy.length > 0 || forMetadata;
  return {
    pid: one.id, backendStart: new Date(started * 1000).toISOString(), user: one.user, application: '', client: one.host,
    state: one.command !== 'Sleep' ? 'active' : one.transaction === null ? 'idle' : 'idle in transaction',
    stateSeconds: one.seconds, transactionSeconds: one.transaction?.seconds ?? null,
    waitEventType: waits ? 'Lock' : null, waitEvent: forMetadata ? 'metadata' : waits ? 'row' : null, blockedBy: one.blockedBy, query: one.query,
    ...(alone && one.database !== null && one.database.toLowerCase() !== database.toLowerCase() ? { elsewhere: true } : {}),
  };
}
