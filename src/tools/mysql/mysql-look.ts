import { z } from 'zod';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { connectionTable, sessionTable } from '../readings/session-tables.ts';
import { textTable } from '../readings/text-table.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { MysqlConnection } from './connection.ts';
import { openMysql } from './connection.ts';
import { lookViews } from './look-views.ts';
import type { Section, View } from './look-views.ts';
import { maskStatement } from './mask-statement.ts';
import { readServer } from './server.ts';
import { readSessions } from './sessions.ts';

const mostRows = 60;
const deadlineMilliseconds = 8_000;
const sessionsUse = 'who is connected now: id, user, host, state, statement without its values, open transaction, who waits for a row lock or a metadata lock of whom, connections used of how many';

type ViewName = keyof typeof lookViews;
const names = ['sessions', ...(Object.keys(lookViews) as ViewName[])] as const;

/** Fixed statements: what a model chooses is a view of the menu. */
export function mysqlLook(databases: readonly DatabaseTarget[]): Tool {
  return defineTool({
    name: 'mysql_look',
    description: ['Looks at one side of a configured MySQL or MariaDB server; several views can be asked for side by side. sql_select does not work there.', `sessions: ${sessionsUse}.`, ...Object.entries(lookViews).map(([name, { use }]) => `${name}: ${use}.`)].join(' '),
    specialists: ['database'],
    input: z.strictObject({ database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database'), view: z.enum(names) }),
    async run({ database, view }, { signal }) {
      const command = `mysql ${database} -- look at ${view}`;
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no MySQL database ${database}.`, failed: true };
      try {
        return { command, ...(view === 'sessions' ? await lookAtSessions(target, signal) : await look(target, lookViews[view], signal)) };
      } catch (error) {
        return { command, output: error instanceof Error ? error.message : String(error), failed: true };
      }
    },
  });
}

async function lookAtSessions(target: DatabaseTarget, signal: AbortSignal): Promise<Omit<ToolResult, 'command'>> {
  const { server, sessions, connections } = await readSessions(target, { signal });
  return { output: `${server.vendor} ${server.version}, running since ${new Date(server.started * 1000).toISOString()}\n${connectionTable(connections)}\n\n${sessionTable(sessions)}` };
}

async function look(target: DatabaseTarget, view: View, signal: AbortSignal): Promise<Omit<ToolResult, 'command'>> {
  const connection = await openMysql(target.read.reveal(), { applicationName: 'sre-agent', signal });
  try {
    // A seat belt; the account's grants are the wall.
    await connection.query('SET SESSION TRANSACTION READ ONLY');
    const { vendor } = await readServer(connection);
    const parts: { text: string; failed: boolean }[] = [];
    const sections = view.sections(vendor);
    const counts = sections.some(({ of }) => of !== undefined) ? await isOn(connection, 'performance_schema') : true;
    for (const one of sections) parts.push(one.of !== undefined && !counts ? { text: `# ${one.title}\n(${one.of} is off here: the server does not count this. It is turned on in its configuration and by a restart)`, failed: false } : await section(connection, one, signal));
    return { output: parts.map(({ text }) => text).join('\n\n'), ...(parts.every(({ failed }) => failed) ? { failed: true } : {}) };
  } finally {
    void connection.close();
  }
}

async function isOn(connection: MysqlConnection, variable: Section['of']): Promise<boolean> {
  const [row] = await connection.query<Record<string, string>>(`SHOW GLOBAL VARIABLES WHERE Variable_name = '${variable ?? ''}'`);
  return Object.values(row ?? {})[1] === 'ON';
}

async function section(connection: MysqlConnection, { title, sql }: Section, signal: AbortSignal): Promise<{ text: string; failed: boolean }> {
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
