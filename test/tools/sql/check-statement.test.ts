import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkReadOnlySql } from '../../../src/tools/sql/check-statement.ts';

/** What each group may never do; every line is one attempt. */
const refused: Record<string, string[]> = {
  'other statements': [
    'INSERT INTO public.t VALUES (1)', 'UPDATE public.t SET a = 1', 'DELETE FROM public.t', 'MERGE INTO public.t USING public.s ON true WHEN MATCHED THEN DELETE', 'TRUNCATE public.t', 'CREATE TABLE x (a int)', 'CREATE TABLE x AS SELECT 1', 'CREATE TEMP TABLE x AS SELECT 1', 'DROP TABLE public.t', 'ALTER TABLE public.t ADD b int', 'CREATE INDEX ON public.t (a)', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'CREATE EXTENSION dblink', 'CREATE VIEW v AS SELECT 1', 'CREATE MATERIALIZED VIEW v AS SELECT 1', 'REFRESH MATERIALIZED VIEW public.v',
    'GRANT ALL ON public.t TO PUBLIC', 'REVOKE ALL ON public.t FROM PUBLIC', "ALTER SYSTEM SET work_mem = '1GB'", "ALTER ROLE app PASSWORD 'x'", 'CREATE ROLE evil SUPERUSER', 'DO $$BEGIN PERFORM 1; END$$', 'CALL public.p()', 'VACUUM public.t', 'ANALYZE public.t', 'REINDEX TABLE public.t', 'CLUSTER public.t', 'CHECKPOINT', 'LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE', 'NOTIFY a', 'LISTEN a', 'UNLISTEN *', "LOAD 'auto_explain'", 'DISCARD ALL', 'SECURITY LABEL ON TABLE public.t IS $$x$$', "COMMENT ON TABLE public.t IS 'x'", 'IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c',
    'BEGIN', 'START TRANSACTION READ WRITE', 'COMMIT', 'ROLLBACK', 'SAVEPOINT a', 'SET TRANSACTION READ WRITE', 'SET search_path = public', 'SET LOCAL statement_timeout = 0', 'SET SESSION AUTHORIZATION postgres', 'SET ROLE postgres', 'RESET ALL', 'PREPARE x AS SELECT 1', 'EXECUTE x', 'DEALLOCATE x', 'DECLARE c CURSOR FOR SELECT 1', 'FETCH ALL FROM c', 'CLOSE c', 'MOVE c',
    'COPY public.t TO STDOUT', "COPY (SELECT 1) TO PROGRAM 'sh'", "COPY (SELECT 1) TO '/tmp/x'", "COPY public.t FROM PROGRAM 'id'", "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'",
  ],
  'more than one, or none': ['SELECT 1; SELECT 2', 'SELECT 1; DELETE FROM public.t', 'SELECT 1;; COMMIT', '', ' ', '-- nothing', '/* nothing */', ';', 'SELECT 1; -- \n COMMIT'],
  'writing inside a SELECT': [
    'WITH x AS (DELETE FROM public.t RETURNING 1) SELECT * FROM x', 'WITH x AS (INSERT INTO public.t VALUES (1) RETURNING 1) SELECT * FROM x', 'WITH x AS (UPDATE public.t SET a = 1 RETURNING 1) SELECT * FROM x', 'WITH x AS (MERGE INTO public.t USING public.s ON true WHEN MATCHED THEN DELETE RETURNING 1) SELECT 1', 'WITH a AS (WITH b AS (DELETE FROM public.t RETURNING 1) SELECT * FROM b) SELECT * FROM a', 'SELECT 1 UNION (WITH x AS (DELETE FROM public.t RETURNING 1) SELECT * FROM x)', 'SELECT * FROM (WITH x AS (DELETE FROM public.t RETURNING 1) SELECT * FROM x) y',
    'SELECT 1 INTO public.x', 'SELECT * INTO TEMP x FROM public.t', 'SELECT 1 INTO x UNION SELECT 2', 'SELECT * FROM public.t FOR UPDATE', 'SELECT * FROM public.t FOR NO KEY UPDATE', 'SELECT * FROM public.t FOR SHARE', 'SELECT * FROM public.t FOR KEY SHARE NOWAIT', 'SELECT * FROM (SELECT * FROM public.t FOR UPDATE) x', '(SELECT 1 FROM public.t FOR UPDATE) UNION ALL SELECT 2', 'WITH x AS (SELECT * FROM public.t FOR UPDATE SKIP LOCKED) SELECT * FROM x', 'SELECT EXISTS (SELECT 1 FROM public.t FOR UPDATE)',
  ],
  EXPLAIN: ['EXPLAIN ANALYZE SELECT 1', 'EXPLAIN (ANALYZE) SELECT 1', "EXPLAIN (ANALYZE 'on') SELECT 1", 'EXPLAIN (ANALYZE off, ANALYZE on) SELECT 1', 'EXPLAIN ("analyze") SELECT 1', 'EXPLAIN ANALYZE VERBOSE SELECT 1', 'EXPLAIN DELETE FROM public.t', 'EXPLAIN ANALYZE DELETE FROM public.t', 'EXPLAIN CREATE TABLE x AS SELECT 1', 'EXPLAIN EXECUTE x', 'EXPLAIN DECLARE c CURSOR FOR SELECT 1', 'EXPLAIN SELECT pg_sleep(1)', 'EXPLAIN WITH x AS (DELETE FROM public.t RETURNING 1) SELECT 1', 'EXPLAIN (WAL) SELECT 1', 'EXPLAIN (SERIALIZE text) SELECT 1', 'EXPLAIN REFRESH MATERIALIZED VIEW public.v'],
  functions: [
    'SELECT pg_sleep(10)', 'SELECT pg_sleep_for($$1 hour$$)', "SELECT pg_sleep_until('tomorrow')", 'SELECT PG_SLEEP(1)', 'SELECT "pg_sleep"(1)', 'SELECT pg_catalog.pg_sleep(1)', 'SELECT "pg_catalog"."pg_sleep"(1)', 'SELECT U&"pg\\005fsleep"(1)', 'SELECT/**/pg_sleep/**/(1)', 'SELECT pg_sleep --\n (1)', 'SELECT shop.pg_catalog.pg_sleep(1)', 'SELECT pg_terminate_backend(1)', 'SELECT pg_cancel_backend(pid) FROM pg_stat_activity', 'SELECT pg_reload_conf()', 'SELECT pg_rotate_logfile()', 'SELECT pg_switch_wal()', "SELECT pg_create_restore_point('a')", 'SELECT pg_promote()', 'SELECT pg_wal_replay_pause()', 'SELECT pg_stat_reset()', "SELECT pg_logical_emit_message(true, 'a', 'b')", "SELECT pg_drop_replication_slot('a')", "SELECT pg_create_physical_replication_slot('a')", "SELECT pg_logical_slot_get_changes('a', NULL, NULL)",
    "SELECT set_config('statement_timeout', '0', false)", "SELECT nextval('public.s')", "SELECT setval('public.s', 1)", "SELECT currval('public.s')", 'SELECT pg_advisory_lock(1)', 'SELECT pg_advisory_xact_lock(1)', 'SELECT pg_try_advisory_lock_shared(1, 2)', 'SELECT pg_advisory_unlock_all()', "SELECT pg_notify('a', 'b')", 'SELECT txid_current()', 'SELECT pg_current_xact_id()', 'SELECT pg_export_snapshot()',
    "SELECT pg_read_file('/etc/passwd')", "SELECT pg_read_binary_file('/etc/passwd')", "SELECT * FROM pg_ls_dir('/')", 'SELECT pg_ls_logdir()', "SELECT (pg_stat_file('postgresql.conf')).size", 'SELECT pg_current_logfile()', "SELECT lo_import('/etc/passwd')", "SELECT lo_export(1, '/tmp/x')", 'SELECT lo_creat(-1)', 'SELECT lo_get(1)', "SELECT lo_from_bytea(0, 'x')", 'SELECT loread(1, 1)', "SELECT * FROM dblink('host=evil', 'select 1') AS t(a int)", "SELECT public.dblink_exec('x', 'insert')", "SELECT dblink_connect('host=evil')",
    "SELECT query_to_xml('delete from t', true, true, '')", "SELECT table_to_xml('public.t', true, true, '')", "SELECT database_to_xml(true, true, '')", "SELECT cursor_to_xml('c', 1, true, true, '')", "SELECT query_to_xml_and_xmlschema('x', true, true, '')", "SELECT ts_stat('delete from t')", "SELECT ts_rewrite('a'::tsquery, 'delete')", 'SELECT public.now()', 'SELECT evil()', 'SELECT public.count(*) FROM public.t', "SELECT repeat('x', 1000000000)", "SELECT lpad('x', 1000000000)", "SELECT format('%1000000000s', 1)", "SELECT encode('x', 'base64')", 'SELECT brin_summarize_new_values(1)', 'SELECT gin_clean_pending_list(1)', "SELECT pg_import_system_collations('public')", "SELECT pg_extension_config_dump('a', '')", "SELECT binary_upgrade_set_next_pg_type_oid(1)", "SELECT has_secret.evil('x')", 'SELECT pg_collation_actual_version(1)',
    'SELECT 1 WHERE pg_sleep(1) IS NULL', 'SELECT 1 ORDER BY pg_sleep(1)', 'SELECT 1 GROUP BY pg_sleep(1)', 'SELECT 1 FROM public.t GROUP BY a HAVING pg_sleep(1) IS NULL', 'SELECT 1 LIMIT length(pg_sleep(1)::text)', 'SELECT 1 OFFSET (SELECT 1 FROM pg_sleep(1))', 'SELECT count(*) FILTER (WHERE pg_sleep(1) IS NULL) FROM public.t', 'SELECT sum(1) OVER (ORDER BY pg_sleep(1)) FROM public.t', 'SELECT sum(1) OVER w FROM public.t WINDOW w AS (PARTITION BY pg_sleep(1))', 'SELECT * FROM public.t JOIN public.s ON pg_sleep(1) IS NULL', 'SELECT * FROM public.t, LATERAL pg_sleep(a) x', 'SELECT * FROM ROWS FROM (now(), pg_sleep(1)) x', 'SELECT CASE WHEN pg_sleep(1) IS NULL THEN 1 END', 'SELECT ARRAY[pg_sleep(1)]', 'SELECT ROW(pg_sleep(1))', 'SELECT COALESCE(pg_sleep(1)::text, now()::text)', 'SELECT (ARRAY[1])[length(pg_sleep(1)::text)]', 'SELECT 1 IN (SELECT length(pg_sleep(1)::text))', 'VALUES (pg_sleep(1))', 'WITH x AS (VALUES (pg_sleep(1))) SELECT * FROM x', 'SELECT DISTINCT ON (pg_sleep(1)) 1', "SELECT JSON_OBJECT('a': pg_sleep(1))", 'SELECT * FROM public.t TABLESAMPLE system (length(pg_sleep(1)::text))', 'SELECT now() AT TIME ZONE pg_sleep(1)::text', 'SELECT string_agg(a, pg_sleep(1)::text) FROM public.t', 'SELECT f(x => pg_sleep(1))', 'SELECT 1 UNION SELECT pg_sleep(1)', 'SELECT 1 EXCEPT (SELECT 2 INTERSECT SELECT length(pg_sleep(1)::text))',
  ],
  'casts, operators, sampling': ["SELECT 'x'::public.evil", "SELECT CAST('x' AS public.evil)", "SELECT public.evil 'x'", "SELECT '<a/>'::xml", "SELECT 'x'::regconfig", "SELECT 'x'::evil", 'SELECT 1 OPERATOR(public.+) 2', 'SELECT OPERATOR(public.-) 1', 'SELECT 1 FROM public.t ORDER BY a USING OPERATOR(public.<)', 'SELECT 1 OPERATOR(public.=) ANY (SELECT 2)', 'SELECT * FROM public.t TABLESAMPLE public.evil (1)', "SELECT xmlparse(document '<a/>')", 'SELECT xmlelement(name a)', "SELECT * FROM xmltable('/' passing '' columns a text)", "SELECT * FROM json_table('[]', '$' COLUMNS (a public.evil PATH '$'))", "SELECT json_value('{}', '$.a' RETURNING public.evil)", 'SELECT merge_action()', 'SELECT TREAT(a AS evil) FROM public.t'],
  'credentials and raw data': ['SELECT * FROM pg_authid', 'TABLE pg_authid', 'SELECT * FROM pg_catalog.pg_authid', 'SELECT * FROM "pg_authid"', 'SELECT * FROM PG_AUTHID', 'SELECT * FROM U&"pg\\005fauthid"', 'SELECT * FROM ONLY pg_authid', 'SELECT * FROM shop.pg_catalog.pg_authid', 'SELECT * FROM pg_shadow', 'SELECT usename FROM pg_shadow', 'SELECT * FROM pg_user_mapping', 'SELECT * FROM pg_user_mappings', 'SELECT * FROM information_schema.user_mapping_options', 'SELECT * FROM pg_largeobject', 'SELECT * FROM pg_subscription', 'SELECT * FROM pg_statistic', 'SELECT * FROM pg_hba_file_rules', 'SELECT * FROM pg_toast.pg_toast_1260', 'SELECT 1 FROM public.t WHERE EXISTS (SELECT 1 FROM pg_authid)', 'SELECT (SELECT count(*) FROM pg_authid)', 'WITH a AS (TABLE pg_authid) SELECT * FROM a', 'SELECT (WITH pg_authid AS (SELECT 1) SELECT 1), * FROM pg_authid', 'SELECT 1 UNION ALL SELECT 2 FROM pg_authid', 'SELECT * FROM public.t TABLESAMPLE system (1), pg_authid', 'SELECT password FROM public.users', 'SELECT u.api_key FROM public.users u', 'SELECT md5(u."Password") FROM public.users u', 'SELECT rolpassword FROM pg_roles'],
  'text tricks': ['SELECT 1\u0000', 'SELECT \u202E1', 'SELECT\u200B 1', '\uFEFFSELECT 1', "SELECT '\uD800'", '\\! id', '\\copy t to x', 'SELECT 1 \\gexec', 'SELECT 1 \\g |sh', "\\set x `id`", 'SELECT 1 \\; DELETE FROM public.t', `SELECT '${'x'.repeat(30_000)}'`, 'SELECT * FROM', '{"statement":"SELECT 1"}', 'sudo psql', "SELECT 'it''s", '$$'],
};

