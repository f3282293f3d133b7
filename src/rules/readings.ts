/**
 * What the rules look at: typed readings of the real systems, each tied to the evidence it came from.
 * Readers in tools/ fill these; rules are pure functions over them, so they are tested on real output.
 */
import type { Evidence } from '../incident/types.ts';
import type { ClusterReading } from './cluster-readings.ts';
import type { MachineReading } from './machine-readings.ts';
import type { LackingRight, RelationReading, RoleReading, SequenceReading, ServerReading, WriterReading } from './database-readings.ts';

/** A value that was read, with the evidence whose text holds it. */
export interface Observed<T> {
  value: T;
  evidence: Evidence;
}

/** A read that failed: the system's own words. A gap in the report, or itself a symptom. */
export interface Unread {
  what: string;
  message: string;
  /** SQLSTATE, errno or HTTP status when there was one. */
  code?: string;
  evidence?: Evidence;
}

export interface HttpSample {
  status?: number;
  milliseconds: number;
  /** errno or a short reason when there was no response. */
  error?: string;
  /** First characters of an error response's body. */
  body?: string;
}

/** Repeated GETs of one configured check of a service. */
export interface CheckReading {
  check: string;
  url: string;
  samples: HttpSample[];
  /** Of a look some seconds before, where there was one. */
  earlier?: { samples: HttpSample[]; evidence: Evidence };
  /** Our time was up before all requests were answered; those are left out. */
  cutOff?: boolean;
}

/** What a service's supervisor says of its process: docs/configuration.md, "status". */
export interface WorkloadStatus {
  name: string;
  state: 'running' | 'starting' | 'crash_loop' | 'stopped';
  startedAt: string | null;
  restarts: number;
  lastExit: { code: number | null; signal: string | null; at: string } | null;
  revision: number;
  /** Oldest first; secrets are already hidden by the supervisor. */
  revisions: { revision: number; at: string; environment: Record<string, string>; healthy: boolean }[];
  log: { at: string; line: string }[];
}

export interface ServiceReading {
  name: string;
  dependsOn: string[];
  databases: string[];
  latencyBudgetMilliseconds: number;
  checks: Observed<CheckReading>[];
  workload?: Observed<WorkloadStatus>;
  unread: Unread[];
}

export interface Session {
  pid: number;
  /** PostgreSQL timestamptz as text, exact. MySQL: when the server started, in UTC, since ids are used again only after that. */
  backendStart: string;
  user: string;
  application: string;
  client: string;
  state: string;
  /** Seconds in the state, and in the transaction (null when in none). */
  stateSeconds: number;
  transactionSeconds: number | null;
  waitEventType: string | null;
  waitEvent: string | null;
  blockedBy: number[];
  /** Literals normalised away. */
  query: string;
  /** It was met in the same state some seconds before, and somebody waited for it then, too. */
  stayedBlocking?: boolean;
  /** In another database of the same server: it shares the connection slots, not the locks. */
  elsewhere?: boolean;
}

export interface TableStatistics {
  schema: string;
  table: string;
  rows: number;
  sequentialScans: number;
  sequentialRowsRead: number;
  indexScans: number;
  deadRows: number;
  lastAutovacuum: string | null;
  /** Rows changed since its statistics were made, and when that was; absent: not read. */
  modifiedSinceAnalyze?: number;
  lastAnalyze?: string | null;
  /** Seconds since then. */
  analyzedSecondsAgo?: number | null;
  /** Rows that the planner believes it has; -1: never analysed. */
  plannedRows?: number;
  /** `autovacuum_enabled=false` and the like. */
  options?: string[];
}

/** A statement seen running or in pg_stat_statements, with its plan. */
export interface StatementPlan {
  query: string;
  calls: number | null;
  meanMilliseconds: number | null;
  /** Who ran it; absent: not known. */
  roles?: string[];
  /** Sequential scans in the plan that filter by columns: what an index could serve. */
  filteredScans: { schema: string; table: string; columns: string[]; estimatedRows: number }[];
  /** `schema.table` of all that the plan reads. */
  tables?: string[];
  /** Why `filteredScans` says nothing: our time was up, or the server did not explain it. Absent when it was explained. */
  unexplained?: 'stopped' | 'refused';
}

export interface SettingOverride {
  setting: string;
  scope: 'system' | 'database' | 'role';
  role: string | null;
  value: string;
  /** The server's built-in default (boot_val) in the same unit. */
  defaultValue: string | null;
  /** A role's setting for this database only (ALTER ROLE ... IN DATABASE). */
  inDatabase?: boolean;
}

export interface ConnectionUse {
  limit: number;
  /** Slots that ordinary roles can't use. */
  reserved: number;
  used: number;
  byClient: { user: string; application: string; count: number; idle: number }[];
}

export interface DatabaseReading {
  name: string;
  /** Absent: PostgreSQL. Of the others sessions, connections and global limits (as overrides of the system) are read. */
  engine?: 'mysql';
  /** It is in recovery: it takes no writes. Absent: not read. */
  standby?: boolean;
  sessions?: Observed<Session[]>;
  connections?: Observed<ConnectionUse>;
  tables?: Observed<TableStatistics[]>;
  indexes?: Observed<{ schema: string; table: string; index: string; columns: string[]; valid: boolean; unique: boolean; partial?: boolean }[]>;
  plans?: Observed<StatementPlan[]>;
  overrides?: Observed<SettingOverride[]>;
  roles?: Observed<RoleReading[]>;
  relations?: Observed<RelationReading[]>;
  /** Rights that roles need and lack. */
  lackingRights?: Observed<LackingRight[]>;
  writers?: Observed<WriterReading[]>;
  sequences?: Observed<SequenceReading[]>;
  server?: Observed<ServerReading>;
  unread: Unread[];
}

export interface HostReading {
  /** A host name met in configuration or in a service's environment or errors. */
  host: string;
  usedBy: string;
  lookup: Observed<{ addresses: string[]; error?: string }>;
  ports: Observed<{ port: number; open: boolean; error?: string }>[];
}

export interface Readings {
  services: ServiceReading[];
  databases: DatabaseReading[];
  hosts: HostReading[];
  /** Absent: none is configured. */
  clusters?: ClusterReading[];
  /** The configured hosts themselves; absent: none is configured. */
  machines?: MachineReading[];
  /**
   * How many times longer than it should work took on the machine that looked, while it looked: 1 when it has CPU to
   * spare. Absent: not measured.
   */
  observerSlowdown?: number;
}
