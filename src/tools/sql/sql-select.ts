import { z } from 'zod';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { checkReadOnlySql } from './check-statement.ts';
import type { OpenOptions } from './connection.ts';
import { openReadOnly } from './connection.ts';
import { SqlReadError } from './errors.ts';
import { renderTable } from './render-table.ts';
import { safeRows } from './safe-rows.ts';

const maxRows = 200;
const timeoutMilliseconds = 10_000;

export function sqlSelect(databases: readonly DatabaseTarget[], log: OpenOptions['log']): Tool {
  return defineTool({
    name: 'sql_select',
    description: [
      'Runs one reading SQL statement (SELECT, SHOW, or EXPLAIN without ANALYZE) on a configured PostgreSQL database, in a read-only transaction. For what postgres_look and postgres_explain do not show: rows of an application\'s table, a count, a join of system views.',
      `At most ${maxRows} rows and ${timeoutMilliseconds / 1000} seconds. Only pg_catalog is in search_path: write other names with their schema (public.orders).`,
      'Functions are limited to built-in reading ones. Useful: pg_catalog.pg_stat_activity, pg_locks, pg_stat_user_tables, pg_indexes, pg_settings, pg_db_role_setting; pg_blocking_pids(pid).',
    ].join(' '),
    specialists: ['database'],
    input: z.strictObject({
      database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database'),
      statement: z.string().min(1).max(20_000).describe('One statement, without a trailing second one'),
    }),
    async run({ database, statement }, { signal }) {
      const command = `${database}=> ${statement.trim()}`;
      const checked = await checkReadOnlySql(statement);
      if (!checked.ok) return { command, output: `Refused: ${checked.reason}.`, failed: true };
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no database ${database}.`, failed: true };
      return read(target, statement, command, signal, log);
    },
  });
}

async function read(target: DatabaseTarget, statement: string, command: string, signal: AbortSignal, log: OpenOptions['log']): Promise<ToolResult> {
  try {
    const connection = await openReadOnly(target.read.reveal(), { applicationName: 'sre-agent', signal, ...(log === undefined ? {} : { log }) });
    try {
      const { rows, fields, truncated } = await connection.query<(string | null)[]>(statement, undefined, { timeoutMilliseconds, maxRows, asText: true, signal });
      const showsStatements = /pg_stat_\w*(?:activity|statements)/i.test(statement);
      const shown = await safeRows(fields, rows, showsStatements);
      const note = truncated ? `(first ${maxRows} rows; there are more: add WHERE, ORDER BY with LIMIT, or aggregate)` : `(${rows.length} row${rows.length === 1 ? '' : 's'})`;
      return { command, output: `${renderTable(fields, shown)}\n${note}` };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (error instanceof SqlReadError || error instanceof ConfigurationError) return { command, output: error.message, failed: true };
    throw error;
  }
}
