/** Reads one PostgreSQL database into a DatabaseReading, over one connection. */
import type { DatabaseTarget } from '../../config/targets.ts';
import type { Evidence } from '../../incident/types.ts';
import type { DatabaseReading, Session, SettingOverride, TableStatistics } from '../../rules/readings.ts';
import type { ReadOnlyConnection } from '../sql/connection.ts';
import { openForPlans } from '../sql/open-for-plans.ts';
import { reopening } from '../sql/reopening.ts';
import { stayedBlocking } from '../../rules/two-looks.ts';
import { list } from '../../rules/words.ts';
import { busyStatements, plansOf } from './database-plans.ts';
import * as queries from './database-queries.ts';
import type { ReaderContext } from './reader.ts';
import { unreadOf } from './reader.ts';
import { withoutLiterals } from '../sql/without-literals.ts';
import { connectionTable, sessionTable, useOf } from './session-tables.ts';
import { readCounters, readServer, readState } from './database-state.ts';
import { textTable } from './text-table.ts';

interface Server {
  generic_plans: boolean;
  limit: number;
  reserved: number;
  standby?: boolean;
  statements_schema: string | null;
}

type SessionRow = Omit<Session, 'backendStart' | 'elsewhere' | 'stateSeconds' | 'transactionSeconds' | 'waitEventType' | 'waitEvent' | 'blockedBy'> & {
  backend_start: string;
  state_seconds: number;
  transaction_seconds: number | null;
  wait_event_type: string | null;
  wait_event: string | null;
  blocked_by: number[];
  elsewhere: boolean;
};

const partNames = { sessions: 'sessions', connections: 'connections', overrides: 'settings', tables: 'tables', indexes: 'indexes', plans: 'plans of statements' } as const;

/** Never throws: what can't be read is in `unread`, with the SQLSTATE or errno. */
export async function readDatabase(target: DatabaseTarget, context: ReaderContext): Promise<DatabaseReading> {
  const reading: DatabaseReading = { name: target.name, unread: [] };
  let connection: ReadOnlyConnection | undefined;
  try {
    const { signal, log, patience = () => 1 } = context;
    const url = target.read.reveal();
    connection = await reopening(() => openForPlans(url, { applicationName: 'sre-agent', connectTimeoutMilliseconds: 6_000 * patience(), signal, ...(log ? { log } : {}) }));
    await fill(reading, connection, context);
  } catch (error) {
    const missing = (Object.keys(partNames) as (keyof typeof partNames)[]).filter((part) => reading[part] === undefined).map((part) => partNames[part]);
    const plain = unreadOf(`database ${target.name}`, error);
    if (connection !== undefined && missing.length === 0) return reading;
    const why = context.signal.aborted ? 'the time for this target was up' : plain.message;
    const unread = connection === undefined ? plain : { ...plain, message: `${list(missing)} (${why})` };
    const evidence = await context.record('database', 'postgres_connect', { command: connection === undefined ? `psql ${target.name} -c "SELECT 1"` : `psql ${target.name}`, output: unread.message, failed: true }).catch(() => undefined);
    reading.unread.push(evidence === undefined ? unread : { ...unread, evidence });
  } finally {
    void connection?.close();
  }
  return reading;
}

