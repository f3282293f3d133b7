/** Who is connected to a MySQL or MariaDB server, in which transaction, and who waits for whom. */
import { randomBytes } from 'node:crypto';
import type { MysqlConnection } from './connection.ts';
import { maskStatement } from './mask-statement.ts';

export interface Process {
  id: number;
  user: string;
  /** With the client's port, where it came over the network. */
  host: string;
  database: string | null;
  command: string;
  /** In this command and state. */
  seconds: number;
  state: string;
  /** MariaDB numbers statements; null elsewhere and when none runs. */
  queryId: string | null;
  /** As sent: not for people. */
  statement: string;
  /** Without the values in it. */
  query: string;
  transaction: { id: string; started: string; seconds: number; rowsModified: number } | null;
  blockedBy: number[];
}

export type Asking = Pick<MysqlConnection, 'query'>;

interface Wait {
  waiting: number;
  blocking: number;
}

interface Row {
  is_new: number | null;
  id: string; user: string | null; host: string | null; db: string | null; command: string | null; seconds: number | null; state: string | null; info: string | null; query_id: string | null;
  trx_id: string | null; started: string | null; trx_seconds: number | null; modified: number | null;
}

const mostLooks = 30;
const cacheMilliseconds = 120;

/** Our own connection included, in no transaction. Throws the server's error when the account lacks PROCESS. */
export async function readProcesses(connection: Asking, vendor: 'MySQL' | 'MariaDB'): Promise<Process[]> {
  const [list, queryId] = vendor === 'MariaDB' ? ['information_schema.PROCESSLIST', "IF(p.COMMAND IN ('Sleep', 'Daemon'), NULL, CAST(p.QUERY_ID AS CHAR))"] : ['performance_schema.processlist', 'NULL'];
  const self = await connection.query<{ id: string }>('SELECT CAST(CONNECTION_ID() AS CHAR) AS id');
  // InnoDB answers from a copy for as long as somebody looks every 0.1 s. A transaction of ours with this very query in it shows that it is new.
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  let rows: Row[] = [];
  let waits: Wait[] = [];
  try {
    for (let look = 1; ; look += 1) {
      const mark = randomBytes(8).toString('hex');
      rows = await connection.query<Row>(
        `SELECT '${mark}' AS mark, t.trx_query LIKE '%${mark}%' AS is_new, CAST(p.ID AS CHAR) AS id, p.USER AS user, p.HOST AS host, p.DB AS db, p.COMMAND AS command, p.TIME AS seconds, p.STATE AS state, LEFT(p.INFO, 20000) AS info,
                ${queryId} AS query_id, CAST(t.trx_id AS CHAR) AS trx_id, CAST(t.trx_started AS CHAR) AS started, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS trx_seconds, t.trx_rows_modified AS modified
           FROM ${list} p LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID ORDER BY p.ID`,
      );
      if (rows.some((row) => row.id === self[0]?.id && Number(row.is_new) === 1)) break;
      if (look === mostLooks) throw new Error('InnoDB shows an old copy of its transactions, since somebody reads them without a pause');
      await new Promise((resolve) => setTimeout(resolve, cacheMilliseconds));
    }
    waits = await readWaits(connection, vendor);
  } finally {
    await connection.query('ROLLBACK').catch(() => undefined);
  }
  rows = rows.map((row) => (row.id === self[0]?.id ? { ...row, trx_id: null } : row));
  return Promise.all(
    rows.map(async (row) => ({
      id: Number(row.id), user: row.user ?? '', host: row.host ?? '', database: row.db, command: row.command ?? '', seconds: Math.max(0, Number(row.seconds ?? 0)), state: row.state ?? '',
      queryId: row.query_id, statement: row.info ?? '', query: await maskStatement(row.info ?? ''),
      transaction: row.trx_id === null ? null : { id: row.trx_id, started: row.started ?? '', seconds: Math.max(0, Number(row.trx_seconds ?? 0)), rowsModified: Number(row.modified ?? 0) },
      blockedBy: [...new Set(waits.filter(({ waiting }) => waiting === Number(row.id)).map(({ blocking }) => blocking))].sort((left, right) => left - right),
    })),
  );
}

async function readWaits(connection: Asking, vendor: 'MySQL' | 'MariaDB'): Promise<Wait[]> {
  const [waits, requesting, blocking] = vendor === 'MariaDB' ? ['information_schema.INNODB_LOCK_WAITS', 'requesting_trx_id', 'blocking_trx_id'] : ['performance_schema.data_lock_waits', 'REQUESTING_ENGINE_TRANSACTION_ID', 'BLOCKING_ENGINE_TRANSACTION_ID'];
  const rows = await connection.query<{ waiting: string; blocking: string }>(
    `SELECT CAST(r.trx_mysql_thread_id AS CHAR) AS waiting, CAST(b.trx_mysql_thread_id AS CHAR) AS blocking FROM ${waits} w
       JOIN information_schema.INNODB_TRX r ON r.trx_id = w.${requesting} JOIN information_schema.INNODB_TRX b ON b.trx_id = w.${blocking} WHERE b.trx_mysql_thread_id <> 0`,
  );
  return rows.map((row) => ({ waiting: Number(row.waiting), blocking: Number(row.blocking) }));
}
