/** The stop of everything: one row while it stands. */
export const halt = `
CREATE TABLE sre_agent.halt (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  team_id text NOT NULL,
  user_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
`;
