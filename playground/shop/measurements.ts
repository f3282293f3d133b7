/** What requests to each service saw, over a sliding window. */
import type { World } from '../workspace/page-api.ts';

export interface Measurements<Name extends string> {
  record(service: Name, ok: boolean, milliseconds: number): void;
  /** From now on this one too. */
  add(service: Name, facts: Measured<Name>[Name]): void;
  /** Over the window that ends now. */
  figures(): Figures<Name>[];
  /** Adds this second to the histories and returns the services as they are now. */
  tick(): World['services'];
}

export interface Figures<Name extends string> {
  name: Name;
  /** `unknown` for fewer than two requests. */
  state: World['services'][number]['state'];
  requests: number;
  /** 0 to 1. */
  successRate: number;
  p95Milliseconds: number;
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
  const services = new Map<Name, Service>();
  const add = (name: Name, { latencyBudgetMilliseconds, dependsOn }: Measured<Name>[Name]): void =>
    void services.set(name, { latencyBudgetMilliseconds, dependsOn, samples: [], history: [], startedAt: clock() });
  for (const name of Object.keys(facts) as Name[]) add(name, facts[name]);

  const figuresOf = (name: Name, service: Service): Figures<Name> => {
    const begin = clock() - windowMilliseconds;
    service.samples = service.samples.filter((sample) => sample.at > begin);
    const { samples: recent } = service;
    const successRate = recent.length === 0 ? 0 : recent.filter((sample) => sample.ok).length / recent.length;
    const p95Milliseconds = percentile95(recent);
    return { name, state: judge(recent.length, successRate, p95Milliseconds, service.latencyBudgetMilliseconds), requests: recent.length, successRate, p95Milliseconds };
  };

  return {
    record: (service, ok, milliseconds) => void services.get(service)?.samples.push({ at: clock(), ok, milliseconds }),
    add,
    figures: () => [...services].map(([name, service]) => figuresOf(name, service)),
    tick: () => [...services].map(([name, service]) => {
      const now = clock();
      const { requests, ...figures } = figuresOf(name, service);
      const newest = service.samples.filter((sample) => sample.at > now - historyWindowMilliseconds);
      service.history = [...service.history, newest.length === 0 ? null : percentile95(newest)].slice(-historyLength);
      const seconds = Math.max(1, Math.min(windowMilliseconds, now - service.startedAt) / 1000);
      return { ...figures, requestsPerSecond: Math.round((requests / seconds) * 10) / 10, history: service.history, dependsOn: [...service.dependsOn] };
    }),
  };
}

interface Service {
  latencyBudgetMilliseconds: number;
  dependsOn: readonly string[];
  samples: Sample[];
  /** Of each second, the 95th percentile in milliseconds. */
  history: (number | null)[];
  startedAt: number;
}

function judge(count: number, successRate: number, p95Milliseconds: number, budget: number): World['services'][number]['state'] {
  if (count < 2) return 'unknown';
  if (successRate < 0.5) return 'down';
  return successRate < 0.95 || p95Milliseconds > slowTailFactor * budget ? 'degraded' : 'healthy';
}

function percentile95(samples: Sample[]): number {
  const sorted = samples.map((sample) => sample.milliseconds).sort((left, right) => left - right);
  return Math.round(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0);
}
