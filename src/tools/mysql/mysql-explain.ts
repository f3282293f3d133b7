import { z } from 'zod';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { textTable } from '../readings/text-table.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { checkMysqlSelect } from './check-select.ts';
import { openMysql } from './connection.ts';

const deadlineMilliseconds = 8_000;
const mostRows = 100;

export function mysqlExplain(databases: readonly DatabaseTarget[]): Tool {
  return defineTool({
    name: 'mysql_explain',
    description: [
      'The plan of one SELECT on a configured MySQL or MariaDB database: for each table how it is reached, by which key, how many rows are expected. The statement is never run.',
      'Write what all dialects share: names without quotes, LIMIT n OFFSET m, likely values in place of ? of a counted statement. For an UPDATE or DELETE explain SELECT 1 FROM the same table with the same WHERE.',
      'type ALL or a key of NULL on a large table is a missing index; many rows expected for few wanted, with possible_keys, is stale statistics or a condition that no index serves.',
    ].join(' '),
    specialists: ['database'],
    input: z.strictObject({
      database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database'),
      statement: z.string().min(1).max(20_000).describe('One SELECT, without EXPLAIN before it'),
    }),
    async run({ database, statement }, { signal }) {
      const text = statement.trim().replace(/;\s*$/, '');
      const command = `mysql ${database} -e "EXPLAIN ${text}"`;
      const checked = await checkMysqlSelect(text);
      if (!checked.ok) return { command, output: `Refused: ${checked.reason}.`, failed: true };
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no MySQL database ${database}.`, failed: true };
      try {
        return { command, output: await planOf(target, text, signal) };
      } catch (error) {
        signal.throwIfAborted();
        return failure(command, error);
      }
    },
  });
}

async function planOf(target: DatabaseTarget, text: string, signal: AbortSignal): Promise<string> {
  const connection = await openMysql(target.read.reveal(), { applicationName: 'sre-agent', signal });
  try {
    // A seat belt; the account's grants are the wall.
    await connection.query('SET SESSION TRANSACTION READ ONLY');
    // Connections begin without one, since the account may have no right in it.
    await connection.query(`USE \`${connection.database.replaceAll('`', '``')}\``);
    const rows = await connection.query<Record<string, unknown>>(`EXPLAIN ${text}`, [], deadlineMilliseconds);
    const [first] = rows;
    return first === undefined ? '(no plan)' : textTable(Object.keys(first), rows.slice(0, mostRows).map((row) => Object.values(row)));
  } finally {
    void connection.close();
  }
}

/** Denied: on a table, a column, a database. */
const denied = new Set([1142, 1143, 1044]);

function failure(command: string, error: unknown): ToolResult {
  const words = error instanceof Error ? error.message : String(error);
  const { errno } = error as { errno?: unknown };
  return { command, failed: true, output: typeof errno === 'number' && denied.has(errno) ? `${words}\nThe read account may not plan statements on this table: GRANT SELECT on it (deploy/mysql/read.sql says how). mysql_look with statements and indexes shows what was counted without.` : words };
}
