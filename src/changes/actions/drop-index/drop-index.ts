/** postgres.drop_index: an index that serves no constraint, dropped while reads and writes go on, and built again exactly by its undo. */
import type { ActionOf } from '../../action.ts';
import { StoppedError } from '../../../incident/stopped-error.ts';
import { ExecutionError, messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import { dropIndexSchema } from '../../postgres-actions.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { BuildLimits } from '../postgres/build-index.ts';
import { buildIndex, buildLimits } from '../postgres/build-index.ts';
import type { IndexFacts } from '../postgres/indexes.ts';
import { indexNamed, readIndex, refuseLongHolders, usage } from '../postgres/indexes.ts';
import { qualified } from '../postgres/quote.ts';
import type { OwnBackend } from '../postgres/remains.ts';
import { finishOff, ownBackend } from '../postgres/remains.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { executionError, withSession } from '../postgres/session.ts';
import { bytes, plural } from '../words.ts';

type Action = ActionOf<'postgres.drop_index'>;

export function dropIndexKind(overrides: Partial<BuildLimits> = {}): ActionKind<Action> {
  const limits = { ...buildLimits, ...overrides };
  return {
    kind: 'postgres.drop_index',
    schema: dropIndexSchema,
    lockKey: lockKeyOf,
    risk: ofDrop,
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, limits)),
    drift: (change, fresh) => moved(change, fresh),
    execute: (change, context) => drop(change, context, limits),
    async check({ action, resolved }, context) {
      const index = await withSession(action.target, context, (session) => indexNamed(action.schema, action.index, session));
      return { ok: index === undefined, details: [index === undefined ? `index ${action.index} is gone` : index.oid === resolved['index'] ? `index ${action.index} still exists` : `another index is named ${action.index} now`] };
    },
    previewUndo: (change, context) => withSession(change.action.target, context, (session) => previewUndo(change, session)),
    undo: (change, context) => undo(change, context, limits),
    checkUndone: (change, context) => withSession(change.action.target, context, (session) => checkUndone(change, session)),
  };
}

async function prepare(action: Action, session: Session, limits: BuildLimits) {
  const index = await readIndex(action, session);
  refuseNeeded(action, index);
  await refuseLongHolders({ oid: index.table, name: index.tableName }, limits.longHolderSeconds, session, 'with readers');
  const table = `${index.tableName} (${index.tableRows < 0 ? 'an unknown number of rows' : `about ${plural(Math.round(index.tableRows), 'row')}`})`;
  return {
    command: [`DROP INDEX CONCURRENTLY ${qualified(action.schema, action.index)}`],
    preview: [
      `${index.definition}${index.valid ? '' : ' (INVALID: it serves no query)'}`,
      `${bytes(index.bytes)} on table ${table}. ${usage(index)}.`,
      'It serves no constraint, no foreign key and no replica identity, and it is not unique.',
    ].join('\n'),
    resolved: { server: await serverIdentity(session), table: index.table, index: index.oid, definition: index.definition, valid: index.valid },
    undo: index.valid
      ? { kind: 'automatic' as const, command: [rebuild(index.definition)], description: 'Builds the same index again, while reads and writes go on; on a big table that takes a while.' }
      : { kind: 'not_needed' as const, command: [], description: 'An INVALID index serves no query and costs every write: nobody misses it.' },
    checks: [`${action.index} is gone`],
    blastRadius: `Table ${table}: reads and writes go on; queries that used the index find another way, perhaps a slower one.`,
    facts: { online: true, reversible: index.valid, tableRows: Math.max(0, Math.round(index.tableRows)), ...(index.valid && { indexScans: index.scans }) },
  };
}

function refuseNeeded({ schema, index: name, in_use: inUse }: Action, index: IndexFacts): void {
  const what = `${schema}.${name}`;
  if (index.constraint !== null) throw new RefusedError(`${what} serves the constraint ${index.constraint}: it goes only with that.`);
  if (index.unique) throw new RefusedError(`${what} is unique: without it duplicates could be written, and it could not be built again.`);
  if (index.replicaIdentity) throw new RefusedError(`${what} is the replica identity of ${index.tableName}: logical replication needs it.`);
  const lost = [
    ...(index.clustered ? ['that the table is clustered on it'] : []),
    ...(index.ownTablespace ? ['its tablespace'] : []),
    ...(index.comment !== null ? ['its comment'] : []),
    ...(index.statisticsTargets ? ['its statistics targets'] : []),
  ];
  if (index.valid && lost.length > 0) throw new RefusedError(`The undo would not bring back all of ${what}: it would lose ${lost.join(', ')}. Do this one by hand.`);
  if (index.valid && !index.mayCreate) throw new RefusedError(`The write role could not build ${what} again: grant it CREATE on schema ${schema}.`);
  if (index.valid && index.scans > 0 && inUse !== true) throw new RefusedError(`${what} is used: ${usage(index)}. If it is to go all the same, say so with in_use.`);
}

