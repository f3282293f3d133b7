import { z } from 'zod';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { busyStatements } from '../readings/database-plans.ts';
import { aboutServer, sentByClients } from '../readings/database-queries.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { OpenOptions, ReadOnlyConnection } from './connection.ts';
import { openReadOnly } from './connection.ts';
import { SqlReadError } from './errors.ts';
import type { View } from './look-views.ts';
import { viewNames, views } from './look-views.ts';
import { renderTable } from './render-table.ts';
import { safeRows } from './safe-rows.ts';

const maxRows = 40;
const timeoutMilliseconds = 8_000;

/** Fixed statements: what a model chooses is a view of the menu and the name of an object, which is bound as a value. */
export function postgresLook(databases: readonly DatabaseTarget[], log: OpenOptions['log']): Tool {
  return defineTool({
    name: 'postgres_look',
    description: [
      'Looks at one side of a configured PostgreSQL database, over its system views. Begin here; several views can be asked for side by side.',
      ...Object.entries(views).map(([name, { use }]) => `${name}: ${use}.`),
      `At most ${maxRows} rows a table, the ones that matter first.`,
    ].join(' '),
    specialists: ['database'],
    input: z.strictObject({
      database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database'),
      view: z.enum(viewNames),
      object: z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}\.[A-Za-z_][A-Za-z0-9_$]{0,62}$/, 'schema.name').optional().describe('For the view object: schema.name'),
    }),
    async run({ database, view, object }, { signal }) {
      const command = `psql ${database} -- look at ${view}${object === undefined ? '' : ` ${object}`}`;
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no database ${database}.`, failed: true };
      const chosen: View = views[view];
      if (chosen.object === true && object === undefined) return { command, output: 'Say which object: schema.name. The view tables lists them.', failed: true };
      return look(target, view, chosen, chosen.object === true ? (object ?? '').split('.') : [], command, signal, log);
    },
  });
}

async function look(target: DatabaseTarget, name: string, view: View, values: readonly string[], command: string, signal: AbortSignal, log: OpenOptions['log']): Promise<ToolResult> {
  try {
    const connection = await openReadOnly(target.read.reveal(), { applicationName: 'sre-agent', signal, ...(log === undefined ? {} : { log }) });
    try {
      const parts = name === 'statements' ? await statements(connection, signal) : await sections(connection, view, values, signal);
      return { command, output: parts.map(({ text }) => text).join('\n\n'), ...(parts.every(({ failed }) => failed) ? { failed: true } : {}) };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (error instanceof SqlReadError || error instanceof ConfigurationError) return { command, output: error.message, failed: true };
    throw error;
  }
}

interface Part {
  text: string;
  failed: boolean;
}

/** One that fails says why, and the others still show. */
async function sections(connection: ReadOnlyConnection, view: View, values: readonly string[], signal: AbortSignal): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { title, sql, optional } of view.sections) {
    try {
      const { rows, fields, truncated } = await connection.query<(string | null)[]>(sql, values, { timeoutMilliseconds, maxRows, asText: true, signal });
      const shown = await safeRows(fields, rows, view.statements === true);
      parts.push({ text: `# ${title}\n${rows.length === 0 ? '(none)' : renderTable(fields, shown)}${truncated ? `\n(first ${maxRows}; there are more: ask sql_select for the rest)` : ''}`, failed: false });
    } catch (error) {
      if (!(error instanceof SqlReadError) || signal.aborted) throw error;
      if (optional !== true) parts.push({ text: `# ${title}\n${error.message}`, failed: true });
    }
  }
  return parts;
}

async function statements(connection: ReadOnlyConnection, signal: AbortSignal): Promise<Part[]> {
  const limits = { timeoutMilliseconds, signal };
  const [server] = (await connection.query<{ statements_schema: string | null }>(aboutServer, [], limits)).rows;
  const schema = server?.statements_schema ?? null;
  const { statements: busy, denied } = await busyStatements(connection, schema, { signal, patience: () => 1 });
  const rows = busy.slice(0, 20).map(({ query, calls, meanMilliseconds, weight }) => [Math.round(weight).toString(), calls?.toString() ?? null, meanMilliseconds?.toFixed(1) ?? null, query.slice(0, 400)]);
  const parts: Part[] = [{ text: `# now: seen or counted within 1.5 s\n${rows.length === 0 ? '(nothing ran)' : renderTable(['ms spent', 'calls', 'mean ms', 'statement'], rows)}`, failed: false }];
  if (schema === null) return [...parts, { text: 'pg_stat_statements is not installed in this database: only what was seen running is here.', failed: false }];
  if (denied !== undefined) return [...parts, { text: `pg_stat_statements could not be read: ${denied instanceof Error ? denied.message : 'refused'}`, failed: true }];
  const total: View = { use: '', statements: true, sections: [{ title: 'since statistics began, by time in all', sql: `SELECT round(s.total_exec_time::numeric) AS "ms in all", s.calls, round(s.mean_exec_time::numeric, 1) AS "mean ms", round(s.rows::numeric / greatest(s.calls, 1), 1) AS "rows a call", r.rolname AS role, left(s.query, 400) AS query FROM ${schema}.pg_stat_statements(true) s LEFT JOIN pg_roles r ON r.oid = s.userid WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ${sentByClients} ORDER BY s.total_exec_time DESC LIMIT 20` }] };
  return [...parts, ...(await sections(connection, total, [], signal))];
}