describe.each(Object.entries(refused))('refuses %s', (_group, statements) => {
  test.each(statements.map((statement) => [statement.slice(0, 200), statement]))('%s', async (_shown, statement) => {
    const checked = await checkReadOnlySql(statement);
    expect(checked).toMatchObject({ ok: false, reason: expect.stringMatching(/\w{3}/) as string });
  });
});

test('there are enough attempts', () => {
  expect(Object.values(refused).flat().length).toBeGreaterThanOrEqual(120);
});

export const allowed: string[] = [
  'SELECT 1', 'select 1;', '  SELECT 1 -- done', 'VALUES (1), (2)', 'TABLE pg_class', "SELECT 'DROP TABLE x; DELETE FROM y'", 'SELECT 1 AS "delete", 2 AS "pg_sleep"', 'SHOW work_mem', 'SHOW ALL', 'EXPLAIN SELECT * FROM pg_class WHERE relname = $$x$$', 'EXPLAIN (VERBOSE, COSTS off, SETTINGS, FORMAT json) SELECT 1', 'EXPLAIN (BUFFERS) SELECT 1',
  "SELECT pid, state, wait_event_type, wait_event, now() - xact_start AS age, pg_blocking_pids(pid) AS blocked_by, left(query, 80) AS query FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY xact_start NULLS LAST LIMIT 20",
  "SELECT l.pid, l.mode, l.granted, l.relation::regclass FROM pg_locks l WHERE NOT l.granted",
  "SELECT relname, seq_scan, seq_tup_read, idx_scan, n_dead_tup, last_autovacuum FROM pg_stat_user_tables ORDER BY seq_tup_read DESC",
  "SELECT c.relname, i.indisvalid, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid",
  "SELECT name, setting, unit, source, boot_val FROM pg_settings WHERE source NOT IN ('default', 'override')",
  "SELECT r.rolname, d.datname, s.setconfig FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase",
  "SELECT pg_size_pretty(pg_database_size(current_database())), version(), pg_postmaster_start_time()",
  "WITH RECURSIVE tree AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM tree WHERE n < 5) SELECT count(*) FILTER (WHERE n > 2), array_agg(n ORDER BY n DESC), percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FROM tree",
  "SELECT date_trunc('hour', now()), extract(epoch FROM now())::int, now() AT TIME ZONE 'UTC', interval '5 minutes', to_char(now(), 'YYYY'), age(now())",
  "SELECT coalesce(NULLIF('a', 'b'), 'c'), greatest(1, 2), CASE WHEN true THEN 1 ELSE 2 END, trim(' a '), substring('abc' FROM 2 FOR 1), position('b' IN 'abc'), 'a' LIKE 'b%', 'a' ~ '^b', 1 BETWEEN 0 AND 2, 1 = ANY (ARRAY[1, 2]), ROW(1, 2), (ARRAY[1, 2])[1], '{\"a\":1}'::jsonb ->> 'a', current_user, current_date",
  'SELECT row_number() OVER (PARTITION BY relkind ORDER BY relname), lag(relname) OVER w FROM pg_class WINDOW w AS (ORDER BY oid) LIMIT 3',
  'SELECT * FROM generate_series(1, 3) AS g(n) CROSS JOIN LATERAL (SELECT g.n * 2 AS twice) x', "SELECT * FROM pg_class TABLESAMPLE system (10)", "SELECT unnest(ARRAY['a', 'b']), string_agg(x, ', ') FROM (VALUES ('c')) v(x)", 'SELECT oid::regclass::text, relacl FROM pg_class GROUP BY GROUPING SETS ((oid, relacl)) LIMIT 1', 'SELECT 1 OPERATOR(pg_catalog.+) 2', 'SELECT schemaname, attname, n_distinct, null_frac FROM pg_stats LIMIT 1',
  'SELECT DISTINCT ON (relkind) relkind, relname FROM pg_class ORDER BY relkind, relname', "SELECT count(*) FROM pg_class a FULL JOIN pg_class b USING (oid) WHERE a.oid IS DISTINCT FROM b.oid", "SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT 3) ORDER BY 1", "SELECT token_count FROM (SELECT 1 AS token_count) x",
];

