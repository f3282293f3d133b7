/** Our own clock against the Date headers of configured services: the machine that looks has nobody else to compare with. */
import type { ServiceTarget } from '../../config/targets.ts';
import type { MachineFacts } from '../../rules/machine-readings.ts';
import { allowedHostsOf } from '../http/allowed-url.ts';
import { probe } from '../http/request.ts';

const mostServices = 4;
const timeoutMilliseconds = 2_000;

/** The smallest difference that all who answered bear out; undefined when nobody answered with a time of its own. Never throws. */
export async function clockAgainst(services: readonly ServiceTarget[], signal: AbortSignal): Promise<Pick<MachineFacts['clock'], 'ahead' | 'against'> | undefined> {
  const asked = await Promise.all(services.filter(({ checks }) => checks.length > 0).slice(0, mostServices).map((service) => compare(service, signal)));
  const found = asked.filter((one) => one !== undefined);
  if (found.length === 0) return undefined;
  const least = found.reduce((one, other) => (Math.abs(other.ahead) < Math.abs(one.ahead) ? other : one));
  return { ahead: least.ahead, against: `the Date header of ${found.map(({ name }) => name).join(', ')}` };
}

async function compare(service: ServiceTarget, signal: AbortSignal): Promise<{ name: string; ahead: number } | undefined> {
  const before = Date.now();
  const { headers } = await probe(`${service.url}${service.checks[0]?.path ?? '/'}`, { method: 'HEAD', timeoutMilliseconds, allowedHosts: allowedHostsOf({ services: [service], operations: [] }), signal }).catch(() => ({ headers: {} as Record<string, string> }));
  const date = Date.parse(headers['date'] ?? '');
  // A cache gives the time that the answer was made.
  return Number.isNaN(date) || headers['age'] !== undefined ? undefined : { name: service.name, ahead: aheadOf(date, before, Date.now()) };
}

/** `date` is in whole seconds, cut off; milliseconds that we are at least ahead (or behind, negative). */
export function aheadOf(date: number, before: number, after: number): number {
  const latest = date + 1_000;
  return before > latest ? before - latest : Math.min(0, after - date);
}
