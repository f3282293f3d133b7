/** What oracles look at. */
import type { Check } from '../scenario.ts';
import type { World } from '../world.ts';

/** `seen` as text is one of `accepted`. */
export function isOneOf(name: string, seen: unknown, accepted: readonly unknown[]): Check {
  const ok = accepted.some((value) => String(value) === String(seen));
  return { name, ok, detail: ok ? `is ${String(seen)}` : `is ${String(seen)}, not ${accepted.map(String).join(' or ')}` };
}

export function holds(name: string, ok: boolean, detail: string): Check {
  return { name, ok, detail };
}

/** One fresh request: 2xx, and `has` in the answer. */
export async function answers(world: World, service: string, path: string, has: RegExp, options: { body?: unknown; timeoutMilliseconds?: number } = {}): Promise<Check> {
  const { status, text } = await world.services.call(service, path, options);
  const ok = status >= 200 && status < 300 && has.test(text);
  return { name: `${service} answers ${path}`, ok, detail: `${status}: ${text.slice(0, 200)}` };
}

/** Whether any of these services (default: any at all) fails its objective under traffic. */
export function unwell(world: World, services?: readonly string[]): boolean {
  return world.services.figures().some(({ name, state }) => (services?.includes(name) ?? true) && (state === 'degraded' || state === 'down'));
}