async function fill(reading: DatabaseReading, connection: ReadOnlyConnection, { record, signal, patience = () => 1 }: ReaderContext): Promise<void> {
  const rowsOf = async <R>(text: string, values?: readonly unknown[]): Promise<R[]> => (await connection.query<R>(text, values, { timeoutMilliseconds: 3_000 * patience(), signal })).rows;
  const keep = (tool: string, statement: string, output: string): Promise<Evidence> => record('database', tool, { command: `psql ${reading.name} -c "${statement.replace(/\s+/g, ' ')}"`, output });
  /** One part that fails leaves the others alone, unless the whole target is out of time. */
  const part = async (what: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (signal.aborted) throw error;
      reading.unread.push(unreadOf(`${what} of database ${reading.name}`, error));
    }
  };

  const [server = { generic_plans: false, limit: 0, reserved: 0, statements_schema: null }] = await rowsOf<Server>(queries.aboutServer);
  if (server.standby !== undefined) reading.standby = server.standby;
  const state = { rowsOf, keep, part };
  let counted = { temporaryBytes: 0, deadlocks: 0 };
  await part('counters', async () => {
    counted = await readCounters(state);
  });
  let looked: Session[] | undefined;
  const look = (): Promise<void> =>
    part('sessions', async () => {
      const now = await Promise.all((await rowsOf<SessionRow>(queries.sessions)).map(toSession));
      looked = looked === undefined ? now : stayedBlocking(looked, now);
    });
  await look();
  try {
    await readTheRest();
    // Again, since what was blocked for a moment two seconds ago is no finding; the rules get the later look.
    await look();
  } finally {
    if (looked !== undefined) await keepSessions(looked, server);
  }

  async function readTheRest(): Promise<void> {
    // The cheapest first, and of what plans are judged by nothing after them: time may run out.
    await part('settings', async () => {
      const rows = await rowsOf<{ setting: string; scope: SettingOverride['scope']; role: string | null; in_database: boolean; value: string; default_value: string | null }>(queries.overrides, [queries.limitingSettings]);
      const value = rows.map(({ default_value, in_database, ...row }): SettingOverride => ({ ...row, defaultValue: default_value, ...(in_database ? { inDatabase: true } : {}) }));
      const evidence = await keep('postgres_settings', queries.overrides, textTable(['setting', 'set for', 'value', 'default'], value.map((override) => [override.setting, scopeOf(override), override.value, override.defaultValue])));
      reading.overrides = { value, evidence };
    });
    await part('tables', async () => {
      const rows = await rowsOf<Record<string, unknown>>(queries.tables);
      const value = rows.map(toTable);
      const evidence = await keep('postgres_tables', queries.tables, textTable(['table', 'rows', 'sequential scans', 'rows read by them', 'index scans', 'dead rows', 'last autovacuum', 'changed since analysed', 'last analysed', 'rows as planned', 'options'], value.map((table) => [`${table.schema}.${table.table}`, table.rows, table.sequentialScans, table.sequentialRowsRead, table.indexScans, table.deadRows, table.lastAutovacuum, table.modifiedSinceAnalyze, table.lastAnalyze, table.plannedRows, table.options])));
      reading.tables = { value, evidence };
    });
    await part('indexes', async () => {
      const value = await rowsOf<NonNullable<DatabaseReading['indexes']>['value'][number]>(queries.indexes);
      const evidence = await keep('postgres_indexes', queries.indexes, textTable(['table', 'index', 'columns', 'state'], value.map((index) => [`${index.schema}.${index.table}`, index.index, `(${index.columns.join(', ')})${index.partial === true ? ' partial' : ''}${index.unique ? ' unique' : ''}`, index.valid ? 'valid' : 'INVALID'])));
      reading.indexes = { value, evidence };
    });
    await readState(reading, state, server.statements_schema);
    await part('statements', async () => {
      const { statements, denied } = await busyStatements(connection, server.statements_schema, { signal, patience });
      if (denied !== undefined) reading.unread.push(unreadOf(`pg_stat_statements of database ${reading.name}`, denied));
      const tables = reading.tables?.value ?? [];
      const leading = new Set((reading.indexes?.value ?? []).filter((index) => index.valid && index.partial !== true).map((index) => `${index.schema}.${index.table}.${index.columns[0] ?? ''}`));
      const plans = await plansOf(connection, statements, { genericPlans: server.generic_plans, tables, leading }, { signal, patience });
      const lines = plans.map(({ plan, how }) => [plan.meanMilliseconds?.toFixed(1), plan.calls, plan.filteredScans.map((scan) => `Seq Scan on ${scan.schema}.${scan.table} filtering by (${scan.columns.join(', ')})`).join('; ') || (plan.unexplained !== undefined || how === 'not explained' ? 'not explained' : 'no filtered sequential scan'), plan.query.slice(0, 240)]);
      const evidence = await keep('postgres_statements', 'EXPLAIN (GENERIC_PLAN, VERBOSE) ...', textTable(['mean ms', 'calls', 'plan', 'statement'], lines));
      reading.plans = { value: plans.map(({ plan }) => plan), evidence };
    });
    await readServer(reading, state, counted);
  }

  async function keepSessions(value: Session[], { limit, reserved }: Server): Promise<void> {
    if (value.length > 0 && value.every((session) => session.state === 'unknown')) reading.unread.push({ what: `sessions of database ${reading.name}`, message: "other sessions' state is hidden: grant pg_monitor to the read role", code: '42501' });
    const connections = useOf(value, limit, reserved);
    reading.sessions = { value, evidence: await keep('postgres_sessions', queries.sessions, sessionTable(value)) };
    reading.connections = { value: connections, evidence: await keep('postgres_connections', "SELECT usename, application_name, count(*), count(*) FILTER (WHERE state LIKE 'idle%') FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2", connectionTable(connections)) };
  }
}

async function toSession(row: SessionRow): Promise<Session> {
  return {
    pid: row.pid, backendStart: row.backend_start, user: row.user, application: row.application, client: row.client, state: row.state ?? 'unknown',
    stateSeconds: Math.max(0, row.state_seconds ?? 0), transactionSeconds: row.transaction_seconds, waitEventType: row.wait_event_type, waitEvent: row.wait_event,
    blockedBy: row.blocked_by, query: await withoutLiterals(row.query ?? ''), ...(row.elsewhere ? { elsewhere: true } : {}),
  };
}

function toTable(row: Record<string, unknown>): TableStatistics {
  return {
    schema: String(row['schema']), table: String(row['table']), rows: Number(row['rows']), sequentialScans: Number(row['sequential_scans']), sequentialRowsRead: Number(row['sequential_rows_read']),
    indexScans: Number(row['index_scans']), deadRows: Number(row['dead_rows']), lastAutovacuum: row['last_autovacuum'] === null ? null : String(row['last_autovacuum']),
    modifiedSinceAnalyze: Number(row['modified']), lastAnalyze: row['last_analyze'] === null ? null : String(row['last_analyze']), analyzedSecondsAgo: row['analyzed_seconds'] === null ? null : Number(row['analyzed_seconds']),
    plannedRows: Number(row['planned_rows']), options: Array.isArray(row['options']) ? row['options'].map(String) : [],
  };
}

function scopeOf(override: SettingOverride): string {
  if (override.scope === 'role') return `role ${override.role ?? ''}${override.inDatabase === true ? ' in this database' : ''}`;
  return override.scope === 'database' ? 'this database' : 'the whole server';
}
