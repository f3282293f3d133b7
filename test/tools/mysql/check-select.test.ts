import { expect, test } from 'vitest';
import { checkMysqlSelect } from '../../../src/tools/mysql/check-select.ts';

test.each([
  'SELECT * FROM orders WHERE customer_id = 17 ORDER BY created_at DESC LIMIT 10 OFFSET 20',
  "SELECT count(*) FROM shop.orders o LEFT JOIN items i ON i.order_id = o.id WHERE o.state IN ('open', 'it''s paid') AND o.total % 2 = 0 GROUP BY o.state HAVING count(*) > 1",
  'WITH recent AS (SELECT id FROM orders) SELECT 1 FROM recent UNION ALL SELECT 2',
  'select exists (select 1 from orders where note like \'a%\')',
])('taken: %s', async (statement) => {
  expect(await checkMysqlSelect(statement)).toMatchObject({ ok: true });
});

test.each([
  // What MySQL cuts into other words than PostgreSQL.
  '/*!50000 DELETE FROM orders */', 'SELECT 1 /*!50000 INTO OUTFILE \'/tmp/x\' */', 'SELECT /*+ SET_VAR(sql_mode = \'\') */ 1', 'SELECT 1 -- x', 'SELECT 1 # x', 'SELECT 1--1',
  'SELECT `a` FROM t', 'SELECT "a" FROM t', "SELECT 'a\\' OR 1 = 1 '", 'SELECT @a', 'SELECT @@version', 'SELECT a::text FROM t', 'SELECT $1', 'SELECT ?', 'SELECT $$a$$', 'SELECT 1; DELETE FROM t', 'SELECT { fn now() }', 'SELECT a[1] FROM t', 'SELECT \u2018a\u2019',
  // No SELECT, or one that does more.
  'DELETE FROM orders', 'UPDATE orders SET a = 1', 'DROP TABLE orders', 'EXPLAIN SELECT 1', 'ANALYZE SELECT 1', 'ANALYZE FORMAT=JSON SELECT 1', 'FOR CONNECTION 5', 'SHOW TABLES', 'HANDLER t OPEN', 'DO SLEEP(1)', 'TABLE orders', 'VALUES (1)', 'CALL p()', '',
  'SELECT a INTO b FROM t', "SELECT a FROM t INTO OUTFILE '/tmp/x'", "SELECT a FROM t INTO DUMPFILE '/tmp/x'", 'SELECT a FROM t FOR UPDATE', 'SELECT a FROM t FOR SHARE', 'SELECT a FROM t LOCK IN SHARE MODE', 'WITH x AS (DELETE FROM t RETURNING 1) SELECT 1 FROM x', 'SELECT a FROM t PROCEDURE ANALYSE()',
  // Functions that wait, read files, lock or are somebody's own.
  'SELECT sleep(5)', "SELECT load_file('/etc/passwd')", 'SELECT benchmark(1000000, 1)', "SELECT get_lock('a', 1)", 'SELECT my_function(1)', 'SELECT 1 FROM t WHERE id = (SELECT sleep(5))', "SELECT master_pos_wait('a', 1)", "SELECT extractvalue(1, 'a')",
  // Plans of rows found by their key say what is in them.
  "SELECT 1 FROM mysql.user WHERE user = 'root'", "SELECT 1 FROM MySQL.global_priv", 'SELECT 1 FROM a JOIN performance_schema.threads ON 1 = 1', 'SELECT (SELECT 1 FROM information_schema.processlist LIMIT 1)', "SELECT 1 FROM users WHERE password = 'a'",
])('refused: %s', async (statement) => {
  expect(await checkMysqlSelect(statement)).toMatchObject({ ok: false, reason: expect.stringMatching(/^\S.{10,}/) as string });
});
