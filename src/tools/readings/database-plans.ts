/** Which statements take the time now, and which of their plans scan whole tables. Nothing is executed: EXPLAIN without ANALYZE. */
import type { StatementPlan } from '../../rules/readings.ts';
import type { ReadOnlyConnection } from '../sql/connection.ts';
import * as queries from './database-queries.ts';
import { filterOfTree, scansOfPlan, tablesOfPlan } from './plan-scans.ts';
import { withoutLiterals } from '../sql/without-literals.ts';
import { explainable } from './statements.ts';
import type { KnownTable } from './statements.ts';

export interface BusyStatement {
  query: string;
  calls: number | null;
  meanMilliseconds: number | null;
  /** Milliseconds it took within the time that was watched; what the list is sorted by. */
  weight: number;
  /** Who ran it. */
  roles: string[];
}

type Snapshot = Map<string, { query: string; calls: number; milliseconds: number; role: string | null }>;

const windowMilliseconds = 1_500;
const samples = 8;
const mostExplained = 12;
const fewestSamples = 3;
const queryMilliseconds = 2_000;

interface Time {
  signal: AbortSignal;
  patience(): number;
}

/**
 * Watches for about 1.5 s, on a slow machine with fewer looks. `statementsSchema`: where pg_stat_statements lives, null when it is not installed.
 * `denied` says why the statistics of statements could not be read.
 */
export async function busyStatements(connection: ReadOnlyConnection, statementsSchema: string | null, { signal, patience }: Time): Promise<{ statements: BusyStatement[]; denied?: unknown }> {
  let denied: unknown;
  const snapshot = async (withText: boolean): Promise<Snapshot | undefined> => {
    if (statementsSchema === null || denied !== undefined) return undefined;
    try {
      const { rows } = await connection.query<{ id: string; query: string; calls: number; milliseconds: number; role: string | null }>(queries.statementTotals(statementsSchema, withText), [], { timeoutMilliseconds: queryMilliseconds * patience(), signal });
      return new Map(rows.filter((row) => row.id !== null).map((row) => [JSON.stringify([row.id, row.role]), row]));
    } catch (error) {
      denied = error;
      return undefined;
    }
  };
  const before = await snapshot(false);
  const seen: Sightings = new Map();
  const began = performance.now();
  for (let sample = 0; sample < samples && !signal.aborted; sample += 1) {
    const late = performance.now() - began - (sample * windowMilliseconds) / samples;
    if (sample >= fewestSamples && late > windowMilliseconds) break;
    const { rows } = await connection.query<{ query: string; milliseconds: number; role: string }>(queries.running, [], { timeoutMilliseconds: queryMilliseconds * patience(), signal });
    for (const row of rows) {
      const entry = seen.get(row.query) ?? { hits: 0, longest: 0, roles: [] };
      seen.set(row.query, { hits: entry.hits + 1, longest: Math.max(entry.longest, row.milliseconds), roles: union(entry.roles, [row.role]) });
    }
    await pause(windowMilliseconds / samples, signal);
  }
  const after = await snapshot(true);
  const fromStatistics = before !== undefined && after !== undefined ? recent(before, after) : [];
  const statements = await merge([...(await sampled(seen)), ...fromStatistics]);
  return { statements, ...(denied === undefined ? {} : { denied }) };
}

/** Statements seen at work: long ones, and ones met again and again. */
async function sampled(seen: Sightings): Promise<BusyStatement[]> {
  const byText: Sightings = new Map();
  for (const [text, { hits, longest, roles }] of seen) {
    const normalised = await withoutLiterals(text);
    const entry = byText.get(normalised) ?? { hits: 0, longest: 0, roles: [] };
    byText.set(normalised, { hits: entry.hits + hits, longest: Math.max(entry.longest, longest), roles: union(entry.roles, roles) });
  }
  return [...byText]
    .filter(([, { hits, longest }]) => longest > 200 || hits >= 2)
    .map(([text, { hits, longest, roles }]) => ({ query: text, calls: null, meanMilliseconds: longest, weight: Math.max(longest, (hits * windowMilliseconds) / samples), roles }));
}

type Sightings = Map<string, { hits: number; longest: number; roles: string[] }>;

const union = (left: readonly string[], right: readonly string[]): string[] => [...new Set([...left, ...right])];

