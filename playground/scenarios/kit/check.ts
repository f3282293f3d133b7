import type { Check } from '../scenario.ts';

/** One line of an oracle. `seen` is what was found, whether it is right or not. */
export function check(name: string, ok: boolean, seen: unknown): Check {
  return { name, ok, detail: typeof seen === 'string' ? seen : JSON.stringify(seen) };
}
