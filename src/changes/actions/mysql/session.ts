/** The executor's own session on a MySQL or MariaDB server: short lock waits, a fixed sql_mode, never on a replica. */
import type { DatabaseTarget } from '../../../config/targets.ts';
import type { MysqlConnection } from '../../../tools/mysql/connection.ts';
import { openMysql } from '../../../tools/mysql/connection.ts';
import { readServer } from '../../../tools/mysql/server.ts';
import { ExecutionError, messageOf, RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';

export type Session = Omit<MysqlConnection, 'close'> & {
  vendor: 'MySQL' | 'MariaDB';
  version: string;
  /** Which server and database this is, so that a failover or a changed URL is drift. */
  identity: { server: string; database: string };
  /** When the server started, in seconds since 1970, give or take two. Connection ids begin anew then. */
  serverStarted: number;
};

const lockWaitSeconds = 5;

/** Throws RefusedError when the target has no usable write account or does not answer: nothing was run then. */
export async function withSession<T>(name: string, context: KindContext, work: (session: Session) => Promise<T>): Promise<T> {
  const target = databaseNamed(name, context);
  const connection = await connect(target, context);
  try {
    const { vendor, version, readOnly, server, started: serverStarted } = await readServer(connection);
    const identity = { server, database: connection.database };
    if (readOnly) throw new RefusedError(`Database ${name} is a replica (read_only is on), which takes no changes: point its write URL in sre-agent.yaml at the primary.`);
    // Quotes are strings, a backslash escapes, what does not fit fails; and none of the server's own settings for this session.
    await connection.query(
      `SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', lock_wait_timeout = ${lockWaitSeconds}, innodb_lock_wait_timeout = ${lockWaitSeconds}, autocommit = 1,
       foreign_key_checks = 1, unique_checks = 1, sql_quote_show_create = 1, sql_safe_updates = 0, sql_select_limit = DEFAULT, time_zone = '+00:00', ${vendor === 'MariaDB' ? 'max_statement_time = 0' : 'max_execution_time = 0'}`,
    );
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE');
    return await work({ ...connection, vendor, version, identity, serverStarted });
  } finally {
    await connection.close();
  }
}

/** The server refused one statement: nothing of it stays. When the connection broke, nobody knows. */
export function executionError(error: unknown, statement: string): ExecutionError {
  if (error instanceof ExecutionError) return error;
  if (error instanceof RefusedError) return new ExecutionError(error.message, 'none', { cause: error });
  const refusal = serverError(error);
  if (refusal) return new ExecutionError(`${refusal.message} [${refusal.errno}] in: ${statement}`, 'none', { cause: error });
  return new ExecutionError(`The connection broke while this ran, so nobody knows whether it took: ${statement} (${messageOf(error)})`, 'unknown', { cause: error });
}

/** The server's word on one statement; undefined when the connection or the server itself went away. */
export function serverError(error: unknown): { errno: number; message: string } | undefined {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number' || !('sqlState' in error) || typeof error.sqlState !== 'string') return undefined;
  return goesAway.has(error.errno) || error.sqlState.startsWith('08') ? undefined : { errno: error.errno, message: error.message };
}

/** Shutdown and killed connections. */
const goesAway = new Set([1053, 1077, 1078, 1079, 1080, 1152, 1184, 1927, 2006, 2013, 3169, 4031]);

function databaseNamed(name: string, { targets }: KindContext): DatabaseTarget {
  const target = targets.databases.find((database) => database.name === name);
  if (!target) throw new RefusedError(`There is no database ${name} under targets.databases in sre-agent.yaml.`);
  if (target.kind !== 'mysql') throw new RefusedError(`Database ${name} is not of kind mysql in sre-agent.yaml.`);
  if (!target.write) throw new RefusedError(`Database ${name} has no write account: set write: under targets.databases in sre-agent.yaml to let sre-agent change it.`);
  return target;
}

async function connect(target: DatabaseTarget, { applicationName, signal }: KindContext): Promise<MysqlConnection> {
  try {
    return await openMysql(target.write?.reveal() ?? '', { applicationName, signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : messageOf(error);
    throw new RefusedError(`Can't connect to database ${target.name} with its write URL: ${reason}. Check ${target.write?.variable} and that the server has a free slot.`);
  }
}
