-- The investigator's role: statistics, sessions, the tables that plans need, and nothing else. A read-only transaction
-- is a seat belt, the role is the wall. Not pg_read_all_data: it can read password hashes.
--
--   psql -X -v ON_ERROR_STOP=1 -v role=sre_read -v password=... -v database=orders \
--        -v schema=public -v tables='public.orders, public.order_items' -f read.sql
-- as a superuser, in that database.

CREATE ROLE :"role" LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- The second lets it in when ordinary connections are used up; before PostgreSQL 16 there is no such role: leave it out.
GRANT pg_monitor, pg_use_reserved_connections TO :"role";
GRANT CONNECT ON DATABASE :"database" TO :"role";
GRANT USAGE ON SCHEMA :"schema" TO :"role";
-- By name: what it can't read it can't tell.
GRANT SELECT ON :tables TO :"role";
-- Where sequences stand; drawing a number needs USAGE or UPDATE, which it has not.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA :"schema" TO :"role";
-- Everybody may create temporary tables, and before PostgreSQL 15 also tables in public. This takes it from all roles that
-- have it from PUBLIC alone: if an application of yours makes such tables, GRANT it to that application by name first.
REVOKE TEMPORARY, CREATE ON DATABASE :"database" FROM PUBLIC;
REVOKE CREATE ON SCHEMA :"schema" FROM PUBLIC;
