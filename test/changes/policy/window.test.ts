import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Weekly } from '../../../src/changes/policy/window.ts';
import { nextSpan, spanAt, windowProblem } from '../../../src/changes/policy/window.ts';

const days: Weekly['days'] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Chatham', 'America/Santiago'];
const minutes = fc.integer({ min: 0, max: 1439 });
const clock = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const instant = fc.integer({ min: Date.UTC(2024, 0, 1) / 1000, max: Date.UTC(2029, 0, 1) / 1000 }).map((seconds) => new Date(seconds * 1000));
/** Hours around the changes of the clocks in these zones, where mistakes live. */
const nearChange = fc.tuple(fc.constantFrom('2026-03-08T07:00Z', '2026-03-29T01:00Z', '2026-04-04T15:00Z', '2026-10-03T15:30Z', '2026-10-25T01:00Z', '2026-11-01T06:00Z', '2026-04-05T03:00Z', '2026-09-06T04:00Z'), fc.integer({ min: -1800, max: 1800 })).map(([change, offset]) => new Date(Date.parse(change) + offset * 60_000));
const moment = fc.oneof(instant, nearChange);
const weekly = fc.record({ days: fc.subarray(days, { minLength: 1 }), from: minutes, to: minutes, time_zone: fc.constantFrom(...zones) }).filter(({ from, to }) => from !== to).map(({ from, to, ...rest }): Weekly => ({ ...rest, from: clock(from), to: clock(to) }));

/** Weekday and minutes as a clock on the wall shows them, and how far it is from UTC. */
function wall(at: Date, zone: string) {
  const text = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'longOffset' }).format(at);
  const [, weekday = '', hours, mins, offset = ''] = /^(\w+) (\d+):(\d+) (.*)$/.exec(text.replace(',', '')) ?? [];
  return { day: days.indexOf(weekday.toLowerCase().slice(0, 3) as Weekly['days'][number]), minute: Number(hours) * 60 + Number(mins), offset };
}

/** By the wall clock alone: right wherever the clocks do not change that day. */
function onByTheWall({ days: named, from, to, time_zone }: Weekly, at: Date): boolean {
  const { day, minute } = wall(at, time_zone);
  const on = (index: number) => named.includes(days[(index + 7) % 7] ?? 'sun');
  const [begin, end] = [from, to].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
  if (begin === undefined || end === undefined) throw new Error('no times');
  return end > begin ? on(day) && minute >= begin && minute < end : (on(day) && minute >= begin) || (on(day - 1) && minute < end);
}

describe('spans that come every week', () => {
  test('are what the clocks on the wall say, on every day on which these do not change', () => {
    fc.assert(
      fc.property(weekly, moment, (window, at) => {
        const offsets = [-2, -1, 0, 1, 2].map((day) => wall(new Date(at.getTime() + day * 86_400_000), window.time_zone).offset);
        fc.pre(new Set(offsets).size === 1);
        expect(spanAt(window, at) !== undefined).toBe(onByTheWall(window, at));
      }),
      { numRuns: 150 },
    );
  });

  test('leave no gap: what is outside from 22:00 to 06:00 is inside from 06:00 to 22:00', () => {
    fc.assert(
      fc.property(weekly, moment, ({ from, to, time_zone }, at) => {
        const [one, other] = [{ days, from, to, time_zone }, { days, from: to, to: from, time_zone }];
        expect(spanAt(one, at) ?? spanAt(other, at)).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });

  test('hold from their start to their end and not a moment longer', () => {
    fc.assert(
      fc.property(weekly, moment, (window, at) => {
        const span = spanAt(window, at);
        fc.pre(span !== undefined && window.days.length < 7);
        if (!span) return;
        expect(span.start).toBeLessThanOrEqual(at.getTime());
        expect(span.end).toBeGreaterThan(at.getTime());
        expect(spanAt(window, new Date(span.start))).toBeDefined();
        expect(spanAt(window, new Date(span.end - 1))?.end).toBe(span.end);
        expect(spanAt(window, new Date(span.end))).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  test('the next one begins later, at the time that is written', () => {
    fc.assert(
      fc.property(weekly, moment, (window, at) => {
        fc.pre(window.days.length < 7);
        const next = nextSpan(window, at);
        expect(next?.start).toBeGreaterThan(spanAt(window, at)?.end ?? at.getTime());
        expect(spanAt(window, new Date(next?.start ?? 0))).toEqual(next);
        expect(spanAt(window, new Date((next?.start ?? 0) - 1))).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  const berlin = (from: string, to: string, ...on: Weekly['days']): Weekly => ({ days: on, from, to, time_zone: 'Europe/Berlin' });
  test.each([
    ['a night in which an hour comes twice is an hour longer', berlin('22:00', '06:00', 'sat'), '2026-10-25T01:30Z', '2026-10-24T20:00Z', '2026-10-25T05:00Z'],
    ['a night that lacks an hour is an hour shorter', berlin('22:00', '06:00', 'sat'), '2026-03-29T00:30Z', '2026-03-28T21:00Z', '2026-03-29T04:00Z'],
    ['it begins when the clocks jump over its start', berlin('02:30', '04:00', 'sun'), '2026-03-29T01:15Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ['it ends when the clocks jump over its end', berlin('01:00', '02:30', 'sun'), '2026-03-29T00:30Z', '2026-03-29T00:00Z', '2026-03-29T01:00Z'],
    ['times that come twice: from the first to the last', berlin('02:15', '02:45', 'sun'), '2026-10-25T01:00Z', '2026-10-25T00:15Z', '2026-10-25T01:45Z'],
    ['days without a break between them are one span', berlin('00:00', '24:00', 'sat', 'sun'), '2026-11-21T12:00Z', '2026-11-20T23:00Z', '2026-11-22T23:00Z'],
  ])('%s', (_name, window, at, start, end) => {
    expect(spanAt(window, new Date(at))).toEqual({ start: Date.parse(start), end: Date.parse(end) });
  });
});

describe('spans that come once', () => {
  const once = { from: '2026-12-24T18:00:00+01:00', to: '2026-12-27T08:00:00+01:00' };
  test.each([['2026-12-24T16:59:59Z', false], ['2026-12-24T17:00:00Z', true], ['2026-12-27T06:59:59Z', true], ['2026-12-27T07:00:00Z', false]])('%s', (at, on) => {
    expect(spanAt(once, new Date(at)) !== undefined).toBe(on);
  });

  test('the next is none once it began', () => {
    expect(nextSpan(once, new Date('2026-12-01T00:00Z'))?.start).toBe(Date.parse(once.from));
    expect(nextSpan(once, new Date('2026-12-25T00:00Z'))).toBeUndefined();
  });
});

test('a span that makes no sense', () => {
  expect(windowProblem({ from: '2026-12-24T18:00:00Z', to: '2026-12-24T18:00:00Z' })).toMatch(/later/);
  expect(windowProblem({ days: ['mon'], from: '10:00', to: '10:00', time_zone: 'UTC' })).toMatch(/whole day/);
  expect(windowProblem({ days: ['mon'], from: '10:00', to: '09:00', time_zone: 'UTC' })).toBeUndefined();
});
