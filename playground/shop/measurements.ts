/** What requests to each service saw, over a sliding window. */
import type { World } from '../workspace/page-api.ts';

export interface Measurements<Name extends string> {
  record(service: Name, ok: boolean, milliseconds: number): void;
  /** Adds this second to the histories and returns the services as they are now. */
  tick(): World['services'];
}

interface Sample {
  at: number;
  ok: boolean;
  milliseconds: number;
}

const defaultWindowMilliseconds = 10_000;
const historyWindowMilliseconds = 3_000;
const historyLength = 60;
/** Budgets are for medians; the slowest of twenty may take longer. */
const slowTailFactor = 2;

/** What is judged of a service: how slow is slow (a check whose median is slower is), and whom it calls. */
export type Measured<Name extends string> = Record<Name, { latencyBudgetMilliseconds: number; dependsOn: readonly string[] }>;

export function measure<Name extends string>(facts: Measured<Name>, windowMilliseconds = defaultWindowMilliseconds, clock: () => number = Date.now): Measurements<Name> {
  const serviceNames = Object.keys(facts) as Name[];
  const samples = new Map<Name, Sample[]>(serviceNames.map((name) => [name, []]));
  const histories = new Map<Name, (number | null)[]>(serviceNames.map((name) => [name, []]));
  const startedAt = clock();

  return {
    record: (service, ok, milliseconds) => void samples.get(service)?.push({ at: clock(), ok, milliseconds }),
    tick: () => serviceNames.map((name) => {
      const now = clock();
      const recent = (samples.get(name) ?? []).filter((sample) => sample.at > now - windowMilliseconds);
      samples.set(name, recent);
      const newest = recent.filter((sample) => sample.at > now - historyWindowMilliseconds);
      const history = [...(histories.get(name) ?? []), newest.length === 0 ? null : percentile95(newest)].slice(-historyLength);
      histories.set(name, history);
      const successRate = recent.length === 0 ? 0 : recent.filter((sample) => sample.ok).length / recent.length;
      const p95Milliseconds = percentile95(recent);
      const seconds = Math.max(1, Math.min(windowMilliseconds, now - startedAt) / 1000);
      return {
        name,
        state: judge(recent.length, successRate, p95Milliseconds, facts[name].latencyBudgetMilliseconds),
        requestsPerSecond: Math.round((recent.length / seconds) * 10) / 10,
        successRate,
        p95Milliseconds,
        history,
        dependsOn: [...facts[name].dependsOn],
      };
    }),
  };
}

function judge(count: number, successRate: number, p95Milliseconds: number, budget: number): World['services'][number]['state'] {
  if (count < 3) return 'unknown';
  if (successRate < 0.5) return 'down';
  return successRate < 0.95 || p95Milliseconds > slowTailFactor * budget ? 'degraded' : 'healthy';
}

function percentile95(samples: Sample[]): number {
  const sorted = samples.map((sample) => sample.milliseconds).sort((left, right) => left - right);
  return Math.round(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0);
}
