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
      // One statement, so that the row and its events are of one moment.
      const statement = `SELECT i.last_sequence, i.last_hash, e.sequence, e.at, e.event, e.previous_hash, e.hash
        FROM sre_agent.incidents i LEFT JOIN sre_agent.events e ON e.incident_id = i.id WHERE i.id = $1 ORDER BY e.sequence`;
      const rows = await query<{ last_sequence: number; last_hash: string } & (Row | { [K in keyof Row]: null })>(statement, [incidentId]);
      const head = rows[0];
      if (!head) throw new IncidentNotFoundError(incidentId);
      const events = rows.flatMap((row) => (row.sequence === null ? [] : [eventOf(incidentId, row)]));
      return findBreak(events, { sequence: head.last_sequence, hash: head.last_hash });
    },
  };
}

function eventOf(incidentId: string, row: Row): StoredEvent {
  return { incidentId, sequence: row.sequence, at: row.at, event: row.event, previousHash: row.previous_hash, hash: row.hash };
}
