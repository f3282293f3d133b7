/** A client that opens one session after another and uses none again: it leaks them, as no pool does. */
import type { DatabaseReading, Session } from '../readings.ts';
import { hoarderOfExhausted } from './connections.ts';

/** A pool opens all of its sessions at once, or as they are needed, and uses them again. */
const leastSpanMilliseconds = 10_000;
const usedOnceMilliseconds = 5_000;
const mostOfThem = 0.6;

export interface Leak {
  user: string;
  application: string;
  sessions: Session[];
  /** When the first of them began, in milliseconds since 1970 by the server's clock. */
  since: number;
}

/** Undefined: no slot is short, nobody holds them, or who does uses them. */
export function leakOf(database: DatabaseReading): Leak | undefined {
  const hoarder = hoarderOfExhausted(database);
  const sessions = (hoarder?.idle ?? []).filter(({ backendStart }) => !Number.isNaN(began(backendStart)));
  if (hoarder === undefined || sessions.length === 0) return undefined;
  // No session has been silent for longer than it is old, so the server's clock shows at least this.
  const now = Math.max(...(database.sessions?.value ?? []).map((session) => began(session.backendStart) + session.stateSeconds * 1000).filter((time) => !Number.isNaN(time)));
  const starts = sessions.map(({ backendStart }) => began(backendStart));
  const since = Math.min(...starts);
  const usedOnce = sessions.filter((session) => now - session.stateSeconds * 1000 - began(session.backendStart) <= usedOnceMilliseconds);
  if (Math.max(...starts) - since < leastSpanMilliseconds || usedOnce.length < sessions.length * mostOfThem) return undefined;
  return { user: hoarder.client.user, application: hoarder.client.application, sessions, since };
}

/** `2026-01-01 10:00:00.5+00`, as PostgreSQL writes it. */
function began(time: string): number {
  return Date.parse(time.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
}
