/** Incidents, their append-only timeline, and the evidence behind it. JSON is kept as `json`: the exact text, which hashes bind. */
export const incidents = `
CREATE SEQUENCE sre_agent.incident_number;

CREATE TABLE sre_agent.incidents (
  id text PRIMARY KEY,
  number bigint NOT NULL UNIQUE,
  title text NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'investigating', 'diagnosed', 'mitigating', 'resolved', 'stopped')),
  severity text NOT NULL,
  fingerprint text NOT NULL,
  channel text NOT NULL,
  requested_by text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  touched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_sequence integer NOT NULL DEFAULT 0,
  last_hash text NOT NULL DEFAULT repeat('0', 64),
  last_evidence integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX incidents_unfinished_fingerprint ON sre_agent.incidents (fingerprint) WHERE status NOT IN ('resolved', 'stopped');
CREATE INDEX incidents_channel ON sre_agent.incidents (channel, number);
CREATE INDEX incidents_touched ON sre_agent.incidents (touched_at);

CREATE TABLE sre_agent.events (
  incident_id text NOT NULL REFERENCES sre_agent.incidents (id),
  sequence integer NOT NULL,
  at text NOT NULL,
  event json NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (incident_id, sequence)
);
CREATE FUNCTION sre_agent.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'The timeline is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$body$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sre_agent.events
  FOR EACH STATEMENT EXECUTE FUNCTION sre_agent.refuse_rewriting();

CREATE TABLE sre_agent.evidence (
  incident_id text NOT NULL REFERENCES sre_agent.incidents (id),
  number integer NOT NULL,
  specialist text NOT NULL,
  tool text NOT NULL,
  command text NOT NULL,
  text text NOT NULL,
  full_text text NOT NULL,
  failed boolean NOT NULL,
  hash text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (incident_id, number)
);
`;
