/** The parts of the store that remember the product's own work. */
import type { Card, ModelCall, Store } from '../../incident/store.ts';
import type { Database } from '../database.ts';

export function createCards({ query }: Database): Store['cards'] {
  return {
    list: (incidentId) => query<Card>('SELECT incident_id AS "incidentId", key, channel, ts, shown FROM sre_agent.cards WHERE incident_id = $1 ORDER BY key', [incidentId]),
    async put({ incidentId, key, channel, ts, shown }) {
      await query(
        `INSERT INTO sre_agent.cards (incident_id, key, channel, ts, shown) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (incident_id, key) DO UPDATE SET channel = $3, ts = $4, shown = $5`,
        [incidentId, key, channel, ts, shown],
      );
    },
    async lease(incidentId, holder, seconds) {
      const held = await query(
        `INSERT INTO sre_agent.card_leases AS held (incident_id, holder, until) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
         ON CONFLICT (incident_id) DO UPDATE SET holder = $2, until = clock_timestamp() + make_interval(secs => $3)
           WHERE held.holder = $2 OR held.until <= clock_timestamp()
         RETURNING holder`,
        [incidentId, holder, seconds],
      );
      return held.length > 0;
    },
  };
}

export function createModelCalls({ transaction, query }: Database): Store['modelCalls'] {
  return {
    // Not `query`: a lost connection must not count a call twice.
    add: (call) =>
      transaction(async (inside) => {
        await inside('INSERT INTO sre_agent.model_calls (incident_id, body) VALUES ($1, $2)', [call.incidentId, JSON.stringify(call)]);
      }),
    async list(incidentId) {
      const rows = await query<{ body: ModelCall }>('SELECT body FROM sre_agent.model_calls WHERE incident_id = $1 ORDER BY id', [incidentId]);
      return rows.map((row) => row.body);
    },
  };
}

export function createTurns({ query }: Database): Store['turns'] {
  return {
    /** Only the newest is kept; a late save of an earlier turn changes nothing. */
    async save(investigation, turn, messages) {
      await query(
        `INSERT INTO sre_agent.turns AS saved (investigation, turn, messages) VALUES ($1, $2, $3)
         ON CONFLICT (investigation) DO UPDATE SET turn = $2, messages = $3, saved_at = clock_timestamp() WHERE saved.turn <= $2`,
        [investigation, turn, JSON.stringify(messages)],
      );
    },
    async load(investigation) {
      const [row] = await query<{ turn: number; messages: unknown }>('SELECT turn, messages FROM sre_agent.turns WHERE investigation = $1', [investigation]);
      return row;
    },
  };
}

export function createDeadLetters({ transaction, query }: Database): Store['deadLetters'] {
  return {
    add: ({ source, reason, body }) =>
      transaction(async (inside) => {
        await inside('INSERT INTO sre_agent.dead_letters (source, reason, body) VALUES ($1, $2, $3)', [source, reason, body]);
      }),
    async list(limit) {
      const rows = await query<{ source: string; reason: string; body: string; at: Date }>(
        'SELECT source, reason, body, at FROM sre_agent.dead_letters ORDER BY id DESC LIMIT $1',
        [limit],
      );
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
    },
  };
}

/** In a transaction and not retried after it: a second look at the same key must not say "seen" to the first. */
export function createFirstSight({ transaction }: Database): Store['firstSight'] {
  return (key) =>
    transaction(async (inside) => {
      await inside(`DELETE FROM sre_agent.seen_keys WHERE key IN
        (SELECT key FROM sre_agent.seen_keys WHERE at < clock_timestamp() - interval '1 day' AND key <> $1 LIMIT 50 FOR UPDATE SKIP LOCKED)`, [key]);
      const first = await inside(
        `INSERT INTO sre_agent.seen_keys AS seen (key) VALUES ($1)
         ON CONFLICT (key) DO UPDATE SET at = clock_timestamp() WHERE seen.at < clock_timestamp() - interval '1 day' RETURNING key`,
        [key],
      );
      return first.length > 0;
    });
}
