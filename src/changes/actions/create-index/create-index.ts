/** postgres.create_index: a btree index, built while writes go on. */
import { createHash } from 'node:crypto';
import type { ActionOf } from '../../action.ts';
import { createIndexSchema } from '../../postgres-actions.ts';
import { messageOf, RefusedError, UndoRefusedError } from '../../errors.ts';
import { lockKeyOf } from '../../lock-key.ts';
import type { Assessment } from '../../risk-level.ts';
import type { ActionKind, ChangeOf, KindContext } from '../kind.ts';
import { moved } from '../moved.ts';
import type { BuildLimits } from '../postgres/build-index.ts';
import { buildIndex, buildLimits } from '../postgres/build-index.ts';
import { indexNamed, refuseLongHolders } from '../postgres/indexes.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import { serverIdentity } from '../postgres/server.ts';
import type { Session } from '../postgres/session.ts';
import { rehearse, withSession } from '../postgres/session.ts';
import { bytes, plural } from '../words.ts';
import { readColumns, readIndexes, readTable, refuseExisting, rehearsal } from './inspect.ts';

type Action = ActionOf<'postgres.create_index'>;

export function createIndexKind(overrides: Partial<BuildLimits> = {}): ActionKind<Action> {
  const limits = { ...buildLimits, ...overrides };
  return {
    kind: 'postgres.create_index',
    schema: createIndexSchema,
    lockKey: lockKeyOf,
    risk: (_action, { tableRows }) => ofIndex(tableRows ?? Number.POSITIVE_INFINITY),
    prepare: (action, context) => withSession(action.target, context, (session) => prepare(action, session, limits)),
    drift: (change, fresh) => moved(change, fresh),
    execute: (change, context) => build(change, context, limits),
    check: (change, context) => withSession(change.action.target, context, (session) => check(change, session)),
    previewUndo: (change, context) => withSession(change.action.target, context, (session) => previewUndo(change, session)),
    undo: (change, context) => withSession(change.action.target, context, (session) => undo(change, session, limits)),
    async checkUndone(change, context) {
      const index = await withSession(change.action.target, context, (session) => indexNamed(change.action.schema, indexName(change.action), session));
      return { ok: index === undefined, details: [index ? `index ${indexName(change.action)} still exists` : `index ${indexName(change.action)} is gone`] };
    },
  };
}

async function prepare(action: Action, session: Session, limits: BuildLimits) {
  const table = await readTable(action, session);
  const columns = await readColumns(action, table, session);
  const indexes = await readIndexes(table, session);
  const name = indexName(action);
  await refuseExisting(action, name, indexes, session);
  await refuseLongHolders({ oid: table.oid, name: `${action.schema}.${action.table}` }, limits.longHolderSeconds, session);
  await rehearse(session, rehearsal(action, columnList(action))).catch((error: unknown) => {
    throw new RefusedError(`PostgreSQL would not build it: ${messageOf(error)}.`);
  });
  const size = `${table.rows < 0 ? 'an unknown number of rows (never analysed)' : `about ${plural(Math.round(table.rows), 'row')}`}, ${bytes(table.bytes)}`;
  return {
    command: [`CREATE INDEX CONCURRENTLY ${identifier(name)} ON ${qualified(action.schema, action.table)} USING btree (${columnList(action)})`],
    preview: [
      `Table ${action.schema}.${action.table}: ${size}.`,
      `Columns: ${columns.join(', ')}.`,
      indexes.length === 0 ? 'It has no index yet.' : `Its indexes: ${indexes.map((index) => `${index.definition}${index.valid ? '' : ' (INVALID)'}`).join('; ')}.`,
      'The same index on an empty copy of the table was built and rolled back without an error.',
    ].join('\n'),
    resolved: { server: await serverIdentity(session), table: table.oid, columns, index: name },
    undo: { kind: 'automatic' as const, command: [dropStatement(action)], description: 'Drops the index again, if it still is the one that was built.' },
    checks: [`${name} exists, is valid and ready`],
    blastRadius: `Table ${action.schema}.${action.table} (${size}): reads and writes go on while it is built; disk and CPU work for one scan of the table or two.`,
    facts: { online: true, reversible: true, tableRows: Math.round(table.rows < 0 ? table.bytes / smallestRow : table.rows) },
  };
}

