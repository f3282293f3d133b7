import { z } from 'zod';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { DatabaseTarget } from '../../config/targets.ts';
import { defineTool, oneOf } from '../define-tool.ts';
import { tablesOfPlan } from '../readings/plan-scans.ts';
import type { Tool, ToolResult } from '../tool.ts';
import { checkReadOnlySql } from './check-statement.ts';
import type { OpenOptions } from './connection.ts';
import { SqlReadError } from './errors.ts';
import { openForPlans } from './open-for-plans.ts';
import { renderTable } from './render-table.ts';

const timeoutMilliseconds = 8_000;

export function postgresExplain(databases: readonly DatabaseTarget[], log: OpenOptions['log']): Tool {
  return defineTool({
    name: 'postgres_explain',
    description: [
      'The plan of one SELECT on a configured PostgreSQL database, and what the planner knows of the tables in it (rows believed and counted, changes since the last analyze, indexes). The statement is never run.',
      'Write tables with their schema. With $1, $2 in place of values the generic plan is shown. For an UPDATE or DELETE explain SELECT 1 FROM the same table with the same WHERE.',
      'Compare "rows" of each node with what is there: a node that expects 1 row where thousands are is stale statistics; a Seq Scan with a Filter on a large table is a missing index.',
    ].join(' '),
    specialists: ['database'],
    input: z.strictObject({
      database: oneOf(databases.map(({ name }) => name)).describe('Name of the configured database'),
      statement: z.string().min(1).max(20_000).describe('One SELECT, without EXPLAIN before it'),
    }),
    async run({ database, statement }, { signal }) {
      const text = statement.trim().replace(/;\s*$/, '');
      const command = `${database}=> EXPLAIN ${text}`;
      const checked = await checkReadOnlySql(text);
      if (!checked.ok || checked.kind !== 'select') return { command, output: `Refused: ${checked.ok ? 'write the SELECT alone, without EXPLAIN' : checked.reason}.`, failed: true };
      const target = databases.find(({ name }) => name === database);
      if (target === undefined) return { command, output: `There is no database ${database}.`, failed: true };
      return explain(target, text, command, signal, log);
    },
  });
}

async function explain(target: DatabaseTarget, text: string, command: string, signal: AbortSignal, log: OpenOptions['log']): Promise<ToolResult> {
  const limits = { timeoutMilliseconds, signal };
  const parameters = Math.max(0, ...[...text.matchAll(/\$(\d{1,3})\b/g)].map((match) => Number(match[1])));
  // Bound as NULL they would be planned as NULL: prepared, and planned for any value, they are not.
  const explained = parameters === 0 ? text : `EXECUTE sre_agent_plan(${Array.from({ length: parameters }, () => 'NULL').join(', ')})`;
  try {
    const connection = await openForPlans(target.read.reveal(), { applicationName: 'sre-agent', signal, ...(log === undefined ? {} : { log }) });
    try {
      if (parameters > 0) {
        const [mode] = (await connection.query<{ generic: boolean }>("SELECT current_setting('plan_cache_mode') = 'force_generic_plan' AS generic", undefined, limits)).rows;
        if (mode?.generic !== true) return { command, output: 'No generic plans over this connection (a pooler in between?): put likely values in place of $1, $2.', failed: true };
        await connection.query(`PREPARE sre_agent_plan AS ${text}`, undefined, limits);
      }
      const plan = await connection.query<[string | null]>(`EXPLAIN ${explained}`, undefined, { ...limits, maxRows: 400, asText: true });
      const [json] = (await connection.query<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON, VERBOSE) ${explained}`, undefined, limits)).rows;
      const raw = json?.['QUERY PLAN'];
      const tables = tablesOfPlan(typeof raw === 'string' ? JSON.parse(raw) : raw).map((name) => [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]);
      const known = await connection.query<(string | null)[]>(aboutTables, [tables.map(([schema]) => schema), tables.map(([, table]) => table)], { ...limits, maxRows: 40, asText: true });
      return { command, output: `${renderTable(['QUERY PLAN'], plan.rows)}\n\n# what the planner goes by\n${known.rows.length === 0 ? '(no table)' : renderTable(known.fields, known.rows)}` };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (error instanceof SqlReadError || error instanceof ConfigurationError) return { command, output: error.message, failed: true };
    throw error;
  }
}

const aboutTables = `SELECT q.schema || '.' || q.name AS "table", c.reltuples::bigint AS "rows believed", s.n_live_tup AS "rows counted", s.n_mod_since_analyze AS "changed since analyze", date_trunc('second', greatest(s.last_analyze, s.last_autoanalyze))::text AS analyzed, c.reloptions::text AS options,
  (SELECT string_agg(i.relname || ' (' || (SELECT string_agg(coalesce(a.attname, 'expression'), ', ' ORDER BY k.place) FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place) LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0) || ')' || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END, '; ' ORDER BY i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid) AS indexes
FROM unnest($1::text[], $2::text[]) AS q (schema, name) JOIN pg_namespace n ON n.nspname = q.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = q.name LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid ORDER BY 1`;
