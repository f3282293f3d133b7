/**
 * A PostgreSQL session that can only read: one statement per call, each in its own READ ONLY transaction
 * whose snapshot is taken before the statement runs, so that it can't be turned into a writing one.
 * The database role is the wall; this is the seat belt.
 */
import { Socket } from 'node:net';
import { Client } from 'pg';
import { cancelRequest } from './cancel.ts';
import { SqlReadError, toSqlReadError } from './errors.ts';
import type { LimitedResult } from './limited-query.ts';
import { limitedQuery } from './limited-query.ts';

export interface OpenOptions {
  applicationName: string;
  /** Default 5000. */
  connectTimeoutMilliseconds?: number;
  signal?: AbortSignal;
  log?: { debug(fields: Record<string, unknown>, text: string): void };
}

export interface QueryOptions {
  /** After this the statement is cancelled from a second connection, and if that does not help the socket is destroyed. */
  timeoutMilliseconds: number;
  /** Default 10000; more rows are not fetched. */
  maxRows?: number;
  /** Default 32 MB of the wire; past it the connection is destroyed and the query fails with TOO_LARGE. */
  maxBytes?: number;
  /** Rows are arrays of PostgreSQL's own text (or null) instead of objects. */
  asText?: boolean;
  signal?: AbortSignal;
}

export interface ReadOnlyConnection {
  /** Calls run one after another. Throws SqlReadError. Only pg_catalog is in search_path: other names need their schema. */
  query<R>(text: string, values: readonly unknown[] | undefined, options: QueryOptions): Promise<{ rows: R[]; fields: string[]; truncated: boolean }>;
  /** Never throws; gives up politeness after a second. */
  close(): Promise<void>;
}

/** How long a cancelled statement may take to stop before the socket is destroyed. */
const cancelGraceMilliseconds = 1_000;
const lockTimeoutMilliseconds = 2_000;

/** Throws SqlReadError when it can't connect in time. */
export async function openReadOnly(url: string, options: OpenOptions): Promise<ReadOnlyConnection> {
  const { client, socket, where } = await connect(url, options);
  let tail: Promise<unknown> = Promise.resolve();

  async function run(text: string, values: readonly unknown[], limits: QueryOptions): Promise<LimitedResult> {
    if (socket.destroyed) throw new SqlReadError('CLOSED', `the connection to ${where} is closed; open a new one`);
    if (limits.signal?.aborted) throw aborted(where);
    const stop = guard(client, socket, where, limits);
    try {
      await client.query(beginning(limits.timeoutMilliseconds));
      const { query, result } = limitedQuery(text, values, { maxRows: limits.maxRows ?? 10_000, asText: limits.asText ?? false });
      client.query(query);
      return await result;
    } catch (error) {
      throw stop.reason ?? toSqlReadError(error, where);
    } finally {
      await stop.settle();
      if (!socket.destroyed) await endTransaction(client, socket);
    }
  }

  return {
    async query<R>(text: string, values: readonly unknown[] | undefined, limits: QueryOptions) {
      const turn = tail.then(() => run(text, values ?? [], limits));
      tail = turn.catch(() => undefined);
      const result = await turn;
      options.log?.debug({ database: where, rows: result.rows.length, truncated: result.truncated }, 'read');
      return { ...result, rows: result.rows as R[] };
    },
    async close() {
      const force = setTimeout(() => socket.destroy(), cancelGraceMilliseconds);
      await client.end().catch(() => undefined);
      clearTimeout(force);
      socket.destroy();
    },
  };
}

async function connect(url: string, options: OpenOptions): Promise<{ client: Client; socket: Socket; where: string }> {
  const socket = new Socket();
  let client: Client;
  try {
    client = new Client({
      connectionString: url,
      application_name: options.applicationName,
      connectionTimeoutMillis: options.connectTimeoutMilliseconds ?? 5_000,
      keepAlive: true,
      stream: () => socket,
    });
  } catch (error) {
    throw new SqlReadError('BAD_URL', 'the read URL of this database is not a PostgreSQL connection URL; write postgres://role:password@host:port/database', { cause: error });
  }
  const where = `${client.user ?? ''}@${client.host}:${client.port}/${client.database ?? ''}`;
  // A session that dies between two queries must not end the process; the next query says so.
  client.on('error', () => socket.destroy());
  const abandon = (): void => void socket.destroy(aborted(where));
  options.signal?.addEventListener('abort', abandon, { once: true });
  try {
    if (options.signal?.aborted) throw aborted(where);
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw options.signal?.aborted ? aborted(where) : toSqlReadError(error, where);
  } finally {
    options.signal?.removeEventListener('abort', abandon);
  }
  return { client, socket, where };
}

/** Our own constant text, so the simple protocol may carry several statements in one round trip. The last one pins the snapshot. */
function beginning(timeoutMilliseconds: number): string {
  const settings = {
    search_path: 'pg_catalog, pg_temp',
    lock_timeout: lockTimeoutMilliseconds,
    // A second belt: the timeout of record is ours, since a statement can raise this one.
    statement_timeout: Math.ceil(timeoutMilliseconds) + cancelGraceMilliseconds,
    idle_in_transaction_session_timeout: Math.ceil(timeoutMilliseconds) + 10_000,
  };
  const assignments = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${value}`);
  return ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...assignments, 'SELECT 1'].join('; ');
}

/** Watches one query: time, abort and bytes. Cancels first, destroys the socket when that does not help. */
function guard(client: Client, socket: Socket, where: string, limits: QueryOptions): { readonly reason: SqlReadError | undefined; settle(): Promise<void> } {
  const maxBytes = limits.maxBytes ?? 32 * 1024 * 1024;
  const bytesBefore = socket.bytesRead;
  let reason: SqlReadError | undefined;
  let cancelling: Promise<void> = Promise.resolve();
  let destroyer: NodeJS.Timeout | undefined;

  function cancel(because: SqlReadError): void {
    if (reason !== undefined) return;
    reason = because;
    cancelling = cancelRequest(client, socket, cancelGraceMilliseconds);
    destroyer = setTimeout(() => socket.destroy(because), cancelGraceMilliseconds);
  }
  const onAbort = (): void => cancel(aborted(where));
  const timer = setTimeout(
    () => cancel(new SqlReadError('TIMEOUT', `no result within ${limits.timeoutMilliseconds} ms from ${where}; the statement was cancelled. Narrow it (a WHERE on an indexed column, a smaller window) or use EXPLAIN`)),
    limits.timeoutMilliseconds,
  );
  const meter = setInterval(() => {
    if (socket.bytesRead - bytesBefore <= maxBytes) return;
    reason ??= new SqlReadError('TOO_LARGE', `the result is over ${maxBytes} bytes; select fewer or shorter columns, or aggregate on the server`);
    socket.destroy(reason);
  }, 20);
  limits.signal?.addEventListener('abort', onAbort, { once: true });

  return {
    get reason() {
      return reason;
    },
    async settle() {
      clearTimeout(timer);
      clearInterval(meter);
      limits.signal?.removeEventListener('abort', onAbort);
      // The cancel must have arrived, or it would hit the statement after this one.
      await cancelling;
      clearTimeout(destroyer);
    },
  };
}

async function endTransaction(client: Client, socket: Socket): Promise<void> {
  const force = setTimeout(() => socket.destroy(), cancelGraceMilliseconds);
  try {
    await client.query('ROLLBACK');
  } catch {
    socket.destroy();
  } finally {
    clearTimeout(force);
  }
}

function aborted(where: string): SqlReadError {
  return new SqlReadError('ABORTED', `reading ${where} was stopped`);
}
