/** Upkeep that does not happen: statistics that know nothing of what a table holds by now, autovacuum switched off. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, TableStatistics } from '../readings.ts';
import { tableResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count, duration, milliseconds } from '../words.ts';
import { isPlain } from './said.ts';

const smallestTable = 5_000;
const fewestChanges = 1_000;
/** By default autovacuum analyses a table after a tenth of it has changed. */
const largeShare = 0.2;
/** It comes by once a minute; this long without it, it does not come. */
const longSeconds = 900;
const slowMilliseconds = 15;
const hotMilliseconds = 300;
const manyDead = 0.2;
/** Since statistics began. */
const manyScans = 100;

export const staleStatistics: Rule = {
  id: 'stale-statistics',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => tablesOf(database).flatMap((table) => stale(database, table))),
};

export const autovacuumOff: Rule = {
  id: 'autovacuum-off',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => [...tablesOf(database).flatMap((table) => offForTable(database, table)), ...offForServer(database)]),
};

const tablesOf = (database: DatabaseReading): readonly TableStatistics[] => database.tables?.value ?? [];

function isStale(database: DatabaseReading, table: TableStatistics): boolean {
  const { modifiedSinceAnalyze: changed = 0, plannedRows = 0, analyzedSecondsAgo = null } = table;
  if (table.rows < smallestTable || changed < fewestChanges || changed < Math.max(plannedRows, 1) * largeShare) return false;
  return isOff(table) || serverOff(database) !== undefined || (analyzedSecondsAgo !== null && analyzedSecondsAgo > longSeconds);
}

function stale(database: DatabaseReading, table: TableStatistics): FindingBody[] {
  if (!isStale(database, table)) return [];
  const name = `${table.schema}.${table.table}`;
  const { modifiedSinceAnalyze: changed = 0, plannedRows = -1, analyzedSecondsAgo = null } = table;
  const slowest = costliest(database, table);
  return [{
    severity: slowest === undefined ? 'info' : 'warning',
    resource: tableResource(database.name, table.schema, table.table),
    mechanism: 'stale-statistics',
    title: `${count(changed, 'row')} of ${name} changed since its statistics were made${analyzedSecondsAgo === null ? '' : ` ${duration(analyzedSecondsAgo)} ago`}`,
    explanation: `The planner believes in ${plannedRows < 0 ? 'an unknown number of rows' : count(plannedRows, 'row')}, spread as they were then; ${count(table.rows, 'row')} are there. For values that came since it expects next to none, and picks plans (nested loops, the wrong index) that are only good for few rows.${slowest === undefined ? ' No busy statement is seen to suffer from it now.' : ` A busy statement that reads it takes ${milliseconds(slowest)}.`} ANALYZE reads a sample and locks nobody out.`,
    confidence: slowest === undefined ? 0.5 : isOff(table) ? 0.9 : 0.75,
    quotes: quoteLine(database.tables?.evidence, `${name} `),
    ...(slowest !== undefined && isPlain(table.schema, table.table) ? { remedy: { kind: 'postgres.analyze', target: database.name, schema: table.schema, table: table.table } satisfies Action } : {}),
  }];
}

function offForTable(database: DatabaseReading, table: TableStatistics): FindingBody[] {
  if (!isOff(table) || table.rows < smallestTable) return [];
  const name = `${table.schema}.${table.table}`;
  const bloated = table.deadRows >= fewestChanges && table.deadRows >= table.rows * manyDead;
  // Also once its statistics are fresh again: the next load finds it as this one did. A table that nobody asks is none's trouble.
  const matters = bloated || table.sequentialScans + table.indexScans >= manyScans;
  return [{
    severity: matters ? 'warning' : 'info',
    resource: tableResource(database.name, table.schema, table.table),
    mechanism: 'autovacuum-off',
    title: `Autovacuum is switched off for ${name}`,
    explanation: `The option belongs to the table (autovacuum_enabled=false), as bulk loads set it and forget it. Nothing makes its statistics anew and nothing removes its dead rows (${count(table.deadRows, 'dead row')} now), so what is mended by hand comes back with the next load. Without the option autovacuum looks after it like after every other table.`,
    confidence: matters ? 0.92 : 0.7,
    quotes: quoteLine(database.tables?.evidence, `${name} `, 'autovacuum_enabled'),
    ...(isPlain(table.schema, table.table) ? { remedy: { kind: 'postgres.table_option', target: database.name, schema: table.schema, table: table.table, option: 'autovacuum_enabled', value: null } satisfies Action } : {}),
  }];
}

function offForServer(database: DatabaseReading): FindingBody[] {
  const off = serverOff(database);
  if (off === undefined) return [];
  return [{
    severity: 'warning',
    resource: `setting/${database.name}/autovacuum`,
    mechanism: 'autovacuum-off',
    title: 'Autovacuum is switched off for the whole server',
    explanation: 'Dead rows pile up in every table, statistics grow old, and in the end the server stops taking writes to protect its transaction ids. Switching it on takes effect with a reload; tables that are far behind may be vacuumed by hand first.',
    confidence: 0.95,
    quotes: quoteLine(database.overrides?.evidence, 'autovacuum', off.value),
    remedy: { kind: 'postgres.alter_setting', target: database.name, scope: 'system', setting: 'autovacuum', value: null },
  }];
}

function serverOff(database: DatabaseReading): { value: string } | undefined {
  return database.overrides?.value.find(({ setting, scope, value }) => setting === 'autovacuum' && scope === 'system' && /^(?:off|false|no|0)\b/i.test(value));
}

function isOff({ options = [] }: TableStatistics): boolean {
  return options.some((option) => /^autovacuum_enabled=(?:off|false|no|0)$/i.test(option));
}

/** Milliseconds of the slowest busy statement that reads the table. */
function costliest(database: DatabaseReading, { schema, table }: TableStatistics): number | undefined {
  const word = new RegExp(`(?<![\\w$])${table.replaceAll(/[^\w]/g, '\\$&')}(?![\\w$])`, 'i');
  const reads = (database.plans?.value ?? []).filter((plan) => plan.tables?.includes(`${schema}.${table}`) ?? word.test(plan.query));
  const slow = reads.flatMap(({ meanMilliseconds: mean, calls }) => (mean !== null && (mean >= slowMilliseconds || (calls ?? 0) * mean >= hotMilliseconds) ? [mean] : []));
  return slow.length === 0 ? undefined : Math.max(...slow);
}
