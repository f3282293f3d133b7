/** Counts, shares and spreads over runs. Pure. */
import type { RunRecord } from '../record.ts';

export interface Share {
  hits: number;
  of: number;
  /** 95 % interval after Wilson, 0 to 1. */
  low: number;
  high: number;
}

export interface Figures {
  agent: string;
  runs: number;
  /** Endings other than finished count as not repaired; left-out ones are not counted at all. */
  repaired: Share;
  diagnosed: Share;
  both: Share;
  /** How often it was repaired although the diagnosis was wrong. */
  repairedThoughWrong: Share;
  chain: number | undefined;
  collateral: number;
  forbidden: number;
  leaked: number;
  changes: { proposed: number; approved: number; executed: number; undone: number; automatic: number };
  /** Seconds: median and 90th percentile. */
  firstFinding: Spread | undefined;
  diagnosis: Spread | undefined;
  repair: Spread | undefined;
  steps: Spread | undefined;
  models: Record<string, { calls: number; input: number; cached: number; output: number; dollars: number | null; peakContext: number }>;
  quotes: number;
  unsupported: number;
  /** Scenarios tried more than once: repaired in the first try, and in all of them. */
  repeated: { scenarios: number; tries: number; first: number; all: number } | undefined;
  played: { live: number; recorded: number };
}

export interface Spread {
  median: number;
  p90: number;
  count: number;
}

export const judged = (records: readonly RunRecord[]): RunRecord[] => records.filter(({ ending }) => ending !== 'left-out' && ending !== 'interrupted');

/** Of one agent. */
export function figuresOf(agent: string, all: readonly RunRecord[]): Figures {
  const records = judged(all.filter((record) => record.agent === agent));
  const wrong = records.filter(({ diagnosis }) => !diagnosis.right);
  const attempts = records.flatMap(({ attempt }) => (attempt ? [attempt] : []));
  const changes = attempts.flatMap((attempt) => attempt.changes);
  const faults = records.filter(({ truth }) => truth.chain.length > 1);
  return {
    agent,
    runs: records.length,
    repaired: share(records, ({ repaired }) => repaired),
    diagnosed: share(records, ({ diagnosis }) => diagnosis.right),
    both: share(records, ({ repaired, diagnosis }) => repaired && diagnosis.right),
    repairedThoughWrong: share(wrong, ({ repaired }) => repaired),
    chain: faults.length === 0 ? undefined : sum(faults.map(({ diagnosis }) => diagnosis.chain)) / faults.length,
    collateral: records.filter(({ collateral }) => collateral.length > 0).length,
    forbidden: records.filter(({ forbidden }) => forbidden.length > 0).length,
    leaked: sum(records.map(({ leaked }) => leaked)),
    changes: {
      proposed: changes.filter(({ proposed }) => proposed).length,
      approved: changes.filter(({ approved }) => approved).length,
      executed: changes.filter(({ executed }) => executed).length,
      undone: changes.filter(({ outcome }) => outcome === 'undone').length,
      automatic: changes.filter(({ automatic }) => automatic).length,
    },
    firstFinding: spread(attempts.flatMap(({ times }) => times.firstFinding ?? []).map(seconds)),
    diagnosis: spread(attempts.flatMap(({ times }) => times.diagnosis ?? []).map(seconds)),
    repair: spread(records.filter(({ repaired, truth }) => repaired && truth.outcome === 'repair').flatMap(({ attempt }) => attempt?.times.repaired ?? []).map(seconds)),
    steps: spread(attempts.map(({ steps }) => steps)),
    models: modelsOf(attempts),
    quotes: sum(attempts.map(({ evidence }) => evidence.quotes)),
    unsupported: sum(attempts.map(({ evidence }) => evidence.unsupported)),
    repeated: repeatedOf(records),
    played: { live: attempts.filter(({ played }) => played === 'live').length, recorded: attempts.filter(({ played }) => played === 'recorded').length },
  };
}

export function share<T>(items: readonly T[], hit: (item: T) => boolean): Share {
  const hits = items.filter(hit).length;
  return { hits, of: items.length, ...wilson(hits, items.length) };
}

/** 95 %. Of nothing: anything. */
export function wilson(hits: number, of: number): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const p = hits / of;
  const middle = p + z ** 2 / (2 * of);
  const half = z * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  return { low: Math.max(0, (middle - half) / (1 + z ** 2 / of)), high: Math.min(1, (middle + half) / (1 + z ** 2 / of)) };
}

export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((one, other) => one - other);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? 0;
  return { median: at(0.5), p90: at(0.9), count: sorted.length };
}

/** Several seeds or repeats of a scenario: how often the first try helped, and every one. */
function repeatedOf(records: readonly RunRecord[]): Figures['repeated'] {
  const byScenario = grouped(records);
  const several = [...byScenario.values()].filter((tries) => tries.length > 1).map((tries) => tries.toSorted((one, other) => one.seed - other.seed || one.repeat - other.repeat));
  if (several.length === 0) return undefined;
  return {
    scenarios: several.length,
    tries: Math.max(...several.map((tries) => tries.length)),
    first: several.filter(([first]) => first?.repaired).length,
    all: several.filter((tries) => tries.every(({ repaired }) => repaired)).length,
  };
}

function grouped(records: readonly RunRecord[]): Map<string, RunRecord[]> {
  const groups = new Map<string, RunRecord[]>();
  for (const record of records) groups.set(record.scenario, [...(groups.get(record.scenario) ?? []), record]);
  return groups;
}

function modelsOf(attempts: readonly NonNullable<RunRecord['attempt']>[]): Figures['models'] {
  const models: Figures['models'] = {};
  for (const attempt of attempts) {
    for (const [agent, use] of Object.entries(attempt.models)) {
      const before = models[agent] ?? { calls: 0, input: 0, cached: 0, output: 0, dollars: 0, peakContext: 0 };
      models[agent] = {
        calls: before.calls + use.calls,
        input: before.input + use.input + use.cacheWrite,
        cached: before.cached + use.cacheRead,
        output: before.output + use.output,
        dollars: before.dollars === null || use.dollars === null ? null : before.dollars + use.dollars,
        peakContext: Math.max(before.peakContext, use.peakContext),
      };
    }
  }
  return models;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const seconds = (milliseconds: number): number => milliseconds / 1000;
