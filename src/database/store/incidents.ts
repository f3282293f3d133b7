import type { Incident, IncidentStatus, Severity } from '../../incident/types.ts';
import type { Store } from '../../incident/store.ts';
import type { Database, Query } from '../database.ts';
import { appendEvent, notify } from './append.ts';

interface Row {
  id: string;
  title: string;
  status: IncidentStatus;
  severity: Severity;
  fingerprint: string;
  channel: string;
  requested_by: string | null;
  created_at: Date;
}

const columns = 'id, title, status, severity, fingerprint, channel, requested_by, created_at';
/** As in the unique index, so that the index is used. */
const unfinished = "status NOT IN ('resolved', 'stopped')";

type OpenInput = Parameters<Store['incidents']['openOrJoin']>[0];

export function createIncidents({ query, transaction }: Database): Store['incidents'] {
  return {
    async openOrJoin(input) {
      for (;;) {
        const result = await transaction(async (inside) => (await join(inside, input)) ?? open(inside, input));
        // Another delivery opened it between our look and our insert; the next look finds it.
        if (result) return result;
      }
    },
    async get(id) {
      return first(await query<Row>(`SELECT ${columns} FROM sre_agent.incidents WHERE id = $1`, [id]));
    },
    async findByThread(channel, threadTs) {
      if (threadTs === '') return undefined;
      const statement = `SELECT ${columns} FROM sre_agent.incidents
        WHERE id = (SELECT incident_id FROM sre_agent.cards WHERE key = 'root' AND channel = $1 AND ts = $2 LIMIT 1)`;
      return first(await query<Row>(statement, [channel, threadTs]));
    },
    async findByFingerprint(fingerprint) {
      return first(await query<Row>(`SELECT ${columns} FROM sre_agent.incidents WHERE fingerprint = $1 AND ${unfinished}`, [fingerprint]));
    },
    async list(filter) {
      const statement = `SELECT ${columns} FROM sre_agent.incidents
        WHERE ($1::text IS NULL OR channel = $1) AND ($2::boolean IS NULL OR (${unfinished}) = $2)
        ORDER BY number DESC LIMIT $3`;
      return (await query<Row>(statement, [filter.channel ?? null, filter.unfinished ?? null, filter.limit])).map(incidentOf);
    },
    async setStatus(id, from, to, event) {
      return transaction(async (inside) => {
        const moved = await inside<{ id: string }>(
          'UPDATE sre_agent.incidents SET status = $3, touched_at = clock_timestamp() WHERE id = $1 AND status = ANY($2) RETURNING id',
          [id, from, to],
        );
        if (moved.length === 0) return false;
        if (event) await appendEvent(inside, id, event);
        else await notify(inside, id);
        return true;
      });
    },
    async reopen(id, from, to, event, { aside = false } = {}) {
      const attempt = (fingerprint: string) =>
        transaction(async (inside) => {
          const statement = `UPDATE sre_agent.incidents SET status = $3, fingerprint = ${fingerprint}, touched_at = clock_timestamp() WHERE id = $1 AND status = ANY($2) RETURNING id`;
          const moved = await inside<{ id: string }>(statement, [id, from, to]);
          if (moved.length > 0) await appendEvent(inside, id, event);
          return moved.length > 0 ? 'reopened' : 'no';
        });
      try {
        return await attempt('fingerprint');
      } catch (error) {
        if ((error as { code?: unknown }).code !== uniqueViolation) throw error;
        return aside ? attempt("fingerprint || ' ' || id") : 'taken';
      }
    },
    async findResolved(fingerprint) {
      return first(await query<Row>(`SELECT ${columns} FROM sre_agent.incidents WHERE fingerprint = $1 AND status = 'resolved' ORDER BY number DESC LIMIT 1`, [fingerprint]));
    },
  };
}

const uniqueViolation = '23505';

async function join(query: Query, { alert, requestedBy }: OpenInput): Promise<{ incident: Incident; opened: boolean } | undefined> {
  const statement = `SELECT ${columns} FROM sre_agent.incidents WHERE fingerprint = $1 AND ${unfinished} FOR NO KEY UPDATE`;
  const incident = first(await query<Row>(statement, [alert.fingerprint]));
  if (!incident) return undefined;
  await appendEvent(query, incident.id, { type: 'alert.joined', alert, by: requestedBy });
  return { incident, opened: false };
}

async function open(query: Query, { alert, channel, title, requestedBy }: OpenInput): Promise<{ incident: Incident; opened: boolean } | undefined> {
  const statement = `WITH next AS (SELECT nextval('sre_agent.incident_number') AS number)
    INSERT INTO sre_agent.incidents (id, number, title, status, severity, fingerprint, channel, requested_by)
    SELECT 'INC-' || number, number, $1, 'open', $2, $3, $4, $5 FROM next
    ON CONFLICT (fingerprint) WHERE ${unfinished} DO NOTHING RETURNING ${columns}`;
  const incident = first(await query<Row>(statement, [title, alert.severity, alert.fingerprint, channel, requestedBy?.userId ?? null]));
  if (!incident) return undefined;
  await appendEvent(query, incident.id, { type: 'incident.opened', alert, requestedBy, channel, title });
  return { incident, opened: true };
}

function first(rows: Row[]): Incident | undefined {
  return rows[0] && incidentOf(rows[0]);
}

function incidentOf(row: Row): Incident {
  return {
    id: row.id,
    title: row.title,
    status: row.status,
    severity: row.severity,
    fingerprint: row.fingerprint,
    channel: row.channel,
    ...(row.requested_by !== null && { requestedBy: row.requested_by }),
    createdAt: row.created_at.toISOString(),
  };
}
