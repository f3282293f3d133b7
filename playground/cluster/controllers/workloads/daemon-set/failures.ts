/** A daemon pod that fails again and again on a node is replaced more and more slowly there. */
import { sped, type Timing } from '../../../options.ts';

export interface Failures {
  /** Milliseconds until its failed pod on this node may go; asking at 0 counts as doing it. */
  wait(key: string, node: string): number;
  forget(key: string): void;
}

const first = 1_000;
const longest = 900_000;

export function createFailures(timing: Timing, now: () => number = Date.now): Failures {
  const known = new Map<string, Map<string, { pause: number; until: number }>>();
  return {
    wait: (key, node) => {
      const nodes = known.get(key) ?? new Map<string, { pause: number; until: number }>();
      known.set(key, nodes);
      const before = nodes.get(node);
      const time = now();
      if (before !== undefined && before.until > time) return before.until - time;
      const calm = before === undefined || time - before.until > 2 * sped(timing, longest);
      const pause = calm ? first : Math.min(longest, before.pause * 2);
      nodes.set(node, { pause, until: time + sped(timing, pause) });
      return 0;
    },
    forget: (key) => known.delete(key),
  };
}
