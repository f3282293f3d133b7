/**
 * The executor's own session on a target database: short lock waits, a deadline kept on our side (a statement
 * can raise the server's), one statement per call, only pg_catalog in search_path.
 */
import { Socket } from 'node:net';
import type { QueryResult } from 'pg';
import { Client, DatabaseError } from 'pg';
import type { DatabaseTarget } from '../../../config/targets.ts';
import { cancelRequest } from '../../../tools/sql/cancel.ts';
import { ExecutionError, RefusedError } from '../../errors.ts';
import type { KindContext } from '../kind.ts';

export interface Session {
  pid: number;
  /** One statement, extended protocol. Default deadline 15 s. Throws the server's DatabaseError, or what broke the connection. */
  query<R>(text: string, values?: readonly unknown[], deadlineMilliseconds?: number): Promise<R[]>;
  /** The same, for how many rows it wrote. */
  write(text: string, deadlineMilliseconds?: number): Promise<number>;
}

const connectTimeoutMilliseconds = 5_000;
const statementDeadlineMilliseconds = 15_000;
const cancelGraceMilliseconds = 2_000;
const lockTimeoutMilliseconds = 5_000;

/** Throws RefusedError when the target has no usable write role or does not answer: nothing was run then. */
export async function withSession<T>(name: string, context: KindContext, work: (session: Session) => Promise<T>): Promise<T> {
  const target = databaseNamed(name, context);
  const socket = new Socket();
  const client = await connect(target, socket, context);
  const send = async (text: string, values: readonly unknown[], deadline = statementDeadlineMilliseconds): Promise<QueryResult> => {
    const settle = guard(client, socket, deadline, context.signal);
    try {
      return await client.query({ text, values: [...values], queryMode: 'extended' } as { text: string; values: unknown[] });
    } finally {
      await settle();
    }
  };
  const query: Session['query'] = async <R>(text: string, values: readonly unknown[] = [], deadline?: number) => (await send(text, values, deadline)).rows as R[];
  const write: Session['write'] = async (text, deadline) => (await send(text, [], deadline)).rowCount ?? 0;
  try {
    // First, or a server whose timeout is too short would not let us put it back.
    await query('SET statement_timeout TO 0');
    const [self] = await query<{ pid: number; standby: boolean }>('SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS standby');
    if (!self || self.standby) throw new RefusedError(`Database ${name} is a standby, which takes no changes: point its write URL in sre-agent.yaml at the primary.`);
    await query(
      `SELECT set_config('search_path', 'pg_catalog, pg_temp', false), set_config('lock_timeout', $1, false), set_config('default_transaction_read_only', 'off', false),
              set_config('DateStyle', 'ISO', false), set_config('TimeZone', 'UTC', false), set_config('row_security', 'off', false)`,
      [`${lockTimeoutMilliseconds}ms`],
    );
    return await work({ pid: self.pid, query, write });
  } finally {
    const force = setTimeout(() => socket.destroy(), cancelGraceMilliseconds);
    await client.end().catch(() => undefined);
    clearTimeout(force);
    socket.destroy();
  }
}

/** Runs `work` in a transaction that is always rolled back: the server's own dry run. */
export async function rehearse(session: Session, statements: readonly string[]): Promise<void> {
  await session.query('BEGIN');
  try {
    for (const statement of statements) await session.query(statement);
  } finally {
    await session.query('ROLLBACK');
  }
}

/** The server refused one statement: nothing of it stays. When the connection broke, nobody knows. */
export function executionError(error: unknown, statement: string): ExecutionError {
  if (error instanceof ExecutionError) return error;
  if (error instanceof RefusedError) return new ExecutionError(error.message, 'none', { cause: error });
  if (error instanceof DatabaseError && error.code && !error.code.startsWith('08') && !error.code.startsWith('57P')) {
    return new ExecutionError(`${error.message} [${error.code}] in: ${statement}`, 'none', { cause: error });
  }
  return new ExecutionError(`The connection broke while this ran, so nobody knows whether it took: ${statement} (${error instanceof Error ? error.message : String(error)})`, 'unknown', { cause: error });
}

function databaseNamed(name: string, { targets }: KindContext): DatabaseTarget {
  const target = targets.databases.find((database) => database.name === name);
  if (!target) throw new RefusedError(`There is no database ${name} under targets.databases in sre-agent.yaml.`);
  if (!target.write) throw new RefusedError(`Database ${name} has no write role: set write: under targets.databases in sre-agent.yaml to let sre-agent change it.`);
  return target;
}

async function connect(target: DatabaseTarget, socket: Socket, { applicationName, signal }: KindContext): Promise<Client> {
  signal.throwIfAborted();
  let client: Client;
  try {
    client = new Client({
      connectionString: target.write?.reveal(),
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMilliseconds,
      keepAlive: true,
      stream: () => socket,
    });
  } catch (error) {
    throw new RefusedError(`The write URL of database ${target.name} (${target.write?.variable}) can't be used: ${error instanceof Error && 'code' in error ? error.message : 'it is not a PostgreSQL URL'}`);
  }
  client.on('error', () => socket.destroy());
  try {
    await client.connect();
    return client;
  } catch (error) {
    socket.destroy();
    const code = error instanceof DatabaseError && error.code ? ` [${error.code}]` : '';
    const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : error instanceof Error ? error.message : String(error);
    throw new RefusedError(`Can't connect to database ${target.name} as ${client.user ?? 'its write role'}: ${reason}${code}. Check ${target.write?.variable} and that the server has a free slot.`);
  }
}

function guard(client: Client, socket: Socket, deadlineMilliseconds: number, signal: AbortSignal): () => Promise<void> {
  let cancelling: Promise<void> | undefined;
  let destroyer: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    cancelling ??= cancelRequest(client, socket, cancelGraceMilliseconds);
    destroyer ??= setTimeout(() => socket.destroy(new Error(`no answer within ${deadlineMilliseconds} ms`)), cancelGraceMilliseconds);
  };
  const timer = setTimeout(cancel, deadlineMilliseconds);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return async () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    // A cancel still under way would hit the statement after this one.
    await cancelling;
    clearTimeout(destroyer);
  };
}
