/** Which server this is, since when it runs, and whether it takes changes. */
import { createHash } from 'node:crypto';
import type { MysqlConnection } from './connection.ts';

export interface MysqlServer {
  vendor: 'MySQL' | 'MariaDB';
  version: string;
  readOnly: boolean;
  /** The same for the same server, whatever URL leads to it. */
  server: string;
  /** Seconds since 1970, give or take two. Connection ids begin anew then. */
  started: number;
  maxConnections: number;
  /** Limits that errors of clients speak of, by their names. */
  limits: Record<string, string>;
}

const limitNames = ['read_only', 'super_read_only', 'max_connections', 'max_user_connections', 'max_statement_time', 'max_execution_time', 'innodb_lock_wait_timeout', 'lock_wait_timeout', 'wait_timeout', 'interactive_timeout', 'idle_transaction_timeout', 'idle_write_transaction_timeout', 'idle_readonly_transaction_timeout', 'max_allowed_packet', 'tmp_table_size', 'innodb_buffer_pool_size', 'slow_query_log', 'long_query_time'];

export async function readServer(connection: Pick<MysqlConnection, 'query'>): Promise<MysqlServer> {
  const rows = await connection.query<Record<string, string>>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${['server_uuid', 'server_uid', 'hostname', 'port', 'datadir', 'version', ...limitNames].map((name) => `'${name}'`).join(', ')})`,
  );
  const variables = new Map(rows.map((row) => Object.values(row) as [string, string]));
  const of = (variable: string): string => variables.get(variable) ?? '';
  const [uptime] = await connection.query<Record<string, string>>("SHOW GLOBAL STATUS WHERE Variable_name = 'Uptime'");
  const [clock] = await connection.query<{ now: number }>('SELECT CAST(UNIX_TIMESTAMP() AS UNSIGNED) AS now');
  return {
    vendor: /mariadb/i.test(of('version')) ? 'MariaDB' : 'MySQL',
    version: of('version'),
    readOnly: !['OFF', '0', ''].includes(of('read_only').toUpperCase()),
    // MariaDB has no server_uuid.
    server: of('server_uuid') || createHash('sha256').update(['hostname', 'port', 'datadir', 'server_uid'].map(of).join('\n')).digest('hex').slice(0, 32),
    started: Number(clock?.now ?? 0) - Number(Object.values(uptime ?? {})[1] ?? 0),
    maxConnections: Number(of('max_connections')),
    limits: Object.fromEntries(limitNames.flatMap((name) => (variables.has(name) ? [[name, of(name)]] : []))),
  };
}
