/** What the readers share: the recorder, the clock's end, the names of what could not be read. */
import type { Targets } from '../../config/targets.ts';
import type { Unread } from '../../rules/readings.ts';
import type { RecordEvidence } from '../tool.ts';

export interface ReadingLog {
  debug(fields: Record<string, unknown>, text: string): void;
}

/** Narrows a collection to what a second brief asks about; absent lists mean everything. */
export interface ReadingFocus {
  services?: readonly string[];
  databases?: readonly string[];
  clusters?: readonly string[];
  /** Configured hosts; absent: none, where anything else is named. */
  machines?: readonly string[];
  /** Hosts to look at besides those found in the readings. */
  hosts?: readonly { host: string; port?: number; usedBy: string }[];
}

export interface CollectOptions {
  targets: Targets;
  record: RecordEvidence;
  signal: AbortSignal;
  focus?: ReadingFocus;
  log?: ReadingLog;
  /** What was reported, in its own words: the logs of what it names are read, well or not. */
  about?: string;
  /** One area after the other (services, databases, network, clusters), for measurements. */
  inTurn?: boolean;
  /** For each target; default 10000. On a machine short of CPU up to three times as long. */
  targetMilliseconds?: number;
}

export interface ReaderContext {
  record: RecordEvidence;
  /** Aborts when this target's time is up or the whole collection is stopped. */
  signal: AbortSignal;
  targets: Targets;
  /** How many times longer than usual to wait for an answer, 1 to 3: more on a machine that is short of CPU. Absent: 1. */
  patience?: () => number;
  log?: ReadingLog;
}

export function unreadOf(what: string, error: unknown): Unread {
  const code = (error as { code?: unknown } | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  return { what, message, ...(typeof code === 'string' ? { code } : {}) };
}
