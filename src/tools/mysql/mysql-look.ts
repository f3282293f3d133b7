import { z } from 'zod';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { textTable } from '../readings/text-table.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { MysqlConnection } from './connection.ts';
import { openMysql } from './connection.ts';
import { maskStatement } from './mask-statement.ts';
import { readServer } from './server.ts';
import type { MysqlServer } from './server.ts';

interface View {
  use: string;
  /** Each with its title; one that the account may not read says so, and the others still show. */
  sections(vendor: MysqlServer['vendor']): { title: string; sql: string }[];
}

const mostRows = 40;
const deadlineMilliseconds = 8_000;
const limits = 'max_connections|max_user_connections|read_only|super_read_only|.*_timeout|max_statement_time|max_execution_time|innodb_buffer_pool_size|tmp_table_size|max_heap_table_size|sort_buffer_size|join_buffer_size|max_allowed_packet|innodb_flush_log_at_trx_commit|sync_binlog|autocommit|tx_isolation|transaction_isolation|slow_query_log|long_query_time|log_bin|gtid_mode|performance_schema|innodb_status_output';

const views = {
  transactions: {
    use: 'open transactions of InnoDB: how long, how many rows locked and changed, whether they wait',
    sections: () => [{ title: 'open transactions, the oldest first', sql: 'SELECT trx_mysql_thread_id AS connection, trx_state AS state, TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS "for s", trx_rows_locked AS "rows locked", trx_rows_modified AS "rows changed", trx_tables_locked AS "tables locked", trx_isolation_level AS isolation, LEFT(trx_query, 2000) AS statement FROM information_schema.INNODB_TRX ORDER BY trx_started' }],
  },
  locks: {
    use: 'row locks that are waited for, and who waits for a metadata lock of a table (behind DDL or a forgotten transaction)',
    sections: (vendor) => [
      vendor === 'MariaDB'
        ? { title: 'row locks that are waited for', sql: 'SELECT r.trx_mysql_thread_id AS waiting, TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()) AS "waits s", l.lock_mode AS mode, l.lock_table AS "table", l.lock_index AS "index", b.trx_mysql_thread_id AS blocker, TIMESTAMPDIFF(SECOND, b.trx_started, NOW()) AS "its transaction s" FROM information_schema.INNODB_LOCK_WAITS w JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id LEFT JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id' }
        : { title: 'row locks that are waited for', sql: 'SELECT r.trx_mysql_thread_id AS waiting, TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()) AS "waits s", l.LOCK_MODE AS mode, CONCAT(l.OBJECT_SCHEMA, \'.\', l.OBJECT_NAME) AS "table", l.INDEX_NAME AS "index", b.trx_mysql_thread_id AS blocker, TIMESTAMPDIFF(SECOND, b.trx_started, NOW()) AS "its transaction s" FROM performance_schema.data_lock_waits w JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID LEFT JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID' },
      { title: 'waits for metadata locks', sql: "SELECT ID AS connection, USER AS user, DB AS db, TIME AS \"waits s\", STATE AS state, LEFT(INFO, 2000) AS statement FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for % metadata lock' ORDER BY TIME DESC" },
    ],
  },
  connections: {
    use: 'connections per user and host against the limits, refused and aborted ones since the start',
    sections: () => [
      { title: 'by user and host', sql: "SELECT USER AS user, SUBSTRING_INDEX(HOST, ':', 1) AS host, COUNT(*) AS connections, SUM(COMMAND <> 'Sleep') AS active, MAX(TIME) AS \"longest s\" FROM information_schema.PROCESSLIST GROUP BY 1, 2 ORDER BY 3 DESC" },
      { title: 'limits', sql: "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections', 'max_user_connections', 'extra_max_connections', 'wait_timeout', 'interactive_timeout')" },
      { title: 'counted since the start', sql: "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Threads_running', 'Max_used_connections', 'Aborted_connects', 'Aborted_clients', 'Connection_errors_max_connections', 'Connections', 'Uptime')" },
    ],
  },
  status: {
    use: 'load of the server: threads, row lock waits, temporary tables on disk, buffer pool, history list (old transactions), slow statements',
    sections: () => [
      { title: 'counted since the start', sql: "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'Threads_connected', 'Threads_running', 'Questions', 'Slow_queries', 'Innodb_row_lock_current_waits', 'Innodb_row_lock_waits', 'Innodb_row_lock_time_avg', 'Innodb_deadlocks', 'Created_tmp_disk_tables', 'Created_tmp_tables', 'Select_scan', 'Select_full_join', 'Handler_read_rnd_next', 'Innodb_buffer_pool_reads', 'Innodb_buffer_pool_read_requests', 'Innodb_history_list_length', 'Table_locks_waited', 'Open_tables', 'Sort_merge_passes')" },
      { title: 'of InnoDB', sql: "SELECT NAME AS metric, COUNT AS count FROM information_schema.INNODB_METRICS WHERE NAME IN ('trx_rseg_history_len', 'lock_deadlocks', 'lock_timeouts', 'lock_row_lock_current_waits') ORDER BY 1" },
    ],
  },
  settings: { use: 'limits, timeouts, memory and durability as the server has them now; read_only', sections: () => [{ title: 'global variables', sql: `SHOW GLOBAL VARIABLES WHERE Variable_name REGEXP '^(${limits})$'` }] },
  replication: { use: 'of a replica: whether its threads run and how far it is behind', sections: (vendor) => [{ title: 'replica', sql: vendor === 'MariaDB' ? 'SHOW ALL SLAVES STATUS' : 'SHOW REPLICA STATUS' }, { title: 'read only', sql: "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'log_bin', 'server_id')" }] },
  tables: { use: 'rows and changes of tables as InnoDB counts them', sections: (vendor) => [{ title: 'tables, the largest first', sql: `SELECT NAME AS "table", NUM_ROWS AS "rows", CLUST_INDEX_SIZE AS pages, MODIFIED_COUNTER AS changed, STATS_INITIALIZED AS statistics FROM information_schema.${vendor === 'MariaDB' ? 'INNODB_SYS_TABLESTATS' : 'INNODB_TABLESTATS'} WHERE NAME NOT LIKE 'mysql/%' AND NAME NOT LIKE 'sys/%' ORDER BY NUM_ROWS DESC LIMIT 40` }] },
  grants: { use: 'what the account that reads here may do', sections: () => [{ title: 'of this account', sql: 'SHOW GRANTS' }] },
} as const satisfies Record<string, View>;

