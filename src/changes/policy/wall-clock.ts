/** Wall-clock time in an IANA time zone, and back to instants, also where clocks are put forward or back. */

/** A calendar day, as `Date.UTC(year, month, day)`: a number, so that days can be counted. */
export type Day = number;

export const dayMilliseconds = 86_400_000;

/** The day that an instant falls on, by the clocks of the zone. */
export function dayAt(instant: number, zone: string): Day {
  const wall = wallAt(instant, zone);
  return wall - modulo(wall, dayMilliseconds);
}

/** 0 is Sunday. */
export function weekdayOf(day: Day): number {
  return new Date(day).getUTCDay();
}

/**
 * When the zone's clocks show `minutes` after midnight of that day. An hour that comes twice gives two instants, an hour
 * that is left out gives the moment the clocks jump, twice.
 */
export function instantsOf(day: Day, minutes: number, zone: string): { earliest: number; latest: number } {
  const wall = day + minutes * 60_000;
  const before = wall - dayMilliseconds;
  const after = wall + dayMilliseconds;
  const candidates = [wall - offsetAt(before, zone), wall - offsetAt(after, zone)].filter((instant) => wallAt(instant, zone) === wall);
  if (candidates.length > 0) return { earliest: Math.min(...candidates), latest: Math.max(...candidates) };
  const jump = jumpBetween(before, after, zone);
  return { earliest: jump, latest: jump };
}

export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

function jumpBetween(from: number, to: number, zone: string): number {
  const offset = offsetAt(from, zone);
  let [same, other] = [from, to];
  while (other - same > 1000) {
    const middle = same + Math.max(1, Math.floor((other - same) / 2000)) * 1000;
    if (offsetAt(middle, zone) === offset) same = middle;
    else other = middle;
  }
  return other;
}

function offsetAt(instant: number, zone: string): number {
  return wallAt(instant, zone) - instant;
}

/** What the clocks show, read as if it were UTC. */
function wallAt(instant: number, zone: string): number {
  const parts = new Map(formatOf(zone).formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) + modulo(instant, 1000);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError for what is no time zone. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23',
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
