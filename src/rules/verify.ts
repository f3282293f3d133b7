/** What the executor asks the rules before and after a change: which findings there are. No model, no agent. */
import type { Targets } from '../config/targets.ts';
import { findingKey } from '../incident/types.ts';
import { collectReadings } from '../tools/readings/collect.ts';
import type { ReadingLog } from '../tools/readings/reader.ts';
import type { RecordEvidence } from '../tools/tool.ts';
import type { Measured } from '../incident/events.ts';
import { detectAll } from './detect-all.ts';
import { latenessOf, numbersOf } from './numbers.ts';
import type { Readings } from './readings.ts';

export interface RuleVerdict {
  /** findingKey() of every finding that matters (severity other than info), sorted, each once. */
  keys: string[];
  /** The same findings in words, `key: title`. */
  titles: string[];
  /** What could not be read: no data is no success. */
  unread: string[];
  numbers: Measured[];
  /** By service: the worst check's median as a share of the latency budget. */
  lateness: Record<string, number>;
}

/** Reads everything again and runs the rules. Never throws for trouble with a target: see `unread`. */
export function verifyByRules(options: { targets: Targets; record: RecordEvidence; log?: ReadingLog; collect?: typeof collectReadings; redact?: (text: string) => Promise<string> }): (signal: AbortSignal) => Promise<RuleVerdict> {
  const { targets, record, log, collect = collectReadings, redact = async (text) => text } = options;
  return async (signal) => {
    const readings = await collect({ targets, record, signal, ...(log ? { log } : {}) });
    const serious = detectAll(readings, targets).map(({ finding }) => finding).filter((finding) => finding.severity !== 'info');
    return {
      keys: [...new Set(serious.map(findingKey))].sort(),
      titles: await Promise.all(serious.map(async (finding) => `${findingKey(finding)}: ${await redact(finding.title)}`)),
      unread: await Promise.all(unreadOf(readings).map(redact)),
      numbers: numbersOf(readings),
      lateness: latenessOf(readings),
    };
  };
}

/** One line for each thing that could not be read. */
export function unreadOf(readings: Readings): string[] {
  return [...readings.services, ...readings.databases, ...(readings.clusters ?? [])].flatMap((reading) => reading.unread.map((unread) => `${unread.what}: ${unread.message}`));
}
