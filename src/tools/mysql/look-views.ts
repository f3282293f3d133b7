/** What can be looked at on a MySQL or MariaDB server: fixed statements, each of which an account with PROCESS alone may run, unless it says otherwise. */
import type { MysqlServer } from './server.ts';

export interface Section {
  title: string;
  sql: string;
  /** It is empty where this is off. */
  of?: 'performance_schema';
}

export interface View {
  use: string;
  /** One that the account may not read says so, and the others still show. */
  sections(vendor: MysqlServer['vendor']): Section[];
}

const limits = 'max_connections|max_user_connections|read_only|super_read_only|.*_timeout|max_statement_time|max_execution_time|innodb_buffer_pool_size|tmp_table_size|max_heap_table_size|sort_buffer_size|join_buffer_size|max_allowed_packet|innodb_flush_log_at_trx_commit|sync_binlog|autocommit|tx_isolation|transaction_isolation|slow_query_log|long_query_time|log_bin|gtid_mode|performance_schema|innodb_status_output';

/** What the server itself is made of. */
const notOurs = (column: string): string => `(${column} IS NULL OR ${column} NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema'))`;

export const lookViews = {
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
  statements: {
    use: 'the statements that cost most since the start or the last reset: calls, time, rows examined against rows sent, whether without an index, temporary tables on disk, errors',
    sections: () => [{ title: 'statements, the costliest first', of: 'performance_schema', sql: `SELECT SCHEMA_NAME AS db, COUNT_STAR AS calls, ROUND(SUM_TIMER_WAIT / 1e12, 2) AS "total s", ROUND(AVG_TIMER_WAIT / 1e9, 2) AS "mean ms", ROUND(MAX_TIMER_WAIT / 1e9, 1) AS "longest ms", ROUND(SUM_LOCK_TIME / 1e12, 2) AS "in locks s", SUM_ROWS_EXAMINED AS examined, SUM_ROWS_SENT AS sent, SUM_NO_INDEX_USED AS "without index", SUM_CREATED_TMP_DISK_TABLES AS "on disk", SUM_ERRORS AS errors, CAST(LAST_SEEN AS CHAR) AS "last seen", LEFT(DIGEST_TEXT, 2000) AS statement FROM performance_schema.events_statements_summary_by_digest WHERE ${notOurs('SCHEMA_NAME')} ORDER BY SUM_TIMER_WAIT DESC LIMIT 20` }],
  },
  indexes: {
    use: 'indexes that nobody used, and tables and statements that are read whole, for want of one',
    sections: () => [
      { title: 'never used since the start (before dropping one: is the start long ago, is it unique, does a replica use it?)', of: 'performance_schema', sql: `SELECT OBJECT_SCHEMA AS db, OBJECT_NAME AS "table", INDEX_NAME AS "index" FROM performance_schema.table_io_waits_summary_by_index_usage WHERE INDEX_NAME IS NOT NULL AND INDEX_NAME <> 'PRIMARY' AND COUNT_STAR = 0 AND ${notOurs('OBJECT_SCHEMA')} ORDER BY 1, 2, 3 LIMIT 40` },
      { title: 'rows read without any index, by table', of: 'performance_schema', sql: `SELECT OBJECT_SCHEMA AS db, OBJECT_NAME AS "table", COUNT_READ AS "rows read whole", ROUND(SUM_TIMER_READ / 1e12, 2) AS "s" FROM performance_schema.table_io_waits_summary_by_index_usage WHERE INDEX_NAME IS NULL AND COUNT_READ > 0 AND ${notOurs('OBJECT_SCHEMA')} ORDER BY COUNT_READ DESC LIMIT 20` },
      { title: 'statements without an index, by rows examined', of: 'performance_schema', sql: `SELECT SCHEMA_NAME AS db, COUNT_STAR AS calls, SUM_NO_INDEX_USED AS "without index", ROUND(SUM_ROWS_EXAMINED / COUNT_STAR) AS "examined each", ROUND(SUM_ROWS_SENT / COUNT_STAR) AS "sent each", LEFT(DIGEST_TEXT, 2000) AS statement FROM performance_schema.events_statements_summary_by_digest WHERE SUM_NO_INDEX_USED > 0 AND ${notOurs('SCHEMA_NAME')} ORDER BY SUM_ROWS_EXAMINED DESC LIMIT 15` },
      { title: 'indexes of the tables that this account may see', sql: `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS "table", INDEX_NAME AS "index", IF(MAX(NON_UNIQUE) = 0, 'unique', '') AS kind, GROUP_CONCAT(COALESCE(COLUMN_NAME, 'expression') ORDER BY SEQ_IN_INDEX) AS columns, MAX(CARDINALITY) AS cardinality FROM information_schema.STATISTICS WHERE ${notOurs('TABLE_SCHEMA')} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 60` },
    ],
  },
  sizes: {
    use: 'the largest tables by the size of their files, and how much of it is free',
    sections: (vendor) => [
      { title: 'files of InnoDB, the largest first', sql: `SELECT NAME AS "table", ROUND(FILE_SIZE / 1048576, 1) AS "file MiB", ROUND(ALLOCATED_SIZE / 1048576, 1) AS "on disk MiB" FROM information_schema.${vendor === 'MariaDB' ? 'INNODB_SYS_TABLESPACES' : 'INNODB_TABLESPACES'} ORDER BY FILE_SIZE DESC LIMIT 25` },
      { title: 'tables that this account may see', sql: `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS "table", ENGINE AS engine, TABLE_ROWS AS "rows about", ROUND(DATA_LENGTH / 1048576, 1) AS "data MiB", ROUND(INDEX_LENGTH / 1048576, 1) AS "indexes MiB", ROUND(DATA_FREE / 1048576, 1) AS "free MiB", AUTO_INCREMENT AS "next number" FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ${notOurs('TABLE_SCHEMA')} ORDER BY DATA_LENGTH + INDEX_LENGTH DESC LIMIT 25` },
    ],
  },
  grants: { use: 'what the account that reads here may do', sections: () => [{ title: 'of this account', sql: 'SHOW GRANTS' }] },
} as const satisfies Record<string, View>;
