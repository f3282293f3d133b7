/** Roles, the rights they lack, relations, sequences and the server as a whole, into a DatabaseReading. */
import { escapeIdentifier } from 'pg';
import type { LackingRight, RelationReading, RoleReading, SequenceReading, ServerReading, WriterReading } from '../../rules/database-readings.ts';
import type { DatabaseReading } from '../../rules/readings.ts';
import type { Evidence } from '../../incident/types.ts';
import { withoutLiterals } from '../sql/without-literals.ts';
import * as queries from './state-queries.ts';
import { rightsOf } from './statement-rights.ts';
import { textTable } from './text-table.ts';

export interface StateReader {
  rowsOf<R>(text: string, values?: readonly unknown[]): Promise<R[]>;
  keep(tool: string, statement: string, output: string): Promise<Evidence>;
  /** A part that fails leaves the others alone. */
  part(what: string, read: () => Promise<void>): Promise<void>;
}

type Counters = Pick<ServerReading, 'temporaryBytes' | 'deadlocks'>;
const noCounters: Counters = { temporaryBytes: 0, deadlocks: 0 };
const widestColumn: Record<string, number> = { smallint: 32_767, integer: 2_147_483_647 };
const mostHighest = 60;

export async function readCounters({ rowsOf }: StateReader): Promise<Counters> {
  return (await rowsOf<Counters>(queries.counters))[0] ?? noCounters;
}

/** `statementsSchema`: where pg_stat_statements lives, null when it is not installed. */
export async function readState(reading: DatabaseReading, reader: StateReader, statementsSchema: string | null): Promise<void> {
  const { rowsOf, keep, part } = reader;
  await part('roles', async () => {
    const rows = await rowsOf<Omit<RoleReading, 'calls'>>(queries.roles);
    const calls = statementsSchema === null ? undefined : await rowsOf<{ name: string; calls: number }>(queries.callsOfRoles(statementsSchema)).catch(() => undefined);
    const value = rows.map((row): RoleReading => ({ ...row, calls: calls === undefined ? null : (calls.find((one) => one.name === row.name)?.calls ?? 0) }));
    reading.roles = { value, evidence: await keep('postgres_roles', queries.roles, textTable(['role', 'connection limit', 'sessions now', 'password valid until', 'superuser', 'statements counted'], value.map((role) => [role.name, role.connectionLimit, role.sessions, `${role.validUntil ?? 'ever'}${role.expired ? ' EXPIRED' : ''}`, role.superuser ? 'yes' : 'no', role.calls]))) };
  });
  await part('relations', async () => {
    const value = await rowsOf<RelationReading>(queries.relations);
    const lines = value.filter(({ kind }) => kind !== 'sequence').map((one) => [`${one.schema}.${one.name}`, one.kind, one.columns.join(', '), one.constraints.map((constraint) => `${constraint.name} ${constraint.type} (${constraint.columns.join(', ')})${constraint.validated ? '' : ' NOT VALID'}`).join('; ')]);
    reading.relations = { value, evidence: await keep('postgres_relations', queries.relations, textTable(['relation', 'kind', 'columns', 'constraints'], lines)) };
  });
  await part('rights', async () => {
    const used = statementsSchema === null ? undefined : await usesOf(reader, statementsSchema, reading.relations?.value ?? []);
    if (used !== undefined) {
      const writers = writersOf(used);
      reading.writers = { value: writers, evidence: await keep('postgres_writers', queries.statementsOfRoles('public'), textTable(['role', 'calls that change rows, since statistics began'], writers.map((one) => [one.role, one.calls]))) };
    }
    const value = [...(await lackingByRule(reader)), ...(used === undefined ? [] : await lackingByUse(reader, used))];
    reading.lackingRights = { value, evidence: await keep('postgres_rights', queries.lackingSequences, textTable(['role', 'lacks', 'on', 'and needs it'], value.map((one) => [one.role, one.privileges.join(', '), nameOf(one), one.because === 'used before' ? `used before: ${one.calls ?? 0} calls that needed it ran through` : one.because]))) };
  });
  await part('sequences', async () => {
    const value = await readSequences(reader);
    reading.sequences = { value, evidence: await keep('postgres_sequences', queries.sequences, textTable(['sequence', 'column', 'last value', 'maximum', 'highest value in the column'], value.map((one) => [`${one.schema}.${one.name}`, `${one.table}.${one.column} ${one.columnType}`, one.last, one.maximum, one.highest]))) };
  });
}

/** `before`: the counters at the first look. */
export async function readServer(reading: DatabaseReading, reader: StateReader, before: Counters): Promise<void> {
  const { rowsOf, keep, part } = reader;
  await part('server', async () => {
    const [server] = await rowsOf<Omit<ServerReading, keyof Counters>>(queries.server);
    const after = await readCounters(reader);
    if (server === undefined) return;
    const value = { ...server, temporaryBytes: Math.max(0, after.temporaryBytes - before.temporaryBytes), deadlocks: Math.max(0, after.deadlocks - before.deadlocks) };
    reading.server = { value, evidence: await keep('postgres_server', queries.server, await serverText(value)) };
  });
}

