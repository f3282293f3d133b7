import type { Anchor, AnchorHead } from '../../audit/anchor.ts';
import { firstAnchorHash, hashAnchor } from '../../audit/anchor.ts';
import type { Store } from '../../incident/store.ts';
import type { Database, Query } from '../database.ts';

interface AnchorRow {
  number: string;
  at: string;
  previous_hash: string;
  hash: string;
}

interface HeadRow {
  anchor: string;
  incident_id: string;
  sequence: number;
  hash: string;
  evidence_count: number;
  evidence_hash: string;
}

const headColumns = 'incident_id, sequence, hash, evidence_count, evidence_hash';

export function createAudit({ query, transaction }: Database): Store['audit'] {
  return {
    anchor: (options = {}) => transaction((inside) => takeAnchor(inside, options.notSince)),
    async anchors() {
      const rows = await query<AnchorRow>('SELECT number, at, previous_hash, hash FROM sre_agent.audit_anchors ORDER BY number');
      const heads = new Map<string, AnchorHead[]>(rows.map(({ number }) => [number, []]));
      for (const row of await query<HeadRow>(`SELECT anchor, ${headColumns} FROM sre_agent.audit_heads`)) heads.get(row.anchor)?.push(headOf(row));
      return rows.map((row) => anchorOf(row, (heads.get(row.number) ?? []).sort(byIncident)));
    },
    async incidents(since) {
      const rows = await query<{ id: string }>(
        `SELECT id FROM (SELECT id, number FROM sre_agent.incidents UNION ALL SELECT DISTINCT incident_id, NULL::bigint FROM sre_agent.events e WHERE NOT EXISTS (SELECT FROM sre_agent.incidents WHERE id = e.incident_id)) AS every
         WHERE $1::text IS NULL OR EXISTS (SELECT FROM sre_agent.events WHERE incident_id = every.id AND at >= $1) ORDER BY number NULLS LAST, id`,
        [since ?? null],
      );
      return rows.map(({ id }) => id);
    },
    async damagedEvidence(incidentId) {
      const rows = await query<{ number: number }>(
        "SELECT number FROM sre_agent.evidence WHERE incident_id = $1 AND hash <> encode(sha256(convert_to(full_text, 'UTF8')), 'hex') ORDER BY number",
        [incidentId],
      );
      return rows.map(({ number }) => `E${number}`);
    },
    async claimPost(holder, seconds) {
      const rows = await query<{ anchor: string; hash: string; at: string; again: boolean }>(
        `INSERT INTO sre_agent.audit_posts AS post (anchor, holder, until)
         SELECT number, $1, clock_timestamp() + make_interval(secs => $2) FROM sre_agent.audit_anchors ORDER BY number DESC LIMIT 1
         ON CONFLICT (anchor) DO UPDATE SET holder = $1, until = clock_timestamp() + make_interval(secs => $2) WHERE post.ts IS NULL AND post.until <= clock_timestamp()
         RETURNING anchor, (SELECT hash FROM sre_agent.audit_anchors WHERE number = anchor), (SELECT at FROM sre_agent.audit_anchors WHERE number = anchor), xmax <> 0 AS again`,
        [holder, seconds],
      );
      const [row] = rows;
      return row && { number: Number(row.anchor), hash: row.hash, at: row.at, again: row.again };
    },
    async posted(number, channel, ts) {
      await query('UPDATE sre_agent.audit_posts SET channel = $2, ts = $3 WHERE anchor = $1', [number, channel, ts]);
    },
  };
}

/** Undefined when the newest is not older than `notSince`. One at a time; the heads are those of one moment. */
async function takeAnchor(query: Query, notSince: string | undefined): Promise<Anchor | undefined> {
  // Not a lock on the table: whoever may only insert may not take it. The first number is ours, the second is for anchors.
  await query('SELECT pg_advisory_xact_lock(8301, 2)');
  const [last] = await query<AnchorRow>('SELECT number, at, previous_hash, hash FROM sre_agent.audit_anchors ORDER BY number DESC LIMIT 1');
  if (last && notSince !== undefined && last.at >= notSince) return undefined;
  const moved = await query<HeadRow>(
    `SELECT i.id AS incident_id, i.last_sequence AS sequence, i.last_hash AS hash, proof.evidence_count, proof.evidence_hash
     FROM sre_agent.incidents i,
       LATERAL (SELECT count(*)::integer AS evidence_count, encode(sha256(convert_to(coalesce(string_agg(hash, ',' ORDER BY number), ''), 'UTF8')), 'hex') AS evidence_hash FROM sre_agent.evidence WHERE incident_id = i.id) AS proof,
       LATERAL (SELECT coalesce(max(sequence), 0) AS sequence, coalesce(max(evidence_count), 0) AS evidence FROM sre_agent.audit_heads WHERE incident_id = i.id) AS bound
     WHERE i.last_sequence > bound.sequence OR i.last_evidence > bound.evidence`,
  );
  const [clock] = await query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const unsigned = { number: Number(last?.number ?? 0) + 1, at: (clock as { now: Date }).now.toISOString(), heads: moved.map(headOf).sort(byIncident), previousHash: last?.hash ?? firstAnchorHash };
  const anchor: Anchor = { ...unsigned, hash: hashAnchor(unsigned) };
  await query('INSERT INTO sre_agent.audit_anchors (number, at, previous_hash, hash) VALUES ($1, $2, $3, $4)', [anchor.number, anchor.at, anchor.previousHash, anchor.hash]);
  await query(
    `INSERT INTO sre_agent.audit_heads (anchor, ${headColumns}) SELECT $1, ${headColumns} FROM json_to_recordset($2) AS head (incident_id text, sequence integer, hash text, evidence_count integer, evidence_hash text)`,
    [anchor.number, JSON.stringify(moved)],
  );
  return anchor;
}

function anchorOf({ number, at, previous_hash, hash }: AnchorRow, heads: AnchorHead[]): Anchor {
  return { number: Number(number), at, heads, previousHash: previous_hash, hash };
}

function headOf({ incident_id, sequence, hash, evidence_count, evidence_hash }: HeadRow): AnchorHead {
  return { incidentId: incident_id, sequence, hash, evidenceCount: evidence_count, evidenceHash: evidence_hash };
}

function byIncident(left: AnchorHead, right: AnchorHead): number {
  return left.incidentId < right.incidentId ? -1 : 1;
}
