/** A change as a row: what is compared and set has columns; the rest is one JSON text, returned exactly as it was given. */
import type { Change, ChangeState } from '../../changes/change.ts';

export interface ChangeRow {
  id: string;
  incident_id: string;
  state: ChangeState;
  digest: string;
  created_at: Date;
  body: Body;
}

type Body = Omit<Change, 'id' | 'incidentId' | 'state' | 'digest' | 'createdAt'>;

export const changeColumns = 'id, incident_id, state, digest, created_at, body';

export function changeOf(row: ChangeRow): Change {
  return { ...row.body, id: row.id, incidentId: row.incident_id, state: row.state, digest: row.digest, createdAt: row.created_at.toISOString() };
}

/** Drops the fields that have columns, so that a caller can't set an identity or a state past the compare-and-set. */
export function bodyOf(change: Body & Partial<Change>): string {
  const { id: _id, incidentId: _incidentId, state: _state, digest: _digest, createdAt: _createdAt, ...body } = change;
  return JSON.stringify(body);
}
