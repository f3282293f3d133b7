-- For postgres.rows alone: where the executor keeps the rows that it changes or deletes, as they were before, in the same
-- transaction, so that an undo puts them back even if the executor has died. Without it that kind of change is refused.
--
--   psql -X -v ON_ERROR_STOP=1 -v role=sre_write -f write-rows.sql
-- as a superuser, in that database, after write.sql. The table holds copies of your data: it is for the write role alone.
-- The role can't delete from it: do that yourself once nobody will ask for an undo, for example daily
--   DELETE FROM sre_agent.rows_before WHERE written_at < now() - interval '30 days';

CREATE SCHEMA sre_agent;
CREATE TABLE sre_agent.rows_before (
  id text NOT NULL,
  position integer NOT NULL,
  before jsonb NOT NULL,
  written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  written_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, position)
);
REVOKE ALL ON SCHEMA sre_agent FROM PUBLIC;
REVOKE ALL ON sre_agent.rows_before FROM PUBLIC;
GRANT USAGE ON SCHEMA sre_agent TO :"role";
GRANT SELECT, INSERT, UPDATE ON sre_agent.rows_before TO :"role";
