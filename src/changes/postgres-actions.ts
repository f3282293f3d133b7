/** The typed changes of a PostgreSQL server. Identifiers fit a grammar; values only ever stand as quoted literals. */
import { z } from 'zod';
import { rowsFields, setsWhatItMust, targetNamed } from './action-fields.ts';

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/, 'a plain PostgreSQL identifier');
const target = targetNamed('database');

const moment = z.string().regex(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)$/, 'a time as PostgreSQL writes it, with its zone');

export const createIndexSchema = z.object({
  kind: z.literal('postgres.create_index').describe('A btree index, built while reads and writes go on'),
  target,
  schema: identifier,
  table: identifier,
  columns: z.array(identifier).min(1).max(4),
});

export const dropIndexSchema = z.object({
  kind: z.literal('postgres.drop_index').describe('Drops an index while reads and writes go on: one that is INVALID, unused or harmful. Not one of a constraint'),
  target,
  schema: identifier,
  index: identifier,
  /** Queries use it, and it is to go all the same. */
  in_use: z.boolean().optional(),
});

export const reindexSchema = z.object({
  kind: z.literal('postgres.reindex').describe('Builds an index anew while reads and writes go on: one that is INVALID, bloated or corrupt'),
  target,
  schema: identifier,
  index: identifier,
});

export const terminateBackendSchema = z.object({
  kind: z.literal('postgres.terminate_backend').describe('Ends exactly these sessions, bound by pid and backend_start (timestamptz as text); an open transaction of theirs is lost'),
  target,
  /** The exact sessions: a pid is reused, so its start time (PostgreSQL timestamptz as text) binds it. */
  sessions: z.array(z.object({ pid: z.number().int().positive(), backend_start: z.string() })).min(1).max(200),
});

export const cancelBackendSchema = z.object({
  kind: z.literal('postgres.cancel_backend').describe('Cancels the running query of sessions, which stay: gentler than ending them, and of no use for idle ones'),
  target,
  /** `query_start` binds the query that was seen; without it, what runs when this is previewed. */
  sessions: z.array(z.object({ pid: z.number().int().positive(), backend_start: moment, query_start: moment.optional() })).min(1).max(50),
});

export const alterSettingSchema = z.object({
  kind: z.literal('postgres.alter_setting').describe('Sets or resets one setting for the server, a database or a role; null is the default'),
  target,
  scope: z.enum(['system', 'database', 'role', 'role in database']),
  /** Of the two scopes with a role. */
  role: identifier.optional(),
  setting: z.string().regex(/^[a-z_][a-z0-9_.]{0,62}$/),
  /** null resets to the default. */
  value: z.string().max(200).nullable(),
});

export const roleConnectionLimitSchema = z.object({
  kind: z.literal('postgres.role_connection_limit').describe('How many sessions a role may have at once, where they are refused with "too many connections for role" or one role takes all slots; -1 is no limit'),
  target,
  role: identifier,
  limit: z.number().int().min(-1).max(10_000),
});

export const roleValidUntilSchema = z.object({
  kind: z.literal('postgres.role_valid_until').describe("Until when a role's password is good, where it has expired; the password itself stays"),
  target,
  role: identifier,
  /** A time to come, or infinity. */
  until: z.union([z.literal('infinity'), moment]),
});

export const tableOptionSchema = z.object({
  kind: z.literal('postgres.table_option').describe('Sets or resets an autovacuum option of one table (ALTER TABLE ... SET); null is the default'),
  target,
  schema: identifier,
  table: identifier,
  option: z.enum(['autovacuum_enabled', 'autovacuum_vacuum_threshold', 'autovacuum_vacuum_scale_factor', 'autovacuum_vacuum_insert_threshold', 'autovacuum_vacuum_insert_scale_factor', 'autovacuum_analyze_threshold', 'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_cost_delay', 'autovacuum_vacuum_cost_limit']),
  /** null resets to the default. */
  value: z.string().regex(/^(?:true|false|\d{1,10}(?:\.\d{1,6})?)$/, 'true, false or a number').nullable(),
});

export const analyzeSchema = z.object({
  kind: z.literal('postgres.analyze').describe('Makes the statistics of a table anew, by which its queries are planned'),
  target,
  schema: identifier,
  table: identifier,
});

export const vacuumSchema = z.object({
  kind: z.literal('postgres.vacuum').describe('Makes the room of dead rows usable again, while reads and writes go on; never FULL'),
  target,
  schema: identifier,
  table: identifier,
  /** And makes its statistics anew. */
  analyze: z.boolean().optional(),
});

export const resetSequenceSchema = z.object({
  kind: z.literal('postgres.reset_sequence').describe('Brings the sequence of a column up to its highest value, where inserts fail with duplicate keys'),
  target,
  schema: identifier,
  table: identifier,
  column: identifier,
});

export const validateConstraintSchema = z.object({
  kind: z.literal('postgres.validate_constraint').describe('Checks the old rows against a constraint that is NOT VALID yet'),
  target,
  schema: identifier,
  table: identifier,
  constraint: identifier,
});

/** Which privileges an object can have is in actions/privileges. */
const privileges = { target, object: z.enum(['table', 'sequence', 'schema']), schema: identifier, /** Of a table or sequence. */ name: identifier.optional(), privileges: z.array(z.enum(['select', 'insert', 'update', 'delete', 'usage'])).min(1).max(5), role: identifier };

export const grantSchema = z.object({
  kind: z.literal('postgres.grant').describe('Gives a role privileges on a table, sequence or schema that it lacks'),
  ...privileges,
});

export const revokeSchema = z.object({
  kind: z.literal('postgres.revoke').describe('Takes privileges on a table, sequence or schema from a role'),
  ...privileges,
});

export const rowsSchema = z
  .object({
    kind: z.literal('postgres.rows').describe('Updates or deletes a known, small number of rows; they are kept so that the undo puts them back'),
    target,
    schema: identifier,
    table: identifier,
    ...rowsFields(identifier),
  })
  .refine(setsWhatItMust, 'an update sets 1 to 16 columns, a delete none');

export const postgresActions = [createIndexSchema, dropIndexSchema, reindexSchema, terminateBackendSchema, cancelBackendSchema, analyzeSchema, vacuumSchema, resetSequenceSchema, validateConstraintSchema, rowsSchema, grantSchema, revokeSchema, alterSettingSchema, roleConnectionLimitSchema, roleValidUntilSchema, tableOptionSchema] as const;
