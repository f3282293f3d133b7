import type { Approval, Store } from '../../incident/store.ts';
import { ChangeNotFoundError } from '../../incident/store-errors.ts';
import type { Database, Query } from '../database.ts';
import { appendEvent } from './append.ts';

interface Row {
  digest: string;
  team_id: string;
  user_id: string;
  decision: 'approve' | 'reject';
  reason: string | null;
  at: Date;
}

/** False when this person had decided on this digest. */
export async function insertApproval(query: Query, changeId: string, decision: 'approve' | 'reject', { digest, by, reason }: Approval): Promise<boolean> {
  const added = await query(
    `INSERT INTO sre_agent.approvals (change_id, digest, team_id, user_id, decision, reason) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING RETURNING change_id`,
    [changeId, digest, by.teamId, by.userId, decision, reason ?? null],
  );
  return added.length > 0;
}

export function createApprovals({ query, transaction }: Database): Store['approvals'] {
  return {
    add: ({ changeId, decision, event, ...approval }) =>
      transaction(async (inside) => {
        // One decision at a time per change: two people at once must not both count themselves as the first.
        const [change] = await inside<{ incident_id: string }>('SELECT incident_id FROM sre_agent.changes WHERE id = $1 FOR NO KEY UPDATE', [changeId]);
        if (!change) throw new ChangeNotFoundError(changeId);
        const added = await insertApproval(inside, changeId, decision, approval);
        if (added && event) await appendEvent(inside, change.incident_id, event);
        const [count] = await inside<{ approvals: number }>(
          "SELECT count(*)::integer AS approvals FROM sre_agent.approvals WHERE change_id = $1 AND digest = $2 AND decision = 'approve'",
          [changeId, approval.digest],
        );
        return { approvals: count?.approvals ?? 0, duplicate: !added };
      }),
    async list(changeId) {
      const rows = await query<Row>('SELECT digest, team_id, user_id, decision, reason, at FROM sre_agent.approvals WHERE change_id = $1 ORDER BY at', [changeId]);
      return rows.map((row) => ({
        digest: row.digest,
        by: { userId: row.user_id, teamId: row.team_id },
        decision: row.decision,
        ...(row.reason !== null && { reason: row.reason }),
        at: row.at.toISOString(),
      }));
    },
  };
}
