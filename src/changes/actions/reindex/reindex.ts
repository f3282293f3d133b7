/** postgres.reindex: the same index built anew beside the old one, and put in its place, while reads and writes go on. */
import type { ActionOf } from '../../action.ts';
import { StoppedError } from '../../../incident/stopped-error.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { reindexSchema } from '../../postgres-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { BuildLimits } from '../postgres/build-index.ts';
import { buildLimits } from '../postgres/build-index.ts';
import { indexNamed, readIndex, refuseLongHolders, usage } from '../postgres/indexes.ts';
import { qualified } from '../postgres/quote.ts';
import type { OwnBackend } from '../postgres/remains.ts';
import { ownBackend } from '../postgres/remains.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { bytes, plural } from '../words.ts';
import { dropHelpers, helpersOf } from './helpers.ts';

type Action = ActionOf<'postgres.reindex'>;

export function reindexKind(overrides: Partial<BuildLimits> = {}): ActionKind<Action> {
  const limits = { ...buildLimits, ...overrides };
  return {
    kind: 'postgres.reindex',
    schema: reindexSchema,
    lockKey: lockKeyOf,
    risk: (_action, { tableRows }) => ofRebuild(tableRows ?? Number.POSITIVE_INFINITY),
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, limits)),
    drift: (change, fresh) => moved(change, fresh),
    execute: (change, context) => rebuild(change, context, limits),
    async check({ action, resolved, written }, context) {
      const index = await withSession(action.target, context, (session) => indexNamed(action.schema, action.index, session));
      const ok = index !== undefined && index.valid && index.oid === written?.['index'] && index.table === resolved['table'];
      return { ok, details: [`index ${action.index} is ${ok ? 'new, valid and ready' : whatItIs(index, resolved, written)}`] };
    },
    previewUndo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
    undo: () => Promise.reject(new UndoRefusedError(nothingToUndo)),
    checkUndone: () => Promise.resolve({ ok: false, details: [nothingToUndo] }),
  };
}

function whatItIs(index: Awaited<ReturnType<typeof indexNamed>>, resolved: Record<string, unknown>, written: Record<string, unknown> | undefined): string {
  if (!index) return 'not there';
  if (!index.valid) return 'INVALID';
  if (index.oid === resolved['index']) return 'still the one from before';
  return written === undefined ? 'another than before and valid, but nobody noted whether this change built it' : 'not the one that was built anew';
}

const nothingToUndo = 'It is the same index as before, built anew: there is nothing to take back.';

async function prepare(action: Action, session: Session, limits: BuildLimits) {
  const index = await readIndex(action, session);
  if (index.exclusion) throw new RefusedError(`${action.schema}.${action.index} belongs to an exclusion constraint, which PostgreSQL can't build anew while writes go on: do this one by hand.`);
  await refuseLongHolders({ oid: index.table, name: index.tableName }, limits.longHolderSeconds, session, 'with readers');
  const before = await helpersOf(index.table, session);
  const rows = index.tableRows < 0 ? 'an unknown number of rows (never analysed)' : `about ${plural(Math.round(index.tableRows), 'row')}`;
  return {
    command: [`REINDEX INDEX CONCURRENTLY ${qualified(action.schema, action.index)}`],
    preview: [
      `${index.definition}${index.valid ? '' : ' (INVALID: it serves no query)'}`,
      `${bytes(index.bytes)} now, on table ${index.tableName} (${rows}). ${usage(index)}.`,
      `While it runs both the old and the new index are on disk: up to ${bytes(index.bytes)} more.`,
      ...(before.length > 0 ? [`Left by an earlier attempt, and not touched: ${before.map(({ name }) => name).join(', ')}.`] : []),
    ].join('\n'),
    resolved: { server: await serverIdentity(session), table: index.table, index: index.oid, definition: index.definition, valid: index.valid },
    undo: { kind: 'not_needed' as const, command: [], description: nothingToUndo },
    checks: [`${action.index} is a new one, valid and ready`],
    blastRadius: `Table ${index.tableName} (${rows}): reads and writes go on; disk and CPU work for one scan of the table or two.`,
    facts: { online: true, reversible: true, tableRows: index.tableRows < 0 ? Number.MAX_SAFE_INTEGER : Math.round(index.tableRows) },
  };
}

async function rebuild(change: ChangeOf<Action>, context: KindContext, limits: BuildLimits): Promise<{ output: string; written: Record<string, unknown> }> {
  const { action, resolved, command: [statement = ''] } = change;
  const table = Number(resolved['table']);
  const started = Date.now();
  let begun: { ours: OwnBackend; before: number[] } | undefined;
  let failure: unknown;
  try {
    await withSession(action.target, context, async (session) => {
      const ours = await ownBackend(session);
      const now = await readIndex(action, session);
      if (now.oid !== resolved['index'] || now.definition !== resolved['definition']) throw new ExecutionError(`Nothing was built: ${action.index} is another index than the one that was approved.`, 'none');
      const before = (await helpersOf(table, session)).map(({ oid }) => oid);
      await session.query('SELECT set_config($1, $2, false)', ['lock_timeout', `${limits.lockTimeoutMilliseconds}ms`]);
      await context.checkpoint();
      begun = { ours, before };
      await session.query(statement, [], limits.buildDeadlineMilliseconds);
    });
  } catch (error) {
    if (!begun) throw error instanceof StoppedError ? error : executionError(error, statement);
    failure = error;
  }
  const remains = failure !== undefined && begun ? await dropHelpers({ target: action.target, schema: action.schema, table, ...begun }, context, limits) : undefined;
  const index = await withSession(action.target, { ...context, signal: new AbortController().signal }, (session) => indexNamed(action.schema, action.index, session)).catch((error: unknown) => {
    throw new ExecutionError(`Whether the index was built can't be read: ${messageOf(error)}`, 'unknown', { cause: failure ?? error });
  });
  const rebuilt = index !== undefined && index.valid && index.oid !== resolved['index'];
  if (failure !== undefined && (!rebuilt || remains?.left)) {
    const effect = remains?.left ? 'partial' : index?.oid === resolved['index'] ? 'none' : 'unknown';
    throw new ExecutionError(`${messageOf(failure)}. ${remains?.words ?? ''}`, effect, { cause: failure });
  }
  if (!rebuilt) throw new ExecutionError(`${action.index} is not a new, valid index, though its statement succeeded.`, 'unknown');
  return { output: `REINDEX (${((Date.now() - started) / 1000).toFixed(1)} s)`, written: { index: index.oid } };
}

function ofRebuild(rows: number): Assessment {
  const built = 'built anew while reads and writes go on';
  if (rows < 1_000_000) return { level: 'low', reasons: [`${built}, on under a million rows`] };
  if (rows < 50_000_000) return { level: 'medium', reasons: [`${built}, but on over a million rows it takes a while and much disk work`] };
  return { level: 'high', reasons: [`${built}, but on over 50 million rows (or an unknown number) it may take hours`] };
}
