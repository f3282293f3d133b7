/** The time that a query looks at: the last minutes before now, or before an earlier moment. */
import { z } from 'zod';

const mostMinutes = 7 * 24 * 60;

export const rangeMinutes = z.number().int().min(1).max(mostMinutes);
export const endTime = z.iso.datetime({ offset: true }).describe('End of the time that is looked at: 2026-11-22T12:00:00Z; now when left out');

/** Seconds since 1970. */
export function timeRange(minutes: number, until: string | undefined, now: Date): { from: number; to: number } {
  const to = Math.floor((until === undefined ? now.getTime() : Date.parse(until)) / 1000);
  return { from: to - minutes * 60, to };
}

/** So that a series has about 120 points, none closer than 15 s. */
export function stepSeconds(minutes: number): number {
  return Math.max(15, Math.ceil((minutes * 60) / 120));
}
