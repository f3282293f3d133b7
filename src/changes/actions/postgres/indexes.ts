/** Indexes by name, and who would keep a concurrent build or drop of one waiting. */
import { RefusedError } from '../../errors.ts';
import { plural } from '../words.ts';
import type { Session } from './session.ts';

export async function indexNamed(schema: string, name: string, session: Session): Promise<{ oid: number; table: number; valid: boolean; building: boolean } | undefined> {
  const [row] = await session.query<{ oid: string; table: string; valid: boolean; building: boolean }>(
    `SELECT c.oid::text, i.indrelid::text AS table, i.indisvalid AND i.indisready AND i.indislive AS valid,
            EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) AS building
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  return row && { oid: Number(row.oid), table: Number(row.table), valid: row.valid, building: row.building };
}

/** A concurrent build, drop or rebuild waits for every transaction that has locked the table; one that sits there would leave an unfinished index. */
export async function refuseLongHolders(table: { oid: number; name: string }, seconds: number, session: Session, readers: 'with readers' | 'writers only' = 'writers only'): Promise<void> {
  const [holder] = await session.query<{ pid: number; seconds: number; state: string }>(
    `SELECT a.pid, extract(epoch FROM clock_timestamp() - a.xact_start)::int AS seconds, a.state FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.relation = $1 AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND ($3 OR l.mode <> 'AccessShareLock') AND a.pid <> pg_backend_pid() AND a.xact_start < clock_timestamp() - make_interval(secs => $2) ORDER BY a.xact_start LIMIT 1`,
    [table.oid, seconds, readers === 'with readers'],
  );
  if (holder) {
    throw new RefusedError(`Session ${holder.pid} (${holder.state}) has held a lock on ${table.name} for ${holder.seconds} s, and this would wait for it: end it first.`);
  }
}

export interface IndexFacts {
  oid: number;
  table: number;
  tableName: string;
  /** The statistics' estimate; -1 when the table was never analysed. */
  tableRows: number;
  definition: string;
  valid: boolean;
  kind: string;
  unique: boolean;
  replicaIdentity: boolean;
  clustered: boolean;
  exclusion: boolean;
  partition: boolean;
  ownTablespace: boolean;
  constraint: string | null;
  comment: string | null;
  statisticsTargets: boolean;
  bytes: number;
  scans: number;
  /** Since PostgreSQL 16. */
  lastScan: string | null;
  statisticsReset: string | null;
  standbys: number;
  /** The write role may make indexes in its schema. */
  mayCreate: boolean;
}

/** Throws RefusedError when there is no such index, or the write role is not its owner. */
export async function readIndex({ target, schema, index }: { target: string; schema: string; index: string }, session: Session): Promise<IndexFacts> {
  const name = `${schema}.${index}`;
  if (systemSchemas.has(schema)) throw new RefusedError(`${name} is PostgreSQL's own; sre-agent leaves it alone.`);
  const [row] = await session.query<Omit<IndexFacts, 'oid' | 'table' | 'bytes' | 'scans'> & Record<'oid' | 'table' | 'bytes' | 'scans', string> & { owned: boolean; owner: string }>(
    `SELECT c.oid::text, i.indrelid::text AS table, tn.nspname || '.' || t.relname AS "tableName", t.reltuples::float8 AS "tableRows", pg_get_indexdef(c.oid) AS definition,
            i.indisvalid AND i.indisready AND i.indislive AS valid, c.relkind::text AS kind, i.indisunique AS unique, i.indisreplident AS "replicaIdentity",
            i.indisclustered AS clustered, i.indisexclusion AS exclusion, c.relispartition AS partition, c.reltablespace <> 0 AS "ownTablespace",
            (SELECT k.conname::text FROM pg_constraint k WHERE k.conindid = c.oid ORDER BY k.contype = 'f', k.conname LIMIT 1) AS constraint,
            obj_description(c.oid, 'pg_class') AS comment, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0 AND a.attstattarget IS NOT NULL) AS "statisticsTargets",
            pg_relation_size(c.oid)::text AS bytes, coalesce(s.idx_scan, 0)::text AS scans, to_jsonb(s) ->> 'last_idx_scan' AS "lastScan",
            (SELECT d.stats_reset::text FROM pg_stat_database d WHERE d.datname = current_database()) AS "statisticsReset",
            (SELECT count(*)::int FROM pg_stat_replication) AS standbys, has_schema_privilege(n.oid, 'CREATE') AS "mayCreate", pg_has_role(t.relowner, 'USAGE') AS owned, pg_get_userbyid(t.relowner)::text AS owner
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
       JOIN pg_namespace tn ON tn.oid = t.relnamespace LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, index],
  );
  if (!row) throw new RefusedError(`There is no index ${name} in database ${target}.`);
  if (row.kind !== 'i' || row.partition) throw new RefusedError(`${name} belongs to a partitioned table, whose indexes PostgreSQL can't change one by one while writes go on: do this one by hand.`);
  if (!row.owned) throw new RefusedError(`The write role may not change ${name}: grant it membership in the table's owner, ${row.owner}.`);
  const { owned: _owned, owner: _owner, ...facts } = row;
  return { ...facts, oid: Number(row.oid), table: Number(row.table), bytes: Number(row.bytes), scans: Number(row.scans) };
}

/** `1,234 scans since 2026-01-01 ...`, with what that does not count. */
export function usage({ scans, lastScan, statisticsReset, standbys }: IndexFacts): string {
  const since = statisticsReset === null ? 'since statistics are kept' : `since ${statisticsReset.slice(0, 16)}`;
  const last = lastScan === null ? '' : `, the last at ${lastScan.slice(0, 16).replace('T', ' ')}`;
  return `${plural(scans, 'scan')} ${since}${last}${standbys > 0 ? `; scans on its ${plural(standbys, 'standby').replace(/ys$/, 'ies')} are not counted here` : ''}`;
}

const systemSchemas = new Set(['pg_catalog', 'information_schema', 'pg_toast']);
