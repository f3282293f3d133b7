/** Who waits for whom: chains of blocked sessions, walked to the session that waits for nobody. */
import type { Session } from '../readings.ts';
import { wantsTableAlone } from './upkeep.ts';

export interface Blocker {
  /** Undefined for a prepared transaction (its locks have no session) or a session that is gone by now. */
  root: Session | undefined;
  pid: number;
  /** All that wait for it, directly or behind others; the longest waiting first. */
  victims: Session[];
}

/** Most victims first. A session in a cycle (a deadlock PostgreSQL will break itself) is nobody's root. */
export function blockersOf(all: readonly Session[]): Blocker[] {
  const sessions = all.filter((session) => session.elsewhere !== true);
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  const victimsOf = new Map<number, Session[]>();
  for (const session of sessions) {
    if (session.blockedBy.length === 0) continue;
    for (const root of rootsOf(session, byPid, new Set())) victimsOf.set(root, [...(victimsOf.get(root) ?? []), session]);
  }
  return [...victimsOf]
    .map(([pid, victims]) => ({ pid, root: byPid.get(pid), victims: victims.sort((left, right) => right.stateSeconds - left.stateSeconds) }))
    .sort((left, right) => right.victims.length - left.victims.length || left.pid - right.pid);
}

/** CREATE INDEX CONCURRENTLY and its like wait for older transactions to end and keep nobody from reading or writing meanwhile. */
export const waitsHarmlessly = ({ waitEvent }: Session): boolean => waitEvent === 'virtualxid';

/** A change of a table that waits for the root itself, and behind which all others wait that the root alone would let through. */
export function queueHead({ pid, victims }: Blocker): Session | undefined {
  const heads = victims.filter((victim) => victim.blockedBy.includes(pid) && !waitsHarmlessly(victim));
  const [head] = heads;
  return heads.length === 1 && head !== undefined && wantsTableAlone(head) && victims.some((victim) => victim !== head && !waitsHarmlessly(victim)) ? head : undefined;
}

function rootsOf(session: Session, byPid: ReadonlyMap<number, Session>, seen: Set<number>): Set<number> {
  const roots = new Set<number>();
  seen.add(session.pid);
  for (const pid of session.blockedBy) {
    if (seen.has(pid)) continue;
    const next = byPid.get(pid);
    if (next === undefined || next.blockedBy.length === 0) roots.add(pid);
    else for (const root of rootsOf(next, byPid, seen)) roots.add(root);
  }
  return roots;
}
