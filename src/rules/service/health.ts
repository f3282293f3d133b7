/** How a service's checks and process are doing, in one word each; all service rules judge by this. */
import type { CheckReading, Observed, ServiceReading } from '../readings.ts';
import { median } from '../words.ts';

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
 * Beyond what a machine short of CPU explains: an error, a refused connection, or a time that is too long even when
 * divided by how much everything was slowed down.
 */
export function isBeyondDoubt(health: CheckHealth, budget: number, slowdown: number): boolean {
  if (slowdown < starved) return isUnwell(health);
  if (health.state === 'failing') return !onlyLate(health);
  return health.state === 'slow' && (health.medianMilliseconds ?? 0) > budget * clearlyOver * slowdown;
}

/** All its failures are answers that did not come in time. */
export function onlyLate({ check }: CheckHealth): boolean {
  return check.value.samples.every((sample) => (sample.status === undefined ? sample.error === 'TIMEOUT' : sample.status < 400 || sample.status === 504));
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
  const { samples } = check.value;
  const bad = samples.filter((sample) => sample.status === undefined || sample.status >= 400);
  const good = samples.filter((sample) => sample.status !== undefined && sample.status < 400);
  const middle = median(good.map((sample) => sample.milliseconds));
  const state = bad.length * 2 >= samples.length ? 'failing' : bad.length > 0 ? 'flaky' : middle !== undefined && middle > budget * clearlyOver ? 'slow' : middle !== undefined && middle > budget ? 'sluggish' : 'ok';
  return { check, state, failed: bad.length, total: samples.length, unanswered: bad.length > 0 && bad.every((sample) => sample.status === undefined), medianMilliseconds: middle };
}
