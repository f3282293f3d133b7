/**
 * One connection to MySQL or MariaDB: a single statement per call, values bound, no local files, and a deadline kept by us:
 * the client's own would leave the statement running, so it is ended by KILL QUERY over a second connection.
 */
import type { Connection, ResultSetHeader } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from './url.ts';

export interface MysqlConnection {
  /** The server's id of it. */
  id: number;
  user: string;
  database: string;
  /** One statement; with values it is prepared. Default deadline 15 s. Throws the server's error (errno and sqlState), or what broke the connection. */
  query<R>(text: string, values?: readonly unknown[], deadlineMilliseconds?: number): Promise<R[]>;
  /** The same, for how many rows it matched or wrote. */
  write(text: string, values?: readonly unknown[], deadlineMilliseconds?: number): Promise<number>;
  close(): Promise<void>;
}

export interface MysqlOptions {
  /** program_name in the connection's attributes. */
  applicationName: string;
  signal: AbortSignal;
  /** Default 5000. */
  connectTimeoutMilliseconds?: number;
}

const statementDeadlineMilliseconds = 15_000;
const killGraceMilliseconds = 2_000;

/** Throws what parseMysqlUrl throws, or what the network or the server said. */
export async function openMysql(url: string, options: MysqlOptions): Promise<MysqlConnection> {
  options.signal.throwIfAborted();
  const { user, database } = parseMysqlUrl(url);
  const connection = await connect(url, options);
  const run = async <T>(text: string, values: readonly unknown[], deadline = statementDeadlineMilliseconds): Promise<T> => {
    const settle = guard(connection, id, url, deadline, options);
    try {
      // The prepared protocol does not take every statement; the plain one takes one statement as well.
      const [result] = values.length > 0 ? await connection.execute(text, values as never[]) : await connection.query(text);
      return result as T;
    } finally {
      await settle();
    }
  };
  let id = connection.threadId;
  try {
    // Not the one of the handshake: a proxy in between has its own.
    const [self] = await run<{ id: number }[]>('SELECT CONNECTION_ID() AS id', []);
    id = Number(self?.id ?? id);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return {
    id,
    user,
    database,
    async query<R>(text: string, values: readonly unknown[] = [], deadline?: number) {
      const rows = await run<R[] | ResultSetHeader>(text, values, deadline);
      return Array.isArray(rows) ? rows : [];
    },
    async write(text, values = [], deadline) {
      return (await run<ResultSetHeader>(text, values, deadline)).affectedRows;
    },
    async close() {
      const force = setTimeout(() => connection.destroy(), killGraceMilliseconds);
      await connection.end().catch(() => undefined);
      clearTimeout(force);
      connection.destroy();
    },
  };
}

async function connect(url: string, { applicationName, connectTimeoutMilliseconds = 5_000 }: MysqlOptions): Promise<Connection> {
  // Without its database: what is sent names it, and reading who is connected needs no right on it.
  const { database: _database, ...address } = parseMysqlUrl(url);
  const connection = await createConnection({
    ...address,
    connectTimeout: connectTimeoutMilliseconds,
    multipleStatements: false,
    // Without a factory the client refuses to send a file, and without the flag the server does not ask for one.
    flags: ['-LOCAL_FILES'],
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    enableKeepAlive: true,
    connectAttributes: { program_name: applicationName },
  });
  connection.on('error', () => connection.destroy());
  return connection;
}

function guard(connection: Connection, id: number, url: string, deadlineMilliseconds: number, options: MysqlOptions): () => Promise<void> {
  let killing: Promise<void> | undefined;
  let destroyer: NodeJS.Timeout | undefined;
  const kill = (): void => {
    killing ??= killQuery(id, url, options.applicationName);
    destroyer ??= setTimeout(() => connection.destroy(), 2 * killGraceMilliseconds);
  };
  const timer = setTimeout(kill, deadlineMilliseconds);
  options.signal.addEventListener('abort', kill, { once: true });
  if (options.signal.aborted) kill();
  return async () => {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', kill);
    // One still under way would hit the statement after this one.
    await killing;
    clearTimeout(destroyer);
  };
}

/** Ours: an account may always end its own statements. Never throws. */
async function killQuery(id: number, url: string, applicationName: string): Promise<void> {
  try {
    const killer = await connect(url, { applicationName, signal: new AbortController().signal, connectTimeoutMilliseconds: killGraceMilliseconds });
    const force = setTimeout(() => killer.destroy(), killGraceMilliseconds);
    await killer.query(`KILL QUERY ${Math.trunc(id)}`).catch(() => undefined);
    clearTimeout(force);
    killer.destroy();
  } catch {
    // The connection itself is destroyed a moment later.
  }
}
