import type { Change, ChangeState } from '../../changes/change.ts';
import { changeStates, transitions } from '../../changes/change.ts';
import type { Store } from '../../incident/store.ts';
import { ChangeNotFoundError, IllegalTransitionError } from '../../incident/store-errors.ts';
import type { ChangeDraft } from '../../incident/types.ts';
import type { Database, Query } from '../database.ts';
import { appendEvent } from './append.ts';
import { insertApproval } from './approvals.ts';
import type { ChangeRow } from './change-row.ts';
import { bodyOf, changeColumns, changeOf } from './change-row.ts';

const finalStates = changeStates.filter((state) => transitions[state].length === 0);

export function createChanges({ query, transaction }: Database): Store['changes'] {
  async function where(condition: string, parameters: unknown[]): Promise<Change[]> {
    const rows = await query<ChangeRow>(`SELECT ${changeColumns} FROM sre_agent.changes WHERE ${condition} ORDER BY number`, parameters);
    return rows.map(changeOf);
  }

  return {
    draft: (incidentId, draft, lockKey) => transaction((inside) => insertDraft(inside, incidentId, draft, lockKey)),
    get: async (id) => (await where('id = $1', [id]))[0],
    list: (incidentId) => where('incident_id = $1', [incidentId]),
    inState: (states) => where('state = ANY($1)', [states]),
    recent: (states, seconds) => where('state = ANY($1) AND greatest(created_at, heartbeat_at) > clock_timestamp() - make_interval(secs => $2)', [states, seconds]),
    transition: (id, step) => transaction((inside) => moveChange(inside, id, step)),
    acquireLock: (lockKey, changeId) => transaction((inside) => takeLock(inside, lockKey, changeId)),
    async releaseLock(lockKey, changeId) {
      await query('DELETE FROM sre_agent.change_locks WHERE lock_key = $1 AND change_id = $2', [lockKey, changeId]);
    },
    async heartbeat(id, executor) {
      await query('UPDATE sre_agent.changes SET executor = $2, heartbeat_at = clock_timestamp() WHERE id = $1', [id, executor]);
    },
    silent: (states, seconds) =>
      where('state = ANY($1) AND (heartbeat_at IS NULL OR heartbeat_at < clock_timestamp() - make_interval(secs => $2))', [states, seconds]),
  };
}

/** Keys are paths: one that begins with another conflicts with it, so they are taken one at a time. */
async function takeLock(query: Query, lockKey: string, changeId: string): Promise<boolean> {
  await query('LOCK TABLE sre_agent.change_locks IN SHARE ROW EXCLUSIVE MODE');
  await query('DELETE FROM sre_agent.change_locks l USING sre_agent.changes c WHERE c.id = l.change_id AND c.state = ANY($1)', [finalStates]);
  const rows = await query(
    `INSERT INTO sre_agent.change_locks (lock_key, change_id)
     SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM sre_agent.changes WHERE id = $2 AND state = ANY($3))
       AND NOT EXISTS (SELECT FROM sre_agent.change_locks WHERE change_id <> $2 AND (starts_with($1 || '/', lock_key || '/') OR starts_with(lock_key || '/', $1 || '/')))
     ON CONFLICT (lock_key) DO UPDATE SET taken_at = clock_timestamp() RETURNING lock_key`,
    [lockKey, changeId, finalStates],
  );
  return rows.length > 0;
}

async function insertDraft(query: Query, incidentId: string, draft: ChangeDraft, lockKey: string): Promise<Change> {
  // Before the number is drawn: within an incident a smaller number was there first, for whoever looks at both.
  await query('SELECT 1 FROM sre_agent.incidents WHERE id = $1 FOR NO KEY UPDATE', [incidentId]);
  const [next] = await query<{ number: string }>("SELECT nextval('sre_agent.change_number') AS number");
  const id = `C${next?.number}`;
  // The event first: it locks the incident, which the change's row refers to.
  await appendEvent(query, incidentId, { type: 'change.drafted', changeId: id, title: draft.title });
  const rows = await query<ChangeRow>(
    `INSERT INTO sre_agent.changes (id, number, incident_id, state, body) VALUES ($1, $2, $3, 'drafted', $4) RETURNING ${changeColumns}`,
    [id, next?.number, incidentId, bodyOf({ ...unprepared, ...draft, lockKey })],
  );
  return changeOf(rows[0] as ChangeRow);
}

/** A draft's fields before its preview: nothing runnable, nothing promised. */
const unprepared = {
  command: [],
  preview: '',
  resolved: {},
  undo: { kind: 'impossible', command: [], description: '' },
  verification: { checks: [], soakSeconds: 0 },
  blastRadius: '',
  facts: { online: false, reversible: false },
  risk: { level: 'high', reasons: [] },
  policy: { version: '', approvalsNeeded: 1, requesterMayApprove: false },
  expiresAt: '',
} satisfies Partial<Change>;

type Step = Parameters<Store['changes']['transition']>[1];

async function moveChange(query: Query, id: string, step: Step): Promise<Change | undefined> {
  assertLegal(id, step.from, step.to);
  const [row] = await query<ChangeRow>(`SELECT ${changeColumns} FROM sre_agent.changes WHERE id = $1 FOR NO KEY UPDATE`, [id]);
  if (!row) throw new ChangeNotFoundError(id);
  const { digest, expiresAt, ...before } = changeOf(row);
  const merged = { ...before, expiresAt, ...step.set };
  const moved = await query<ChangeRow>(
    `UPDATE sre_agent.changes SET state = $3, digest = $4, expires_at = nullif($5, '')::timestamptz, body = $6
     WHERE id = $1 AND state = $2 AND ($7::text IS NULL OR digest = $7) AND (NOT $8::boolean OR expires_at > clock_timestamp())
     RETURNING ${changeColumns}`,
    [id, step.from, step.to, step.set?.digest ?? digest, merged.expiresAt, bodyOf(merged), step.digest ?? null, step.notExpired ?? false],
  );
  if (!moved[0]) return undefined;
  if (finalStates.includes(step.to)) await query('DELETE FROM sre_agent.change_locks WHERE change_id = $1', [id]);
  if (step.approval) await insertApproval(query, id, 'approve', step.approval);
  await appendEvent(query, row.incident_id, step.event);
  return changeOf(moved[0]);
}

function assertLegal(id: string, from: ChangeState, to: ChangeState): void {
  if (!transitions[from].includes(to)) throw new IllegalTransitionError(id, from, to);
}
