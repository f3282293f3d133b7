import { describe, expect, test } from 'vitest';
import { riskOf } from '../support/changes.ts';
import { sqlWarnings } from '../../src/changes/sql-rules.ts';

const nothing = { kind: 'automatic' as const, command: [], description: 'x' };
const warningsOf = (...command: string[]): Promise<string[]> => sqlWarnings('postgres.any', { command, undo: nothing });
const inTransaction = (...statements: string[]): string[] => ['BEGIN', "SET LOCAL lock_timeout TO '2s'", ...statements, 'COMMIT'];

describe('rules for statements', () => {
  test.each<[string, string[]]>([
    ['a concurrent index', ['CREATE INDEX CONCURRENTLY "i" ON "public"."t" USING btree (lower(a)) WHERE b > 1']],
    ['a concurrent drop', ['DROP INDEX CONCURRENTLY "public"."i"']],
    ['a concurrent rebuild', ['REINDEX INDEX CONCURRENTLY "public"."i"']],
    ['the end of a session', ["SELECT pid, pg_terminate_backend(pid) AS sent FROM pg_stat_activity WHERE pid = 1 AND backend_start = 'x'"]],
    ['a setting with its reload', ["ALTER SYSTEM SET work_mem TO '5'", 'SELECT pg_reload_conf()']],
    ['a setting of a database', ["ALTER DATABASE d SET work_mem TO '5'"]],
    ['a setting of a role', ['ALTER ROLE r RESET work_mem']],
    ['a setting of a role in a database', ['ALTER ROLE r IN DATABASE d RESET work_mem']],
    ['a vacuum', ['VACUUM (ANALYZE, TRUNCATE FALSE) public.t']],
    ['statistics', ['ANALYZE public.t']],
    ['a grant', ['BEGIN', 'GRANT SELECT, INSERT ON TABLE public.t TO r', 'COMMIT']],
    ['a revoke', ['BEGIN', 'REVOKE USAGE ON SCHEMA s FROM r', 'COMMIT']],
    ['a validation', inTransaction('ALTER TABLE public.t VALIDATE CONSTRAINT c')],
    ['an update', ['BEGIN', 'UPDATE ONLY public.t AS t SET a = 1 WHERE t.id = 5', 'COMMIT']],
    ['a delete', ['BEGIN', 'DELETE FROM public.t WHERE id IN (1, 2)', 'COMMIT']],
  ])('let %s pass, without a warning', async (_what, command) => {
    expect(await warningsOf(...command)).toEqual([]);
  });

  test.each<[string, string[], RegExp]>([
    ['an index that blocks writes', ['CREATE INDEX i ON public.t (a)'], /not built CONCURRENTLY/],
    ['IF NOT EXISTS', ['CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t (a)'], /takes an INVALID index/],
    ['CONCURRENTLY in a transaction', ['BEGIN', 'CREATE INDEX CONCURRENTLY i ON public.t (a)', 'COMMIT'], /can not run in a transaction/],
    ['a drop that blocks', ['DROP INDEX public.i'], /not dropped CONCURRENTLY/],
    ['a drop of two', ['DROP INDEX CONCURRENTLY public.i, public.j'], /one index/],
    ['a drop by a bare name', ['DROP INDEX CONCURRENTLY i'], /named with its schema/],
    ['a drop with CASCADE', ['DROP INDEX CONCURRENTLY public.i CASCADE'], /CASCADE/],
    ['a rebuild that blocks', ['REINDEX INDEX public.i'], /without CONCURRENTLY/],
    ['a rebuild that says so, but not', ['REINDEX (CONCURRENTLY FALSE) INDEX public.i'], /without CONCURRENTLY/],
    ['a rebuild of a whole table', ['REINDEX TABLE CONCURRENTLY public.t'], /one index anew/],
    ['another type of a column', inTransaction('ALTER TABLE public.t ALTER COLUMN a TYPE bigint'), /writes the whole table anew/],
    ['the end of a column', inTransaction('ALTER TABLE public.t DROP COLUMN a'), /DROP COLUMN/],
    ['NOT NULL', inTransaction('ALTER TABLE public.t ALTER COLUMN a SET NOT NULL'), /NOT VALID and validate/],
    ['a constraint that is checked at once', inTransaction('ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 1)'), /without NOT VALID/],
    ['a foreign key that is checked at once', inTransaction('ALTER TABLE public.t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES public.u'), /without NOT VALID/],
    ['one beside a validation', inTransaction('ALTER TABLE public.t VALIDATE CONSTRAINT c, DROP COLUMN a'), /DROP COLUMN/],
    ['triggers switched off', inTransaction('ALTER TABLE public.t DISABLE TRIGGER ALL'), /none that it knows|triggers/],
    ['another owner', inTransaction('ALTER TABLE public.t OWNER TO r'), /another owner/],
    ['a validation that waits for long', ['BEGIN', 'ALTER TABLE public.t VALIDATE CONSTRAINT c', 'COMMIT'], /without a SET LOCAL lock_timeout/],
    ['a lock_timeout of an earlier transaction', ['BEGIN', "SET LOCAL lock_timeout TO '2s'", 'COMMIT', 'BEGIN', 'LOCK TABLE public.t IN SHARE MODE', 'COMMIT'], /without a SET LOCAL lock_timeout/],
    ['a validation on its own', ['ALTER TABLE public.t VALIDATE CONSTRAINT c'], /belongs into a transaction/],
    ['the heaviest lock', inTransaction('LOCK TABLE public.t'), /nobody could even read/],
    ['a table that is dropped', ['DROP TABLE public.t'], /DROP TABLE can't be taken back/],
    ['a schema that is dropped', ['DROP SCHEMA s CASCADE'], /DROP SCHEMA/],
    ['a database that is dropped', ['DROP DATABASE d'], /DROP DATABASE/],
    ['a table that is emptied', ['TRUNCATE public.t'], /TRUNCATE/],
    ['an update of all', ['BEGIN', 'UPDATE public.t SET a = 1', 'COMMIT'], /every row/],
    ['a delete of all', ['BEGIN', 'DELETE FROM public.t', 'COMMIT'], /every row/],
    ['an update outside a transaction', ['UPDATE public.t SET a = 1 WHERE id = 1'], /belongs into a transaction/],
    ['a bare name', ['BEGIN', 'UPDATE t SET a = 1 WHERE id = 1', 'COMMIT'], /t is named without its schema/],
    ['a bare name in a subselect', ['BEGIN', 'UPDATE public.t SET a = 1 WHERE id IN (SELECT id FROM u)', 'COMMIT'], /u is named without/],
    ['a bare name that looks like the catalog', ['BEGIN', 'DELETE FROM pg_things WHERE id = 1', 'COMMIT'], /named without/],
    ['a delete in a WITH', ['WITH gone AS (DELETE FROM public.t RETURNING 1) SELECT * FROM gone'], /needs no WITH/],
    ['a delete deeper down', ['SELECT (SELECT 1 FROM (WITH d AS (DELETE FROM public.t RETURNING 1) SELECT * FROM d) AS x)'], /DELETE stands inside/],
    ['a new table by SELECT', ['SELECT pg_reload_conf() INTO public.t'], /SELECT INTO/],
    ['values that are inserted', ['BEGIN', 'INSERT INTO public.t VALUES (1)', 'COMMIT'], /only rows that it reads/],
    ['two statements', ['SELECT pg_reload_conf(); DROP TABLE public.t'], /2 statements/],
    ['none', ['-- nothing'], /0 statements/],
    ['what does not parse', ['SELECT \\! id'], /can't parse/],
    ['a program', ["COPY public.t TO PROGRAM 'id'"], /COPY/],
    ['a block', ['DO $$ BEGIN NULL; END $$'], /DO block/],
    ['a procedure', ['CALL public.p()'], /procedure/],
    ['a function of somebody', ['SELECT public.pg_reload_conf()'], /public\.pg_reload_conf is none/],
    ['a function that reads files', ["SELECT pg_read_file('x')"], /pg_read_file is none/],
    ['dblink', ["SELECT dblink_exec('x', 'y')"], /dblink_exec is none/],
    ['VACUUM FULL', ['VACUUM (FULL ON) public.t'], /VACUUM FULL/],
    ['a vacuum of everything', ['VACUUM'], /one table/],
    ['a vacuum with other options', ['VACUUM (DISABLE_PAGE_SKIPPING) public.t'], /disable_page_skipping/],
    ['a grant to everybody', ['BEGIN', 'GRANT SELECT ON TABLE public.t TO PUBLIC', 'COMMIT'], /never to PUBLIC/],
    ['a grant to oneself', ['BEGIN', 'GRANT SELECT ON TABLE public.t TO CURRENT_USER', 'COMMIT'], /one role by its name/],
    ['a grant of everything', ['BEGIN', 'GRANT ALL ON TABLE public.t TO r', 'COMMIT'], /by name/],
    ['a grant that may be passed on', ['BEGIN', 'GRANT SELECT ON TABLE public.t TO r WITH GRANT OPTION', 'COMMIT'], /pass a right on/],
    ['a grant on all tables', ['BEGIN', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO r', 'COMMIT'], /one table, sequence or schema/],
    ['a grant on a database', ['BEGIN', 'GRANT CREATE ON DATABASE d TO r', 'COMMIT'], /one table, sequence or schema/],
    ['a grant on columns', ['BEGIN', 'GRANT SELECT (a) ON TABLE public.t TO r', 'COMMIT'], /by name/],
    ['a right to make things', ['BEGIN', 'GRANT CREATE ON SCHEMA s TO r', 'COMMIT'], /by name/],
    ['a right to make triggers', ['BEGIN', 'GRANT TRIGGER ON TABLE public.t TO r', 'COMMIT'], /by name/],
    ['membership', ['GRANT owner TO r'], /membership/],
    ['a revoke that cascades', ['BEGIN', 'REVOKE SELECT ON TABLE public.t FROM r CASCADE', 'COMMIT'], /pass a right on/],
    ['settings of all roles', ['ALTER ROLE ALL SET work_mem TO 5'], /one role/],
    ['a role that becomes more', ['ALTER ROLE r SUPERUSER'], /of a role/],
    ['a role that may make roles', ['ALTER ROLE r CREATEROLE'], /of a role/],
    ['a role with another password', ["ALTER ROLE r PASSWORD 'x'"], /of a role/],
    ['another identity', ['SET ROLE postgres'], /nothing but lock_timeout/],
    ['a session without timeouts', ['BEGIN', 'SET LOCAL statement_timeout TO 0', 'COMMIT'], /nothing but lock_timeout/],
    ['a transaction left open', ['BEGIN', 'GRANT SELECT ON TABLE public.t TO r'], /left open/],
    ['a commit of nothing', ['COMMIT'], /no transaction/],
    ['a transaction in a transaction', ['BEGIN', 'BEGIN', 'COMMIT'], /open already/],
    ['a rollback', ['BEGIN', 'ROLLBACK'], /only begins and commits/],
    ['a new function', ["CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"], /none of the statements/],
    ['a new name', ['ALTER TABLE public.t RENAME TO u'], /new name/],
  ])('refuse %s', async (_what, command, words) => {
    await expect(warningsOf(...command)).rejects.toThrow(words);
    await expect(sqlWarnings('postgres.any', { command: [], undo: { ...nothing, command } })).rejects.toThrow(words);
    expect(await sqlWarnings('kubectl.scale', { command, undo: nothing })).toEqual([]);
  });

  test.each<[string, string[], string]>([
    ['a range', ['BEGIN', 'DELETE FROM public.t WHERE id > 5', 'COMMIT'], 'its condition names no value that rows must equal'],
    ['a lock against writers', inTransaction('LOCK TABLE public.t IN SHARE ROW EXCLUSIVE MODE'), 'writes wait while the table is locked'],
    ['a unique index', ['CREATE UNIQUE INDEX CONCURRENTLY i ON public.t (a)'], 'a unique index fails on duplicates'],
  ])('warn of %s, which makes it medium at least', async (_what, command, words) => {
    const warnings = await warningsOf(...command);
    expect(warnings).toEqual([words]);
    const action = { kind: 'postgres.create_index' as const, target: 'shop', schema: 'public', table: 't', columns: ['a'] };
    const facts = { online: true, reversible: true, tableRows: 1 };
    expect(riskOf(action, { facts, undo: nothing }, true).level).toBe('low');
    expect(riskOf(action, { facts: { ...facts, warnings }, undo: nothing }, true)).toMatchObject({ level: 'medium', reasons: [expect.any(String), words] });
  });
});
