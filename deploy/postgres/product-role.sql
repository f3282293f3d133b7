-- The role the product itself works with in its own database: what people may have to rely on later it can add to and not
-- change, and it can't switch that off, since it owns nothing. The owner of the schema migrates, before the first start and at upgrades:
--
--   DATABASE_URL=postgres://owner:...@db.internal/sre_agent sre-agent migrate
--   psql -X -v ON_ERROR_STOP=1 -v role=sre_agent_app -v database=sre_agent -f product-role.sql     -- after each migration, as the owner
--
-- The role exists already: CREATE ROLE sre_agent_app LOGIN PASSWORD '...'. Its URL is the DATABASE_URL of all three processes.

GRANT CONNECT ON DATABASE :"database" TO :"role";
-- For BullMQ's own schema; leave it out when the queue is in Redis.
GRANT CREATE ON DATABASE :"database" TO :"role";
GRANT USAGE ON SCHEMA sre_agent TO :"role";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA sre_agent TO :"role";
GRANT SELECT ON sre_agent.migrations TO :"role";

-- The audit: read and added to.
GRANT SELECT, INSERT ON sre_agent.events, sre_agent.evidence, sre_agent.approvals, sre_agent.model_calls, sre_agent.audit_anchors, sre_agent.audit_heads TO :"role";

-- Where things stand now.
GRANT SELECT, INSERT, UPDATE ON sre_agent.incidents, sre_agent.changes, sre_agent.cards, sre_agent.card_leases, sre_agent.turns, sre_agent.audit_posts TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON sre_agent.change_locks, sre_agent.seen_keys, sre_agent.halt TO :"role";
GRANT SELECT, INSERT ON sre_agent.dead_letters TO :"role";
