/** What the rules look at in a database beside its sessions and plans: roles, rights, relations, sequences, upkeep, replication. */

export interface RoleReading {
  name: string;
  mayLogIn: boolean;
  superuser: boolean;
  /** -1: none. */
  connectionLimit: number;
  /** Client sessions it has now, in all databases. */
  sessions: number;
  /** As PostgreSQL writes it; null: never set. */
  validUntil: string | null;
  /** By the server's own clock. */
  expired: boolean;
  /** Its statements since statistics began; null: pg_stat_statements is not there. */
  calls: number | null;
}

/** A table, view, sequence, ... of people's, by name; its columns, where it has some. */
export interface RelationReading {
  schema: string;
  name: string;
  kind: 'table' | 'view' | 'sequence' | 'other';
  columns: string[];
  /** Constraints and unique indexes, by which violations name themselves. */
  constraints: { name: string; type: 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclusion' | 'not null'; columns: string[]; validated: boolean }[];
}

/** A right that a role needs and lacks: the server's own answer for the role, memberships and PUBLIC included. */
export interface LackingRight {
  role: string;
  object: 'table' | 'sequence' | 'schema';
  schema: string;
  /** Absent: of a schema. */
  name?: string;
  /** In lower case. */
  privileges: string[];
  /** Why it needs it: its own statements counted by pg_stat_statements, or other rights of its own that are worth nothing without. */
  because: 'used before' | 'inserts into its table' | 'has rights inside';
  /** How often its statements that needed it ran through, since statistics began. */
  calls?: number;
}

/** A role whose own statements changed rows, as pg_stat_statements counted them. */
export interface WriterReading {
  role: string;
  calls: number;
}

export interface SequenceReading {
  schema: string;
  name: string;
  /** The column that it belongs to. */
  table: string;
  column: string;
  /** What it gave out last; null: nothing yet, or we may not read it. */
  last: number | null;
  /** The smaller one of its own end and of what its column can hold. */
  maximum: number;
  columnType: string;
  /** The highest value in the column; null: no rows, no right to read it, or no index that leads with it. */
  highest: number | null;
}

export interface PreparedTransaction {
  name: string;
  owner: string;
  seconds: number;
}

export interface ReplicationSlot {
  name: string;
  active: boolean;
  /** Of WAL that is kept for it. */
  retainedBytes: number | null;
  status: string | null;
  /** Transactions since the oldest that it keeps rows for. */
  xminAge: number | null;
}

export interface Standby {
  name: string;
  state: string;
  /** sync, async, potential, quorum */
  sync: string;
  lagBytes: number | null;
  lagSeconds: number | null;
}

/** Of the server as a whole. */
export interface ServerReading {
  standby: boolean;
  /** Of a standby: its replay was paused by hand, and how far it is behind (0: it has replayed all that it received). */
  replayPaused: boolean;
  replayDelaySeconds: number | null;
  /** Transactions since the oldest unfrozen one of any database, and when autovacuum begins to care. */
  transactionAge: number;
  freezeMaximumAge: number;
  synchronousStandbyNames: string;
  /** Settings that were changed and wait for a restart. */
  pendingRestart: string[];
  prepared: PreparedTransaction[];
  slots: ReplicationSlot[];
  standbys: Standby[];
  /** Bytes of temporary files and deadlocks in the seconds between two looks. */
  temporaryBytes: number;
  deadlocks: number;
}