type ViewName = keyof typeof views;
const names = Object.keys(views) as [ViewName, ...ViewName[]];

/** Fixed statements: what a model chooses is a view of the menu. */
export function mysqlLook(databases: readonly DatabaseTarget[]): Tool {
  return defineTool({
    name: 'mysql_look',
    description: ['Looks at one side of a configured MySQL or MariaDB server. Begin with mysql_sessions, which shows who waits for whom; several views can be asked for side by side.', ...Object.entries(views).map(([name, { use }]) => `${name}: ${use}.`)].join(' '),
    specialists: ['database'],
    input: z.strictObject({ database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database'), view: z.enum(names) }),
    async run({ database, view }, { signal }) {
      const command = `mysql ${database} -- look at ${view}`;
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no MySQL database ${database}.`, failed: true };
      try {
        return { command, ...(await look(target, views[view], signal)) };
      } catch (error) {
        return { command, output: error instanceof Error ? error.message : String(error), failed: true };
      }
    },
  });
}

async function look(target: DatabaseTarget, view: View, signal: AbortSignal): Promise<Omit<ToolResult, 'command'>> {
  const connection = await openMysql(target.read.reveal(), { applicationName: 'sre-agent', signal });
  try {
    // A seat belt; the account's grants are the wall.
    await connection.query('SET SESSION TRANSACTION READ ONLY');
    const { vendor } = await readServer(connection);
    const parts: { text: string; failed: boolean }[] = [];
    for (const { title, sql } of view.sections(vendor)) parts.push(await section(connection, title, sql, signal));
    return { output: parts.map(({ text }) => text).join('\n\n'), ...(parts.every(({ failed }) => failed) ? { failed: true } : {}) };
  } finally {
    void connection.close();
  }
}

async function section(connection: MysqlConnection, title: string, sql: string, signal: AbortSignal): Promise<{ text: string; failed: boolean }> {
  try {
    const rows = await connection.query<Record<string, unknown>>(sql, [], deadlineMilliseconds);
    const [first] = rows;
    if (first === undefined) return { text: `# ${title}\n(none)`, failed: false };
    // What is one long row (a replica) reads better downwards.
    const upright = Object.keys(first).length > 14;
    const shown = await Promise.all(rows.slice(0, mostRows).map(async (row) => Promise.all(Object.entries(row).map(([name, value]) => cell(name, value)))));
    const text = upright ? shown.map((row) => Object.keys(first).map((name, index) => `${name}: ${String(row[index])}`).filter((line) => !secretField.test(line)).join('\n')).join('\n\n') : textTable(Object.keys(first), shown);
    return { text: `# ${title}\n${text}${rows.length > mostRows ? `\n(first ${mostRows} of ${rows.length})` : ''}`, failed: false };
  } catch (error) {
    if (signal.aborted) throw error;
    return { text: `# ${title}\n${error instanceof Error ? error.message : String(error)} (the read account may lack a right: deploy/mysql/read.sql)`, failed: true };
  }
}

const secretField = /password|passwd|ssl_key|secret/i;

/** SHOW GRANTS holds the hash of the password. */
async function cell(name: string, value: unknown): Promise<unknown> {
  if (typeof value !== 'string') return value;
  if (name === 'statement' || /^(?:Last_.*Error|Last_Error)$/.test(name)) return maskStatement(value);
  return value.replace(/IDENTIFIED (?:BY|VIA|WITH)[^]*?(?= REQUIRE| WITH (?!GRANT)|$)/gi, 'IDENTIFIED ...');
}
