/** postgres.analyze and postgres.vacuum: fresh statistics and room for new rows, while reads and writes go on. */
import type { z } from 'zod';
import type { ActionOf } from '../../action.ts';
import { ExecutionError, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { analyzeSchema, vacuumSchema } from '../../postgres-actions.ts';
import type { ActionKind, ChangeOf } from '../kind.ts';
import { moved } from '../moved.ts';
import { qualified } from '../postgres/quote.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { readOwnTable, size } from '../postgres/tables.ts';
import { plural } from '../words.ts';

type Action = ActionOf<'postgres.analyze'> | ActionOf<'postgres.vacuum'>;

/** How long it may work; a VACUUM that is cut off keeps what it has done. */
const deadlineMilliseconds = 60 * 60_000;
/** Another vacuum, a concurrent build or DDL on the table: we come back rather than wait in its queue. */
const lockTimeout = '5s';

export const analyzeKind = maintenanceKind('postgres.analyze', analyzeSchema);
export const vacuumKind = maintenanceKind('postgres.vacuum', vacuumSchema);

function maintenanceKind<A extends Action>(kind: A['kind'], schema: z.ZodType<A>): ActionKind<A> {
  return {
    kind,
    schema,
    lockKey: lockKeyOf,
    risk: (_action, { tableRows = 0 }) => (tableRows < 50_000_000 ? { level: 'low', reasons: ['what autovacuum does by itself'] } : { level: 'medium', reasons: ['what autovacuum does by itself, but on over 50 million rows it reads for long'] }),
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session)),
    drift: (change, fresh) => moved(change, fresh),
    execute: (change, context) => withSession(change.action.target, context, (session) => execute(change, session)).catch((error: unknown) => {
      throw executionError(error, change.command[0] ?? '');
    }),
    check: (change, context) => withSession(change.action.target, context, (session) => check(change, session)),
    previewUndo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
    undo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
    checkUndone: () => Promise.resolve({ ok: false, details: [nothingToUndo] }),
  };
}

const nothingToUndo = 'No row was changed: there is nothing to take back.';

async function prepare(action: Action, session: Session) {
  const table = await readOwnTable(action, session, 'maintainer');
  const name = `${action.schema}.${action.table}`;
  if (table.kind !== 'r' && table.kind !== 'm') throw new RefusedError(table.kind === 'p' ? `${name} is partitioned: name the partition.` : `${name} is not a table.`);
  const now = await readActivity(table.oid, session);
  const vacuum = action.kind === 'postgres.vacuum';
  return {
    command: [statement(action)],
    preview: [
      `Table ${name}: ${size(table)}; ${plural(now.dead, 'dead row')}, ${plural(now.changed, 'row')} changed since the statistics were made.`,
      `Last analysed: ${now.analysed ?? 'never'}. Last vacuumed: ${now.vacuumed ?? 'never'}.`,
      ...(vacuum && now.oldest !== null ? [`Rows that died since ${now.oldest.start.slice(0, 19)} must stay for session ${now.oldest.pid} (${now.oldest.state}): while its transaction is open, vacuum can't take them.`] : []),
      vacuum ? 'Room is made for new rows; the file stays as big as it is, so nobody is locked out.' : 'It reads a sample of the table.',
    ].join('\n'),
    resolved: { server: await serverIdentity(session), table: table.oid },
    undo: { kind: 'not_needed' as const, command: [], description: nothingToUndo },
    checks: [`${name} was ${vacuum ? 'vacuumed' : 'analysed'} after this began`],
    blastRadius: `Table ${name} (${size(table)}): reads and writes go on; disk work, and plans of its queries may change.`,
    facts: { online: true, reversible: true, tableRows: Math.max(0, Math.round(table.rows)) },
  };
}

/** TRUNCATE FALSE: giving the end of the file back would lock everybody out for a moment, and on standbys for longer. */
function statement(action: Action): string {
  const table = qualified(action.schema, action.table);
  if (action.kind === 'postgres.analyze') return `ANALYZE ${table}`;
  return `VACUUM (TRUNCATE FALSE${action.analyze === true ? ', ANALYZE' : ''}) ${table}`;
}

interface Activity {
  dead: number;
  changed: number;
  analysed: string | null;
  vacuumed: string | null;
  oldest: { pid: number; start: string; state: string } | null;
}

async function readActivity(table: number, session: Session): Promise<Activity> {
  const [row] = await session.query<Activity>(
    `SELECT coalesce(s.n_dead_tup, 0)::int8::float8 AS dead, coalesce(s.n_mod_since_analyze, 0)::int8::float8 AS changed,
            greatest(s.last_analyze, s.last_autoanalyze)::text AS analysed, greatest(s.last_vacuum, s.last_autovacuum)::text AS vacuumed,
            (SELECT json_build_object('pid', a.pid, 'start', a.xact_start, 'state', a.state) FROM pg_stat_activity a
              WHERE a.backend_xmin IS NOT NULL AND a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start < clock_timestamp() - interval '1 minute' ORDER BY age(a.backend_xmin) DESC LIMIT 1) AS oldest
       FROM (SELECT 1) AS one LEFT JOIN pg_stat_all_tables s ON s.relid = $1::oid`,
    [table],
  );
  return row ?? { dead: 0, changed: 0, analysed: null, vacuumed: null, oldest: null };
}

async function execute({ action, command: [running = ''], resolved }: ChangeOf<Action>, session: Session): Promise<{ output: string; written: Record<string, unknown> }> {
  const now = await readOwnTable(action, session, 'maintainer');
  if (now.oid !== resolved['table']) throw new ExecutionError(`Nothing was done: ${action.schema}.${action.table} is another table than the one that was approved.`, 'none');
  const [begun] = await session.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
  await session.query('SELECT set_config($1, $2, false)', ['lock_timeout', lockTimeout]);
  await session.query(running, [], deadlineMilliseconds);
  return { output: running.split(' ')[0] ?? '', written: { begun: begun?.at ?? '' } };
}

/** PostgreSQL warns and does nothing where the right is missing: so the time is looked at, not the answer. */
async function check({ action, resolved, written }: ChangeOf<Action>, session: Session) {
  const name = `${action.schema}.${action.table}`;
  const column = action.kind === 'postgres.analyze' ? 'last_analyze' : 'last_vacuum';
  const [row] = await session.query<{ at: string | null; done: boolean | null }>(`SELECT ${column}::text AS at, ${column} >= $2::timestamptz AS done FROM pg_stat_all_tables WHERE relid = $1::oid`, [resolved['table'], written?.['begun'] ?? null]);
  return { ok: row?.done === true, details: [`${name} was last ${action.kind === 'postgres.analyze' ? 'analysed' : 'vacuumed'} ${row?.at ?? 'never'}`] };
}
