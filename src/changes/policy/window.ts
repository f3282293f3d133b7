/** Spans of time in sre-agent.yaml: once, from one instant to another, or every week by the clocks of a time zone. */
import { z } from 'zod';
import { dayAt, dayMilliseconds, instantsOf, isTimeZone, weekdayOf } from './wall-clock.ts';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const clock = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, 'must be a time such as "22:00"');
const instant = z.string().refine((text) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text) && isRealDate(text), 'must be a date and time with its zone, such as "2026-12-24T18:00:00+01:00"');

/** Once. */
export const onceKeys = { from: instant, to: instant };
/** Every week. It begins on each of `days`; where `to` is not after `from` it ends on the day after. */
export const weeklyKeys = {
  days: z.array(z.enum(weekdays, { error: `must be one of ${weekdays.join(', ')}` })).min(1),
  from: clock,
  to: clock,
  time_zone: z.string().refine(isTimeZone, 'must be a time zone such as Europe/Berlin or UTC'),
};

export type Once = { from: string; to: string };
export type Weekly = { days: (typeof weekdays)[number][]; from: string; to: string; time_zone: string };
export type Window = Once | Weekly;

export interface Span {
  /** Milliseconds since 1970; `start` belongs to it, `end` does not. */
  start: number;
  end: number;
}

/** Why the window makes no sense. */
export function windowProblem(window: Window): string | undefined {
  if ('days' in window) return window.from === window.to ? 'from and to are the same: for the whole day write from "00:00" to "24:00"' : undefined;
  return Date.parse(window.to) > Date.parse(window.from) ? undefined : 'to must be later than from';
}

/** The span that is on at that moment; spans of one window that follow each other without a break count as one. */
export function spanAt(window: Window, at: Date): Span | undefined {
  const moment = at.getTime();
  const spans = spansAround(window, moment, -2, 9);
  const on = spans.filter(({ start, end }) => start <= moment && moment < end);
  const [first] = on;
  if (!first) return undefined;
  let end = Math.max(...on.map((span) => span.end));
  for (const span of spans) if (span.start <= end) end = Math.max(end, span.end);
  return { start: first.start, end };
}

/** The next one to begin after that moment, and after the one that is on. */
export function nextSpan(window: Window, at: Date): Span | undefined {
  const from = spanAt(window, at)?.end ?? at.getTime();
  const next = spansAround(window, from, -1, 9).find(({ start }) => start > from);
  return next && spanAt(window, new Date(next.start));
}

/** In order of their start, from so many days before to so many after. */
function spansAround(window: Window, moment: number, from: number, to: number): Span[] {
  if (!('days' in window)) return [{ start: Date.parse(window.from), end: Date.parse(window.to) }];
  const zone = window.time_zone;
  const today = dayAt(moment, zone);
  const spans: Span[] = [];
  for (let index = from; index <= to; index += 1) {
    const day = today + index * dayMilliseconds;
    if (!window.days.some((name) => weekdays.indexOf(name) === weekdayOf(day))) continue;
    const [begin, end] = [minutesOf(window.from), minutesOf(window.to)];
    // Where clocks are put back it is at its longest: it begins the first time they show its start and ends the last time they show its end.
    spans.push({ start: instantsOf(day, begin, zone).earliest, end: end > begin ? instantsOf(day, end, zone).latest : instantsOf(day + dayMilliseconds, end, zone).latest });
  }
  // One that lies wholly in an hour that is left out never comes.
  return spans.filter(({ start, end }) => end > start);
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isRealDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && Number.isFinite(Date.parse(text));
}
