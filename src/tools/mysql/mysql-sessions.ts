import { z } from 'zod';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { connectionTable, sessionTable } from '../readings/session-tables.ts';
import type { Tool } from '../tool.ts';
import { readSessions } from './sessions.ts';

/** Statements of a model's own are not run on MySQL: no parser that we trust reads its dialect. */
export function mysqlSessions(databases: readonly DatabaseTarget[]): Tool {
  return defineTool({
    name: 'mysql_sessions',
    description: [
      'Who is connected to a configured MySQL or MariaDB database now: id, user, host, state, statement without its values, open transaction, which connection waits for a row lock of which, which for a table\'s metadata lock, and how many connections are used of how many.',
      'mysql_look shows the rest; sql_select does not work on MySQL or MariaDB.',
    ].join(' '),
    specialists: ['database'],
    input: z.strictObject({ database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database') }),
    async run({ database }, { signal }) {
      const command = `mysql ${database} -e "SHOW FULL PROCESSLIST"`;
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no MySQL database ${database}.`, failed: true };
      try {
        const { server, sessions, connections } = await readSessions(target, { signal });
        return { command, output: `${server.vendor} ${server.version}, running since ${new Date(server.started * 1000).toISOString()}\n${connectionTable(connections)}\n\n${sessionTable(sessions)}` };
      } catch (error) {
        return { command, output: error instanceof Error ? error.message : String(error), failed: true };
      }
    },
  });
}
