/** What the product remembers of its own work: Slack cards, model calls, turns, refused deliveries, seen keys. */
export const workings = `
CREATE TABLE sre_agent.cards (
  incident_id text NOT NULL REFERENCES sre_agent.incidents (id),
  key text NOT NULL,
  channel text NOT NULL,
  ts text NOT NULL,
  shown text NOT NULL,
  PRIMARY KEY (incident_id, key)
);
CREATE INDEX cards_root ON sre_agent.cards (channel, ts) WHERE key = 'root';

CREATE TABLE sre_agent.card_leases (
  incident_id text PRIMARY KEY,
  holder text NOT NULL,
  until timestamptz NOT NULL
);

CREATE TABLE sre_agent.model_calls (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id text NOT NULL REFERENCES sre_agent.incidents (id),
  body json NOT NULL
);
CREATE INDEX model_calls_incident ON sre_agent.model_calls (incident_id, id);

CREATE TABLE sre_agent.turns (
  investigation text PRIMARY KEY,
  turn integer NOT NULL,
  messages json NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE sre_agent.dead_letters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text NOT NULL,
  reason text NOT NULL,
  body text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE sre_agent.seen_keys (
  key text PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX seen_keys_at ON sre_agent.seen_keys (at);
`;