/** As pg_get_indexdef gives it, every name qualified, but built while writes go on. */
function rebuild(definition: string): string {
  if (!definition.startsWith('CREATE INDEX ')) throw new RefusedError(`sre-agent does not know how to build this again: ${definition}`);
  return definition.replace('CREATE INDEX ', 'CREATE INDEX CONCURRENTLY ');
}

async function drop(change: ChangeOf<Action>, context: KindContext, limits: BuildLimits): Promise<{ output: string; written?: Record<string, unknown> }> {
  const { action, resolved, command: [statement = ''] } = change;
  let ours: OwnBackend | undefined;
  try {
    await withSession(action.target, context, async (session) => {
      const self = await ownBackend(session);
      const now = await readIndex(action, session);
      if (now.oid !== resolved['index'] || now.definition !== resolved['definition']) throw new ExecutionError(`Nothing was dropped: ${action.index} is another index than the one that was approved.`, 'none');
      await session.query('SELECT set_config($1, $2, false)', ['lock_timeout', `${limits.lockTimeoutMilliseconds}ms`]);
      await context.checkpoint();
      ours = self;
      await session.query(statement, [], limits.buildDeadlineMilliseconds);
    });
    return { output: 'DROP INDEX' };
  } catch (error) {
    if (!ours) throw error instanceof StoppedError ? error : executionError(error, statement);
    const { end, oid, trouble } = await finishOff({ target: action.target, schema: action.schema, name: action.index, table: Number(resolved['table']), oid: Number(resolved['index']) }, ours, context, limits);
    if (end === 'none' || end === 'dropped') return { output: `DROP INDEX (at the second try: ${messageOf(error)})` };
    if (end === 'valid' && oid === resolved['index'] && resolved['valid'] === true) throw new ExecutionError(`${messageOf(error)}. The index is as it was.`, 'none', { cause: error });
    const message = `${messageOf(error)}. The index may be left INVALID: ${statement} once more (${messageOf(trouble ?? error)}).`;
    throw new ExecutionError(message, oid === resolved['index'] ? 'partial' : 'unknown', { cause: error });
  }
}

async function undoable({ action, resolved, undo: { kind, description } }: ChangeOf<Action>, session: Session): Promise<'drop first' | 'build'> {
  if (kind !== 'automatic') throw new UndoRefusedError(description);
  const [table] = await session.query('SELECT FROM pg_class WHERE oid = $1::oid', [resolved['table']]);
  if (!table) throw new UndoRefusedError('The table that it belonged to is gone.');
  const [taken] = await session.query<{ oid: string; live: boolean | null }>(
    'SELECT c.oid::text, i.indisvalid AND i.indisready AND i.indislive AS live FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $2',
    [action.schema, action.index],
  );
  if (!taken) return 'build';
  if (Number(taken.oid) === resolved['index']) {
    if (taken.live === false) return 'drop first';
    throw new UndoRefusedError(`${action.index} was not dropped.`);
  }
  throw new UndoRefusedError(`Somebody has made another ${action.schema}.${action.index} since. It was left alone.`);
}

async function previewUndo(change: ChangeOf<Action>, session: Session) {
  await undoable(change, session);
  const [table] = await session.query<{ bytes: string }>('SELECT pg_table_size($1::oid)::text AS bytes', [change.resolved['table']]);
  return {
    preview: `Builds index ${change.action.index} again, as it was, while reads and writes go on: one scan or two of a table of ${bytes(Number(table?.bytes ?? 0))}.`,
    resolved: { server: await serverIdentity(session), table: change.resolved['table'] },
  };
}

async function undo(change: ChangeOf<Action>, context: KindContext, limits: BuildLimits): Promise<{ output: string }> {
  const { action, resolved, command, undo: { command: [statement = ''] } } = change;
  await withSession(action.target, context, async (session) => {
    // What a failed drop left INVALID goes first, by the statement that was approved.
    if ((await undoable(change, session)) === 'drop first') await session.query(command[0] ?? '', [], limits.cleanupMilliseconds);
  });
  const { seconds } = await buildIndex({ target: action.target, schema: action.schema, name: action.index, table: Number(resolved['table']), statement }, context, limits);
  return { output: `CREATE INDEX (${seconds} s)` };
}

async function checkUndone({ action, resolved }: ChangeOf<Action>, session: Session) {
  const index = await readIndex(action, session).catch((error: unknown) => {
    if (error instanceof RefusedError) return undefined;
    throw error;
  });
  const ok = index !== undefined && index.valid && index.definition === resolved['definition'] && index.table === resolved['table'];
  return { ok, details: [ok ? `index ${action.index} is there, valid and as it was` : `index ${action.index} is not as it was`] };
}

function ofDrop(_action: Action, { indexScans, tableRows = 0 }: { indexScans?: number; tableRows?: number }): Assessment {
  if (indexScans === undefined) return { level: 'low', reasons: ['the index is INVALID and serves no query'] };
  if (indexScans > 0) return { level: 'high', reasons: [`queries use this index: ${plural(indexScans, 'scan')} since statistics were reset`] };
  if (tableRows >= 50_000_000) return { level: 'high', reasons: ['building it again on over 50 million rows may take hours'] };
  return { level: 'medium', reasons: ['no scan is known, but a rare query may need it, and building it again takes a while'] };
}
