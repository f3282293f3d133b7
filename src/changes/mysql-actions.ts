/** The typed changes of a MySQL or MariaDB database. Identifiers fit a grammar; values only ever stand as quoted literals. */
import { z } from 'zod';
import { rowsFields, setsWhatItMust, targetNamed } from './action-fields.ts';

const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'a plain MySQL identifier');
const target = targetNamed('database');

export const mysqlKillSchema = z.object({
  kind: z.literal('mysql.kill').describe('Ends connections, or only the query that each runs, bound by id, user and host as in the process list; an open transaction is rolled back'),
  target,
  what: z.enum(['connection', 'query']),
  /** An id is used again only after the server started anew. */
  sessions: z
    .array(
      z.object({
        id: z.number().int().positive(),
        user: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.$-]{0,79}$/, 'a user as in the process list'),
        host: z.string().regex(/^[A-Za-z0-9:][A-Za-z0-9_.:-]{0,254}$/, 'a host and port as in the process list'),
      }),
    )
    .min(1)
    .max(50),
  /** When the server started, as the investigator saw it. */
  server_started: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/, 'a time in UTC').optional(),
});

export const mysqlCreateIndexSchema = z.object({
  kind: z.literal('mysql.create_index').describe('A btree index on an InnoDB table, built in place while reads and writes go on; it fails where that is not possible'),
  target,
  table: identifier,
  columns: z.array(identifier).min(1).max(4),
});

export const mysqlDropIndexSchema = z.object({
  kind: z.literal('mysql.drop_index').describe('Drops an index that is neither unique nor needed by a foreign key, while reads and writes go on'),
  target,
  table: identifier,
  index: identifier,
});

export const mysqlSetGlobalSchema = z.object({
  kind: z.literal('mysql.set_global').describe('Sets one dynamic global variable until the server starts anew; a limit of connections, time or memory'),
  target,
  variable: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/),
  value: z.string().regex(/^(ON|OFF|\d{1,15}(\.\d{1,6})?)$/, 'ON, OFF or a plain number'),
});

export const mysqlAnalyzeSchema = z.object({
  kind: z.literal('mysql.analyze').describe('Reads the statistics of a table anew, for the optimizer'),
  target,
  table: identifier,
});

export const mysqlRowsSchema = z
  .object({
    kind: z.literal('mysql.rows').describe('Updates or deletes a known, small number of rows of an InnoDB table; they are kept so that the undo puts them back'),
    target,
    table: identifier,
    ...rowsFields(identifier),
  })
  .refine(setsWhatItMust, 'an update sets 1 to 16 columns, a delete none');

export const mysqlActions = [mysqlKillSchema, mysqlCreateIndexSchema, mysqlDropIndexSchema, mysqlSetGlobalSchema, mysqlAnalyzeSchema, mysqlRowsSchema] as const;