test.each(allowed)('allows %s', async (statement) => {
  expect(await checkReadOnlySql(statement)).toMatchObject({ ok: true });
});

test('a forbidden call is found wherever a statement can hold an expression', async () => {
  const places: ((call: string) => string)[] = [
    (call) => `SELECT ${call}`, (call) => `SELECT 1 WHERE (${call}) IS NOT NULL`, (call) => `SELECT (SELECT ${call})`, (call) => `WITH x AS (SELECT ${call}) SELECT 1`, (call) => `SELECT CASE WHEN true THEN ${call} END`, (call) => `SELECT coalesce(${call})`, (call) => `SELECT ARRAY[${call}]`, (call) => `SELECT 1 ORDER BY ${call}`, (call) => `SELECT count(*) FILTER (WHERE (${call}) IS NULL)`, (call) => `EXPLAIN SELECT ${call}`, (call) => `SELECT 1 UNION ALL SELECT ${call}`, (call) => `SELECT * FROM (SELECT ${call}) q`, (call) => `SELECT NOT ((${call}) IS NULL AND true)`,
  ];
  const wrap = fc.array(fc.constantFrom(...places), { minLength: 1, maxLength: 4 });
  await fc.assert(fc.asyncProperty(wrap, fc.constantFrom('evil()', 'pg_sleep(1)', 'pg_catalog.set_config($$a$$, $$b$$, false)', '"dblink"($$x$$)', 'public.f(1)'), async (nest, call) => {
    const [outermost, ...inner] = nest;
    const expression = inner.reduce<string>((text, place) => { const made = place(text); return made.startsWith('EXPLAIN') ? text : `(${made})`; }, call);
    expect(await checkReadOnlySql(outermost?.(expression) ?? '')).toMatchObject({ ok: false });
  }), { numRuns: 300 });
});

test('never throws, whatever the text', async () => {
  await fc.assert(fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.array(fc.constantFrom('SELECT', '(', ')', ';', "'", '"', '$$', '--', '/*', '*/', 'FROM', 'pg_authid', ',', '1', '\\', 'WITH', 'AS', '::', '\n'), { maxLength: 12 }).map((words) => words.join(' '))), async (text) => {
    const checked = await checkReadOnlySql(text);
    expect(checked.ok ? checked.kind : checked.reason).toMatch(/\w{4}/);
    expect(checked.ok && text.includes('FROM pg_authid') && !/['"$]|--|\/\*/.test(text)).toBe(false);
  }), { numRuns: 500 });
});

test('deep nesting ends in an answer', async () => {
  expect((await checkReadOnlySql(`SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`)).ok).toBeTypeOf('boolean');
  expect((await checkReadOnlySql(`SELECT ${'1+'.repeat(5_000)}1`)).ok).toBeTypeOf('boolean');
  expect(await checkReadOnlySql('SELECT 1')).toEqual({ ok: true, kind: 'select' });
});