function recent(before: Snapshot, after: Snapshot): BusyStatement[] {
  const now: BusyStatement[] = [];
  const longTerm: BusyStatement[] = [];
  for (const [id, { query: text, calls, milliseconds, role }] of after) {
    const roles = role === null ? [] : [role];
    const earlier = before.get(id);
    const newCalls = calls - (earlier?.calls ?? 0);
    const spent = milliseconds - (earlier?.milliseconds ?? 0);
    if (newCalls > 0 && spent > 0) now.push({ query: text, calls: newCalls, meanMilliseconds: spent / newCalls, weight: spent, roles });
    else if (calls >= 5 && milliseconds / calls >= 100) longTerm.push({ query: text, calls: 0, meanMilliseconds: milliseconds / calls, weight: 0, roles });
  }
  return [...now.sort((left, right) => right.weight - left.weight).slice(0, mostExplained), ...longTerm.slice(0, 4)];
}

/** One entry for a text; measured counts win over what sampling guessed. */
async function merge(statements: BusyStatement[]): Promise<BusyStatement[]> {
  const merged = new Map<string, BusyStatement>();
  for (const statement of statements) {
    const text = await withoutLiterals(statement.query);
    const other = merged.get(text);
    merged.set(text, other === undefined ? { ...statement, query: text } : { query: text, calls: statement.calls ?? other.calls, meanMilliseconds: Math.max(other.meanMilliseconds ?? 0, statement.meanMilliseconds ?? 0), weight: Math.max(other.weight, statement.weight), roles: union(other.roles, statement.roles) });
  }
  return [...merged.values()].sort((left, right) => right.weight - left.weight).slice(0, mostExplained + 4);
}

/** Explains each; a statement that can't be explained is read from its text when that is certain, and left without scans otherwise. */
export async function plansOf(
  connection: ReadOnlyConnection,
  statements: readonly BusyStatement[],
  known: { genericPlans: boolean; tables: readonly KnownTable[]; leading: ReadonlySet<string> },
  { signal, patience }: Time,
): Promise<{ plan: StatementPlan; how: string }[]> {
  const plans: { plan: StatementPlan; how: string }[] = [];
  for (const { query: text, calls, meanMilliseconds, roles } of statements) {
    const statement = await explainable(text, known.tables);
    const base = { query: text, calls, meanMilliseconds, ...(roles.length === 0 ? {} : { roles }) };
    if (statement === undefined || signal.aborted) {
      // BEGIN and its like have no plan, and no table to scan.
      const unexplained = statement !== undefined ? 'stopped' : /^\s*(?:select|insert|update|delete|merge|with)\b/i.test(text) ? 'refused' : undefined;
      plans.push({ plan: { ...base, filteredScans: [], ...(unexplained === undefined ? {} : { unexplained }) }, how: 'not explained' });
      continue;
    }
    try {
      const explained = await planOf(connection, statement.text, plans.length, known.genericPlans, { signal, patience });
      plans.push({ plan: { ...base, filteredScans: scansOfPlan(explained), tables: tablesOfPlan(explained) }, how: 'plan' });
    } catch (error) {
      const filter = filterOfTree(statement, known.tables);
      const certain = filter !== undefined && !filter.columns.some((column) => known.leading.has(`${filter.schema}.${filter.table}.${column}`));
      plans.push({ plan: { ...base, filteredScans: certain ? [{ ...filter, estimatedRows: 0 }] : [], ...(certain ? {} : { unexplained: isOutOfTime(error) ? 'stopped' : 'refused' }) }, how: 'read from the text' });
    }
  }
  return plans;
}

/**
 * A text with $n is prepared and planned for any value, not for NULL: that needs plan_cache_mode=force_generic_plan in
 * the session (`genericPlans`). Throws SqlReadError, and for $n without generic plans.
 */
async function planOf(connection: ReadOnlyConnection, text: string, number: number, genericPlans: boolean, { signal, patience }: Time): Promise<unknown> {
  const limits = { timeoutMilliseconds: queryMilliseconds * patience(), signal };
  const parameters = Math.max(0, ...[...text.matchAll(/\$(\d{1,3})\b/g)].map((match) => Number(match[1])));
  if (parameters > 0 && !genericPlans) throw new Error('no generic plans in this session');
  const name = `sre_agent_${number}`;
  if (parameters > 0) await connection.query(`PREPARE ${name} AS ${text}`, [], limits);
  const explained = parameters > 0 ? `EXECUTE ${name}(${Array.from({ length: parameters }, () => 'NULL').join(', ')})` : text;
  const { rows } = await connection.query<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON, VERBOSE) ${explained}`, [], limits);
  const raw = rows[0]?.['QUERY PLAN'];
  return typeof raw === 'string' ? JSON.parse(raw) : raw;
}

function isOutOfTime(error: unknown): boolean {
  return ['TIMEOUT', 'ABORTED'].includes(String((error as { code?: unknown } | null)?.code));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
