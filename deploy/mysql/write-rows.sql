-- For mysql.rows only: where the executor keeps rows as they were, a table per change (`rows_...`; drop old ones as you like), and
-- its rights on the tables whose rows it may change. Nobody else should read there: it holds what those tables hold.
-- After write.sql, as an administrator:  mysql < write-rows.sql

CREATE DATABASE IF NOT EXISTS `sre_agent`;
CREATE TABLE IF NOT EXISTS `sre_agent`.`runs` (id char(32) PRIMARY KEY, run char(36) NOT NULL, at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `sre_agent`.* TO 'sre_write'@'%';
-- TRIGGER, since only who may make triggers sees whether there are some.
GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON `orders`.* TO 'sre_write'@'%';
