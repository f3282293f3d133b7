/** Anchors: what binds all timelines at one moment and is posted elsewhere, so that a consistent rewriting is found too. What people decided and what models were asked is append-only as well. */
export const audit = `
CREATE TABLE sre_agent.audit_anchors (
  number bigint PRIMARY KEY,
  at text NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL UNIQUE
);
CREATE TABLE sre_agent.audit_heads (
  anchor bigint NOT NULL REFERENCES sre_agent.audit_anchors (number),
  incident_id text NOT NULL,
  sequence integer NOT NULL,
  hash text NOT NULL,
  evidence_count integer NOT NULL,
  evidence_hash text NOT NULL,
  PRIMARY KEY (incident_id, anchor)
);
CREATE INDEX audit_heads_anchor ON sre_agent.audit_heads (anchor);

CREATE TABLE sre_agent.audit_posts (
  anchor bigint PRIMARY KEY REFERENCES sre_agent.audit_anchors (number),
  holder text NOT NULL,
  until timestamptz NOT NULL,
  channel text,
  ts text
);

CREATE TRIGGER audit_anchors_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sre_agent.audit_anchors
  FOR EACH STATEMENT EXECUTE FUNCTION sre_agent.refuse_rewriting();
CREATE TRIGGER audit_heads_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sre_agent.audit_heads
  FOR EACH STATEMENT EXECUTE FUNCTION sre_agent.refuse_rewriting();
CREATE TRIGGER approvals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sre_agent.approvals
  FOR EACH STATEMENT EXECUTE FUNCTION sre_agent.refuse_rewriting();
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sre_agent.evidence
  FOR EACH STATEMENT EXECUTE FUNCTION sre_agent.refuse_rewriting();
CREATE TRIGGER model_calls_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sre_agent.model_calls
  FOR EACH STATEMENT EXECUTE FUNCTION sre_agent.refuse_rewriting();
`;
