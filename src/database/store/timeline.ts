import type { IncidentEvent, StoredEvent } from '../../incident/events.ts';
import type { Store } from '../../incident/store.ts';
import { IncidentNotFoundError } from '../../incident/store-errors.ts';
import type { Database } from '../database.ts';
import { appendEvent } from './append.ts';
import { findBreak } from './chain.ts';
import type { Subscription } from './subscription.ts';

interface Row {
  sequence: number;
  at: string;
  event: IncidentEvent;
  previous_hash: string;
  hash: string;
}

export function createTimeline({ query, transaction }: Database, subscription: Subscription): Store['timeline'] {
  return {
    append: (incidentId, event) => transaction((inside) => appendEvent(inside, incidentId, event)),
    async read(incidentId, afterSequence = 0) {
      const statement = `SELECT sequence, at, event, previous_hash, hash FROM sre_agent.events
        WHERE incident_id = $1 AND sequence > $2 ORDER BY sequence`;
      return (await query<Row>(statement, [incidentId, afterSequence])).map((row) => eventOf(incidentId, row));
    },
    subscribe: (onChange) => subscription.add(onChange),
    async verify(incidentId) {
      const { head, events } = await whole(incidentId);
      if (!head) throw new IncidentNotFoundError(incidentId);
      return findBreak(events, head);
    },
    whole,
  };

  async function whole(incidentId: string): Promise<{ head?: { sequence: number; hash: string }; events: StoredEvent[] }> {
    // One statement, so that the row and its events are of one moment.
    const statement = `SELECT i.last_sequence, i.last_hash, e.sequence, e.at, e.event, e.previous_hash, e.hash
      FROM (SELECT * FROM sre_agent.incidents WHERE id = $1) AS i FULL JOIN (SELECT * FROM sre_agent.events WHERE incident_id = $1) AS e ON e.incident_id = i.id ORDER BY e.sequence`;
    const rows = await query<{ last_sequence: number | null; last_hash: string | null } & (Row | { [K in keyof Row]: null })>(statement, [incidentId]);
    const [first] = rows;
    const events = rows.flatMap((row) => (row.sequence === null ? [] : [eventOf(incidentId, row)]));
    return { events, ...(first && first.last_sequence !== null && { head: { sequence: first.last_sequence, hash: first.last_hash ?? '' } }) };
  }
}

function eventOf(incidentId: string, row: Row): StoredEvent {
  return { incidentId, sequence: row.sequence, at: row.at, event: row.event, previousHash: row.previous_hash, hash: row.hash };
}
