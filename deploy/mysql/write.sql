-- The executor's account on MySQL or MariaDB. Leave out the lines of actions you don't want.
-- Put in the account's hosts, a password and the database (`orders`), then as an administrator:
--   mysql < write.sql       (mariadb < write.sql)
-- Never SUPER, FILE, GRANT OPTION or a right on mysql.* beyond the one below.

CREATE USER 'sre_write'@'%' IDENTIFIED BY 'change-me';
-- mysql.create_index, mysql.drop_index, mysql.analyze; ANALYZE TABLE wants INSERT. MySQL wants CREATE for ALTER TABLE, too.
GRANT SELECT, INSERT, ALTER, INDEX ON `orders`.* TO 'sre_write'@'%';
GRANT SELECT ON mysql.innodb_table_stats TO 'sre_write'@'%';
-- Who is connected, and InnoDB's ids of tables and indexes: for all of them.
GRANT PROCESS ON *.* TO 'sre_write'@'%';
-- mysql.kill, and mysql.set_global of limits on connections. MySQL: CONNECTION_ADMIN, and SYSTEM_VARIABLES_ADMIN for mysql.set_global.
GRANT CONNECTION ADMIN ON *.* TO 'sre_write'@'%';
-- MySQL 8 and later, for mysql.kill:
--   GRANT SELECT ON performance_schema.* TO 'sre_write'@'%';
