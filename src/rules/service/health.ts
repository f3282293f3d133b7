/** How a service's checks and process are doing, in one word each; all service rules judge by this. */
import type { CheckReading, HttpSample, Observed, ServiceReading } from '../readings.ts';
import { median } from '../words.ts';
import { speaksOfTime } from './error-words.ts';

export interface CheckHealth {
  check: Observed<CheckReading>;
  /** flaky and sluggish come and go on a busy machine; they are mentioned, never acted on. */
  state: 'ok' | 'flaky' | 'failing' | 'sluggish' | 'slow';
  failed: number;
  total: number;
  /** None of the failed samples got any response. */
  unanswered: boolean;
  medianMilliseconds: number | undefined;
}

/** Slow is this much over the budget; between one and this it is sluggish. */
const clearlyOver = 1.5;

export function healthOf(service: ServiceReading): CheckHealth[] {
  return service.checks.filter((check) => check.value.samples.length > 0).map((check) => judge(check, service.latencyBudgetMilliseconds));
}

export function isUnwell(health: CheckHealth): boolean {
  return health.state === 'failing' || health.state === 'slow';
}

/** Work took this much longer than it should where we looked: then times alone prove little. */
export const starved = 1.7;

/**
 * Beyond what a machine short of CPU explains: errors that speak of something else than time, nearly all requests
 * failing with an answer, or a time that is too long even when divided by how much everything was slowed down.
 */
export function isBeyondDoubt(health: CheckHealth, budget: number, slowdown: number): boolean {
  if (slowdown < starved) return isUnwell(health);
  if (health.state === 'failing') return !isOnlyLate(health) || (health.failed * 5 >= health.total * 4 && !health.unanswered);
  return health.state === 'slow' && (health.medianMilliseconds ?? 0) > budget * clearlyOver * slowdown;
}

/** At least half of its failures are answers that did not come in time, or pass on that somebody else's did not. */
export function isOnlyLate({ check }: CheckHealth): boolean {
  const bad = [...check.value.samples, ...(check.value.earlier?.samples ?? [])].filter(failed);
  return bad.filter(isLate).length * 2 >= bad.length;
}

function isLate({ status, error, body = '' }: HttpSample): boolean {
  if (status === undefined) return error === 'TIMEOUT' || error === 'ETIMEDOUT';
  return status === 504 || (status >= 500 && speaksOfTime(body));
}

export function isServiceUnwell(service: ServiceReading): boolean {
  return healthOf(service).some(isUnwell) || isProcessDown(service);
}

/** Down, or going up and down. A process that is starting after a deliberate restart is not. */
export function isProcessDown(service: ServiceReading): boolean {
  const workload = service.workload?.value;
  if (workload === undefined) return false;
  if (workload.state === 'crash_loop' || workload.state === 'stopped') return true;
  return workload.state === 'starting' && crashed(workload.lastExit) && workload.restarts > 0 && workload.revisions.at(-1)?.healthy === false;
}

/** An exit nobody asked for: a code other than 0, or a signal that is not one of a polite stop. */
export function crashed(exit: { code: number | null; signal: string | null } | null): boolean {
  if (exit === null) return false;
  if (exit.code !== null) return exit.code !== 0 && exit.code !== 143 && exit.code !== 130;
  return exit.signal !== null && !['SIGTERM', 'SIGINT', 'SIGHUP'].includes(exit.signal);
}

function judge(check: Observed<CheckReading>, budget: number): CheckHealth {
  const newest = check.value.samples;
  const earlier = check.value.earlier?.samples ?? [];
  const samples = [...earlier, ...newest];
  const bad = samples.filter(failed);
  const [middle, before] = [middleOf(newest), middleOf(earlier)];
  const state = isFailing(newest, bad.length, samples.length) ? 'failing' : bad.length > 0 ? 'flaky' : lateness(middle, before, budget);
  return { check, state, failed: bad.length, total: samples.length, unanswered: bad.length > 0 && bad.every((sample) => sample.status === undefined), medianMilliseconds: middle };
}

/** Half of a few requests, or a share of many that is no accident; and not all of them a while ago. */
function isFailing(newest: readonly HttpSample[], bad: number, total: number): boolean {
  return newest.some(failed) && (bad * 2 >= total || (bad >= leastFailures && bad * 5 >= total));
}

const leastFailures = 3;

/** One look's slowness is a moment's; what was slow both times is slow. */
function lateness(middle: number | undefined, before: number | undefined, budget: number): 'ok' | 'sluggish' | 'slow' {
  const least = Math.min(middle ?? 0, before ?? Infinity);
  return least > budget * clearlyOver ? 'slow' : Math.max(middle ?? 0, least) > budget ? 'sluggish' : 'ok';
}

export function failed(sample: HttpSample): boolean {
  return sample.status === undefined || sample.status >= 400;
}

function middleOf(samples: readonly HttpSample[]): number | undefined {
  return median(samples.filter((sample) => !failed(sample)).map((sample) => sample.milliseconds));
}
