/** postgres.rows: a known number of rows updated or deleted, and kept in the same transaction, so that the undo is faithful. */
import { createHash } from 'node:crypto';
import type { ActionOf } from '../../action.ts';
import { canonicalJson } from '../../canonical-json.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { rowsSchema } from '../../postgres-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, Check, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { readAtOnce, runTransaction } from '../postgres/transaction.ts';
import { plural } from '../words.ts';
import { hashOfKept, keptBy, refuseUnkept, useTextFormats } from './kept.ts';
import { describeRows } from './show.ts';
import { foundRows, selectRows, statement, undoWrites, writes } from './statements.ts';
import { lockRowTable, readRowTable } from './table.ts';

type Action = ActionOf<'postgres.rows'>;

/** However many the action says. */
const mostRows = 1000;

export const rowsKind: ActionKind<Action> = {
  kind: 'postgres.rows',
  schema: rowsSchema,
  lockKey: lockKeyOf,
  risk: ({ operation }, { rows }) => ofRows(operation, rows ?? Number.POSITIVE_INFINITY),
  prepare: (action, context) => withSession(action.target, context, async (session) => {
    await readRowTable(action, session);
    return readAtOnce(session, () => prepare(action, session));
  }),
  drift: (change, fresh) => (change.resolved['before'] === fresh.resolved['before'] ? moved(change, fresh) : 'the rows are not what they were when this was approved'),
  execute,
  check: (change, context) => withSession(change.action.target, context, (session) => check(change, session)),
  previewUndo: (change, context) => withSession(change.action.target, context, (session) => readAtOnce(session, () => previewUndo(change, session))),
  undo: (change, context) => withSession(change.action.target, context, (session) => undo(change, session)),
  checkUndone: (change, context) => withSession(change.action.target, context, (session) => readAtOnce(session, () => checkUndone(change, session))),
};

