-- The investigator's account on MySQL or MariaDB: who is connected and who waits, never a table's rows.
-- Put in the account's hosts and a password, then as an administrator:
--   mysql < read.sql        (mariadb < read.sql)
-- PROCESS shows every connection's statements; the product masks their values before anything is kept.

CREATE USER 'sre_read'@'%' IDENTIFIED BY 'change-me';
GRANT PROCESS ON *.* TO 'sre_read'@'%';
-- MySQL 8 and later, for lock waits:
--   GRANT SELECT ON performance_schema.* TO 'sre_read'@'%';
-- The same, where performance_schema is on, for the statements that cost most and the indexes that nobody uses.
-- For plans (mysql_explain), by database; then the account could read rows. No tool shows any, but the plan of a row that
-- is looked up by its key tells whether it is there and fits the condition:
--   GRANT SELECT ON shop.* TO 'sre_read'@'%';