async function serverText(server: ServerReading): Promise<string> {
  const megabytes = (bytes: number | null): string => (bytes === null ? 'an unknown amount' : `${Math.round(bytes / 1_048_576)} MB`);
  const names = await Promise.all(server.prepared.map(({ name }) => withoutLiterals(name)));
  return [
    server.standby ? `standby; replay ${server.replayPaused ? 'PAUSED' : 'running'}, ${server.replayDelaySeconds === null ? 'delay unknown' : `${Math.round(server.replayDelaySeconds)} s behind`}` : 'primary',
    `oldest transaction id: ${server.transactionAge} transactions old (autovacuum_freeze_max_age ${server.freezeMaximumAge})`,
    `synchronous_standby_names: ${server.synchronousStandbyNames === '' ? '(none)' : server.synchronousStandbyNames}`,
    `settings that wait for a restart: ${server.pendingRestart.join(', ') || '(none)'}`,
    `since the first look: ${megabytes(server.temporaryBytes)} of temporary files, ${server.deadlocks} deadlocks`,
    ...server.prepared.map((one, index) => `prepared transaction ${names[index]} of ${one.owner}, prepared ${Math.round(one.seconds)} s ago`),
    ...server.slots.map((one) => `replication slot ${one.name}: ${one.active ? 'active' : 'INACTIVE'}, keeps ${megabytes(one.retainedBytes)} of WAL, status ${one.status ?? 'unknown'}${one.xminAge === null ? '' : `, holds back rows of ${one.xminAge} transactions`}`),
    ...server.standbys.map((one) => `standby ${one.name}: ${one.state}, ${one.sync}, ${megabytes(one.lagBytes)} behind${one.lagSeconds === null ? '' : `, ${one.lagSeconds.toFixed(1)} s`}`),
  ].join('\n');
}

/** Rights without which others that the role has are worth nothing. */
async function lackingByRule({ rowsOf }: StateReader): Promise<LackingRight[]> {
  const sequences = await rowsOf<{ role: string; schema: string; name: string }>(queries.lackingSequences);
  const schemas = await rowsOf<{ role: string; schema: string }>(queries.lackingSchemas);
  return [
    ...sequences.map((one): LackingRight => ({ ...one, object: 'sequence', privileges: ['usage'], because: 'inserts into its table' })),
    ...schemas.map((one): LackingRight => ({ ...one, object: 'schema', privileges: ['usage'], because: 'has rights inside' })),
  ];
}

interface Use {
  role: string;
  schema: string;
  name: string;
  privilege: string;
  calls: number;
}

/** What the roles' own statements needed, which ran through. */
async function usesOf({ rowsOf }: StateReader, schema: string, relations: readonly RelationReading[]): Promise<Use[]> {
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'view').map(({ schema: space, name }) => ({ schema: space, table: name }));
  const statements = await rowsOf<{ role: string; query: string; calls: number }>(queries.statementsOfRoles(schema));
  const uses = new Map<string, Use>();
  for (const { role, query, calls } of statements) {
    for (const { schema: space, table, privilege } of await rightsOf(query, tables)) {
      const key = JSON.stringify([role, space, table, privilege]);
      const known = uses.get(key);
      uses.set(key, { role, schema: space, name: table, privilege, calls: calls + (known?.calls ?? 0) });
    }
  }
  return [...uses.values()];
}

function writersOf(uses: readonly Use[]): WriterReading[] {
  const byRole = new Map<string, number>();
  for (const { role, privilege, calls } of uses) if (privilege !== 'SELECT') byRole.set(role, Math.max(byRole.get(role) ?? 0, calls));
  return [...byRole].map(([role, calls]) => ({ role, calls })).sort((left, right) => right.calls - left.calls);
}

/** Of these, the rights that are not there any more. */
async function lackingByUse({ rowsOf }: StateReader, all: readonly Use[]): Promise<LackingRight[]> {
  if (all.length === 0) return [];
  const lacking = await rowsOf<{ role: string; schema: string; name: string; privilege: string }>(queries.lackingOf, [all.map((one) => one.role), all.map((one) => one.schema), all.map((one) => one.name), all.map((one) => one.privilege)]);
  const grouped = new Map<string, LackingRight>();
  for (const { role, schema: space, name, privilege } of lacking) {
    const key = JSON.stringify([role, space, name]);
    const known = grouped.get(key) ?? { role, object: 'table' as const, schema: space, name, privileges: [], because: 'used before' as const, calls: 0 };
    const calls = all.find((one) => one.role === role && one.schema === space && one.name === name && one.privilege.toLowerCase() === privilege)?.calls ?? 0;
    grouped.set(key, { ...known, privileges: [...known.privileges, privilege].sort(), calls: Math.max(known.calls ?? 0, calls) });
  }
  return [...grouped.values()];
}

async function readSequences({ rowsOf }: StateReader): Promise<SequenceReading[]> {
  const rows = await rowsOf<Omit<SequenceReading, 'highest' | 'last' | 'table'> & { oid: string; tableSchema: string; table: string; readable: boolean }>(queries.sequences);
  const readable = rows.filter((row) => row.readable).slice(0, mostHighest);
  const looks = readable.map((row, index) => `SELECT ${index}::int AS place, (SELECT max(t.${escapeIdentifier(row.column)}) FROM ONLY ${escapeIdentifier(row.tableSchema)}.${escapeIdentifier(row.table)} AS t)::float8 AS highest`);
  const highest = looks.length === 0 ? [] : await rowsOf<{ place: number; highest: number | null }>(looks.join(' UNION ALL '));
  const lasts = rows.length === 0 ? [] : await rowsOf<{ oid: string; last: number | null }>(queries.lastValues, [rows.map(({ oid }) => oid)]);
  return rows.map(({ oid, tableSchema, table, readable: _readable, ...row }) => {
    const place = readable.findIndex((one) => one.schema === row.schema && one.name === row.name);
    return { ...row, last: lasts.find((one) => one.oid === oid)?.last ?? null, table: `${tableSchema}.${table}`, maximum: Math.min(row.maximum, widestColumn[row.columnType] ?? Number.MAX_VALUE), highest: highest.find((one) => one.place === place)?.highest ?? null };
  });
}

function nameOf({ object, schema, name }: LackingRight): string {
  return object === 'schema' ? `schema ${schema}` : `${object} ${schema}.${name ?? ''}`;
}