async function build({ action, command, resolved }: ChangeOf<Action>, context: KindContext, limits: BuildLimits) {
  const { index, seconds } = await buildIndex({ target: action.target, schema: action.schema, name: indexName(action), table: Number(resolved['table']), statement: command[0] ?? '' }, context, limits);
  return { output: `CREATE INDEX (${seconds} s)`, written: { index } };
}

async function check(change: ChangeOf<Action>, session: Session) {
  const name = indexName(change.action);
  const index = await indexNamed(change.action.schema, name, session);
  if (!index) return { ok: false, details: [`index ${name} does not exist`] };
  if (change.written === undefined) return { ok: false, details: [`index ${name} exists and is ${index.valid ? 'valid' : 'INVALID'}, but nobody noted whether this change built it`] };
  const ours = index.oid === change.written?.['index'] && index.table === change.resolved['table'];
  if (!ours) return { ok: false, details: [`index ${name} is not the one that was built`] };
  return { ok: index.valid, details: [index.valid ? `index ${name} exists, valid and ready` : `index ${name} is INVALID`] };
}

async function previewUndo(change: ChangeOf<Action>, session: Session) {
  const name = indexName(change.action);
  const index = await indexNamed(change.action.schema, name, session);
  if (!index) throw new UndoRefusedError(`${name} is gone already.`);
  if (index.oid !== change.written?.['index']) throw new UndoRefusedError(notOurs(change));
  const [size] = await session.query<{ bytes: string }>('SELECT pg_relation_size($1::oid)::text AS bytes', [index.oid]);
  return { preview: `Drops index ${name} (${bytes(Number(size?.bytes ?? 0))}) while reads and writes go on; queries that it serves are slow again.`, resolved: { server: await serverIdentity(session), index: index.oid } };
}

async function undo(change: ChangeOf<Action>, session: Session, limits: BuildLimits): Promise<{ output: string }> {
  const name = indexName(change.action);
  const index = await indexNamed(change.action.schema, name, session);
  if (!index) return { output: `${name} is gone already` };
  if (index.oid !== change.written?.['index']) throw new UndoRefusedError(notOurs(change));
  await session.query('SELECT set_config($1, $2, false)', ['lock_timeout', `${limits.lockTimeoutMilliseconds}ms`]);
  await session.query(change.undo.command[0] ?? '', [], limits.cleanupMilliseconds);
  return { output: 'DROP INDEX' };
}

function notOurs({ action, written, undo: { command } }: ChangeOf<Action>): string {
  const name = indexName(action);
  if (written === undefined) return `Nobody noted whether this change built ${name}, so it was left alone. If it did: ${command[0]}`;
  return `${name} is not the index that was built: somebody replaced it. It was left alone.`;
}

/** Bytes of a row in a page: no table of a size holds more rows than these allow. */
const smallestRow = 28;

/** As PostgreSQL would name it, cut to 63 bytes with a hash so that two long names stay two. */
function indexName(action: Action): string {
  const name = `${action.table}_${action.columns.join('_')}_idx`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 50)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}_idx`;
}

const columnList = (action: Action): string => action.columns.map(identifier).join(', ');
const dropStatement = (action: Action): string => `DROP INDEX CONCURRENTLY ${qualified(action.schema, indexName(action))}`;

function ofIndex(rows: number): Assessment {
  const built = 'built while reads and writes go on';
  if (rows < 1_000_000) return { level: 'low', reasons: [`${built}, on under a million rows`] };
  if (rows < 50_000_000) return { level: 'medium', reasons: [`${built}, but on over a million rows it takes a while and much disk work`] };
  return { level: 'high', reasons: [`${built}, but on over 50 million rows (or an unknown number) it may take hours`] };
}
