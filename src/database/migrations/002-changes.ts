/** Changes, who decided on them, and the lock that keeps two from one target. */
export const changes = `
CREATE SEQUENCE sre_agent.change_number;

CREATE TABLE sre_agent.changes (
  id text PRIMARY KEY,
  number bigint NOT NULL UNIQUE,
  incident_id text NOT NULL REFERENCES sre_agent.incidents (id),
  state text NOT NULL,
  digest text NOT NULL DEFAULT '',
  expires_at timestamptz,
  body json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  executor text,
  heartbeat_at timestamptz
);
CREATE INDEX changes_incident ON sre_agent.changes (incident_id, number);
CREATE INDEX changes_state ON sre_agent.changes (state, number);

CREATE TABLE sre_agent.change_locks (
  lock_key text PRIMARY KEY,
  change_id text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX change_locks_change ON sre_agent.change_locks (change_id);

CREATE TABLE sre_agent.approvals (
  change_id text NOT NULL REFERENCES sre_agent.changes (id),
  digest text NOT NULL,
  team_id text NOT NULL,
  user_id text NOT NULL,
  decision text NOT NULL CHECK (decision IN ('approve', 'reject')),
  reason text,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (change_id, digest, team_id, user_id)
);
`;
