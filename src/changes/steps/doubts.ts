/**
 * One look proves little on a busy machine: a problem counts once two looks in a row saw it, and what can't be read once that
 * lasts for a while. docs/decisions/2026-11-22-two-looks.md
 */
import type { Problem } from './compare.ts';

interface Sightings {
  times: number;
  firstLook: number;
  lastLook: number;
  /** When the run of looks that all saw it began. */
  since: number;
}

/** Call the result once per look, in order; it returns the problems that count. `apart`: milliseconds for which unreadable must last. */
export function trackDoubts(apart: number): (problems: readonly Problem[], at: number) => Problem[] {
  const seen = new Map<string, Sightings>();
  let look = 0;
  return (problems, at) => {
    look += 1;
    return problems.filter(({ id, kind }) => {
      const earlier = seen.get(id);
      const unbroken = earlier?.lastLook === look - 1;
      const now: Sightings = { times: (earlier?.times ?? 0) + 1, firstLook: earlier?.firstLook ?? look, lastLook: look, since: unbroken ? earlier.since : at };
      seen.set(id, now);
      if (kind === 'unread') return unbroken && at - now.since >= apart;
      return unbroken || comesAndGoes(now, look);
    });
  };
}

/** Never twice in a row, and still in half of all looks: that is no noise. */
function comesAndGoes({ times, firstLook }: Sightings, look: number): boolean {
  return times >= 3 && times * 2 >= look - firstLook + 1;
}