async function prepare(action: Action, session: Session) {
  await lockRowTable(action, session);
  await useTextFormats(session);
  const server = await serverIdentity(session);
  const table = await readRowTable(action, session);
  await refuseUnkept(session);
  const plan = await session.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${statement(action)}`).catch((error: unknown) => {
    throw new RefusedError(`PostgreSQL would not do this: ${messageOf(error)}.`);
  });
  const rows = await session.query<{ before: string }>(selectRows(action, table, ` LIMIT ${mostRows + 1}`));
  if (rows.length !== action.expected_rows) {
    throw new RefusedError(`That is ${rows.length > mostRows ? `more than ${mostRows} rows` : plural(rows.length, 'row')}, not ${action.expected_rows}: look again at what it would touch.`);
  }
  const before = hashOfKept(rows);
  const id = createHash('sha256').update(canonicalJson([action, server, table.oid, before])).digest('hex').slice(0, 32);
  const updates = action.operation === 'update';
  return {
    command: writes(action, table, id),
    equivalent: statement(action),
    preview: [
      `${plural(rows.length, 'row')} of ${action.schema}.${action.table}${table.rows > 0 ? `, which holds about ${plural(Math.round(table.rows), 'row')}` : ''}.`,
      ...describeRows(action, table, rows),
      `How it finds them: ${plan.slice(1).map((line) => line['QUERY PLAN'].trim().replace(/^->\s*/, '')).join('; ').slice(0, 500)}.`,
      'No trigger, rule, row security or cascading foreign key makes it touch more.',
    ].join('\n'),
    resolved: { server, table: table.oid, columns: table.columns, key: table.key, rows: rows.length, before, kept: id },
    undo: {
      kind: 'automatic' as const,
      command: undoWrites(action, table, id),
      description: updates ? 'Puts the values before back from the rows that were kept, all of them or none, if they still hold what was written.' : 'Puts the rows back from those that were kept, all of them or none, if nobody has used their keys since.',
    },
    checks: [`${plural(rows.length, 'row')} written in one transaction, and kept as they were before`],
    blastRadius: `${plural(rows.length, 'row')} of ${action.schema}.${action.table} ${updates ? `(${Object.keys(action.set ?? {}).join(', ')})` : '(deleted)'}; nothing else.`,
    facts: { online: true, reversible: true, rows: rows.length, tableRows: Math.max(0, Math.round(table.rows)) },
  };
}

async function execute(change: ChangeOf<Action>, context: KindContext): Promise<{ output: string; written: Record<string, unknown> }> {
  const { action, resolved, command } = change;
  const expected = Number(resolved['rows']);
  let transaction = '';
  await withSession(action.target, context, (session) =>
    runTransaction(session, command, {
      async before() {
        await lockRowTable(action, session);
        await useTextFormats(session);
        const table = await readRowTable(action, session);
        // Locked, so that from here on nobody else changes them; who did since the first look makes this fail.
        const rows = table.oid === resolved['table'] ? await session.query<{ before: string }>(selectRows(action, table, ` LIMIT ${mostRows + 1} FOR UPDATE`)) : [];
        if (hashOfKept(rows) !== resolved['before']) throw new ExecutionError('Nothing was changed: those rows are not what they were when this was approved.', 'none');
        transaction = (await session.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id'))[0]?.id ?? '';
      },
      async after(running, rows) {
        if (rows !== expected) throw new ExecutionError(`Nothing was changed: ${plural(rows, 'row')} instead of ${expected} in: ${running}`, 'none');
        await context.checkpoint();
      },
    }),
  ).catch((error: unknown) => {
    throw error instanceof RefusedError ? executionError(error, '') : error;
  });
  return { output: `${action.operation === 'update' ? 'UPDATE' : 'DELETE'} ${expected}`, written: { transaction } };
}

/** That the rows were kept by our transaction proves that it was committed. What the application writes into them afterwards is its own affair. */
async function check({ action, resolved, written }: ChangeOf<Action>, session: Session): Promise<Check> {
  await useTextFormats(session);
  const id = String(resolved['kept']);
  const kept = written === undefined ? 0 : await keptBy(id, String(written['transaction']), session);
  if (kept !== resolved['rows']) return { ok: false, details: ['the rows were not written'] };
  const table = await readRowTable(action, session);
  const still = action.operation === 'update' ? (await session.query(foundRows(action, table, id, 'new'))).length : kept - (await session.query(foundRows(action, table, id, 'any'))).length;
  return { ok: true, details: [`${plural(kept, 'row')} written in one transaction; ${still === kept ? 'all of them' : `${still} of them`} ${still === 1 ? 'is' : 'are'} as it left them`] };
}

/** Throws UndoRefusedError when what was kept was altered, or the rows are no longer what was written. */
async function undoable({ action, resolved }: ChangeOf<Action>, session: Session, suffix = ''): Promise<void> {
  const id = String(resolved['kept']);
  const rows = await session.query<{ before: string }>('SELECT before::text FROM "sre_agent"."rows_before" WHERE id = $1 ORDER BY position', [id]);
  if (hashOfKept(rows) !== resolved['before']) throw new UndoRefusedError('What was kept of the rows is gone or was altered: nothing was put back.');
  const table = await readRowTable(action, session).catch((error: unknown) => {
    throw error instanceof RefusedError ? new UndoRefusedError(error.message) : error;
  });
  if (table.oid !== resolved['table'] || canonicalJson(table.columns) !== canonicalJson(resolved['columns'])) throw new UndoRefusedError('The table is another one since, or has other columns: nothing was put back.');
  const updates = action.operation === 'update';
  const found = (await session.query(foundRows(action, table, id, updates ? 'new' : 'any', suffix))).length;
  if (updates && found !== rows.length) throw new UndoRefusedError(`Only ${found} of ${plural(rows.length, 'row')} still ${found === 1 ? 'holds' : 'hold'} what was written: somebody changed the rest since. All were left alone.`);
  if (!updates && found > 0) throw new UndoRefusedError(`${plural(found, 'row')} with the same key ${found === 1 ? 'is' : 'are'} there again. Nothing was put back.`);
}

async function previewUndo(change: ChangeOf<Action>, session: Session) {
  await useTextFormats(session);
  await undoable(change, session);
  const rows = plural(Number(change.resolved['rows']), 'row');
  return {
    preview: change.action.operation === 'update' ? `Puts the values before back into ${rows}, all of which still hold what was written.` : `Puts ${rows} back; none of their keys is in use again.`,
    resolved: { server: await serverIdentity(session), before: change.resolved['before'] },
  };
}

async function undo(change: ChangeOf<Action>, session: Session): Promise<{ output: string }> {
  const { action, resolved, undo: { command } } = change;
  await runTransaction(session, command, {
    async before() {
      await lockRowTable(action, session);
      await useTextFormats(session);
      await undoable(change, session, ' FOR UPDATE OF t');
    },
    async after(_running, rows) {
      if (rows !== resolved['rows']) throw new UndoRefusedError(`${plural(rows, 'row')} would be put back instead of ${String(resolved['rows'])}: nothing was.`);
      return Promise.resolve();
    },
  }).catch((error: unknown) => {
    // Serialization failure, or a key that was taken in this moment.
    if (error instanceof ExecutionError && /\[(40001|23505)\]/.test(error.message)) throw new UndoRefusedError(`Somebody changed those rows meanwhile: nothing was put back (${error.message}).`);
    throw error;
  });
  return { output: `${plural(Number(resolved['rows']), 'row')} put back` };
}

async function checkUndone({ action, resolved }: ChangeOf<Action>, session: Session): Promise<Check> {
  await useTextFormats(session);
  const table = await readRowTable(action, session);
  const id = String(resolved['kept']);
  const [kept] = await session.query('SELECT FROM "sre_agent"."rows_before" WHERE id = $1 LIMIT 1', [id]);
  // Nothing was kept: then nothing was ever written, and the rows are looked at themselves.
  if (!kept && hashOfKept(await session.query<{ before: string }>(selectRows(action, table, ` LIMIT ${mostRows + 1}`))) === resolved['before']) return { ok: true, details: ['the rows are as they were'] };
  const back = (await session.query(foundRows(action, table, id, 'old'))).length;
  return { ok: back === resolved['rows'], details: [`${back} of ${plural(Number(resolved['rows']), 'row')} as before`] };
}

function ofRows(operation: Action['operation'], rows: number): Assessment {
  const most = operation === 'delete' ? 10 : 100;
  if (rows > most) return { level: 'high', reasons: [`${plural(rows, 'row')} of the application's data at once`] };
  return { level: 'medium', reasons: [`${plural(rows, 'row')} of the application's data, kept and put back by the undo`] };
}
