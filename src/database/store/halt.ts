import type { Store } from '../../incident/store.ts';
import type { Database } from '../database.ts';

export function createHalt({ query }: Database): Store['halt'] {
  return {
    async set({ userId, teamId }) {
      return (await query('INSERT INTO sre_agent.halt (team_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING single', [teamId, userId])).length > 0;
    },
    async lift() {
      return (await query('DELETE FROM sre_agent.halt RETURNING single')).length > 0;
    },
    async current() {
      const [row] = await query<{ team_id: string; user_id: string; at: Date }>('SELECT team_id, user_id, at FROM sre_agent.halt');
      return row && { by: { userId: row.user_id, teamId: row.team_id }, at: row.at.toISOString() };
    },
  };
}
