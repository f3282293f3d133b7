-- The executor's role: owns what it must index, ends sessions of ordinary roles, changes settings of the roles it
-- administers. Not a superuser: no files, no programs, no data of other owners. PostgreSQL 16 and later: before that
-- CREATEROLE reaches every ordinary role, so leave it and the last line out, and with them settings of roles.
--
--   psql -X -v ON_ERROR_STOP=1 -v role=sre_write -v password=... -v database=orders \
--        -v owner=orders_owner -v applications='orders_app, orders_jobs' -f write.sql
-- as a superuser, in that database. `owner` owns the tables; `applications` are the roles whose settings may be changed.
-- Who owns a schema, or the database with its schema public, can drop whatever is in it: let `owner` own tables only,
-- unless settings of the database are to be changed too.

CREATE ROLE :"role" LOGIN CREATEROLE PASSWORD :'password' NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;
GRANT pg_monitor, pg_signal_backend, pg_use_reserved_connections TO :"role";
GRANT CONNECT ON DATABASE :"database" TO :"role";
GRANT :"owner" TO :"role";
GRANT :applications TO :"role" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
