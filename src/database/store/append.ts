/** Appends one event inside the caller's transaction. The incident's row is the lock: events of one incident stand in line. */
import { canonicalJson } from '../../changes/canonical-json.ts';
import type { IncidentEvent, StoredEvent } from '../../incident/events.ts';
import { IncidentNotFoundError } from '../../incident/store-errors.ts';
import type { Query } from '../database.ts';
import { hashEvent } from './chain.ts';
import { timelineChannel } from './subscription.ts';

interface Head {
  last_sequence: number;
  last_hash: string;
  now: Date;
}

/** @throws IncidentNotFoundError */
export async function appendEvent(query: Query, incidentId: string, event: IncidentEvent): Promise<StoredEvent> {
  // Held to the end of the transaction; weak, so that rows may refer to the incident meanwhile. The clock is read after the wait.
  await query('SELECT 1 FROM sre_agent.incidents WHERE id = $1 FOR NO KEY UPDATE', [incidentId]);
  const [head] = await query<Head>('SELECT last_sequence, last_hash, clock_timestamp() AS now FROM sre_agent.incidents WHERE id = $1', [incidentId]);
  if (!head) throw new IncidentNotFoundError(incidentId);
  const unsigned = { incidentId, sequence: head.last_sequence + 1, at: head.now.toISOString(), event: plain(event), previousHash: head.last_hash };
  const stored: StoredEvent = { ...unsigned, hash: hashEvent(unsigned) };
  await query(
    `WITH head AS (UPDATE sre_agent.incidents SET last_sequence = $2, last_hash = $6, touched_at = clock_timestamp() WHERE id = $1)
     INSERT INTO sre_agent.events (incident_id, sequence, at, event, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING pg_notify($7, $1)`,
    [incidentId, stored.sequence, stored.at, JSON.stringify(stored.event), stored.previousHash, stored.hash, timelineChannel],
  );
  return stored;
}

/** For a step that has no event. */
export async function notify(query: Query, incidentId: string): Promise<void> {
  await query('SELECT pg_notify($1, $2)', [timelineChannel, incidentId]);
}

/** As it will be read back: what is hashed now is what verify sees later. */
function plain(event: IncidentEvent): IncidentEvent {
  return JSON.parse(canonicalJson(event)) as IncidentEvent;
}
