/** Sessions wait for a lock: held by a transaction that does nothing, by one that works, by a prepared one, or by a session in none. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Session } from '../readings.ts';
import { databaseResource, sessionResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count, duration } from '../words.ts';
import type { Blocker } from './blocking.ts';
import { blockersOf } from './blocking.ts';
import { endSessions } from './end-sessions.ts';

/** Locks are waited for all the time; it is a finding when somebody waits this long. */
const longWaitSeconds = 2;
/** Behind a transaction that does nothing, victims may give up and come back; then no single wait is long. */
const anyWaitSeconds = 0.2;
/** A transaction between two statements of its own work is idle for milliseconds. */
const longIdleSeconds = 4;
const longRunSeconds = 30;
const clearlyTooLongSeconds = 300;

export const blockedSessions: Rule = {
  id: 'blocked-sessions',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => blockersOf(database.sessions?.value ?? []).flatMap((blocker) => describe(database, blocker))),
};

function describe(database: DatabaseReading, blocker: Blocker): FindingBody[] {
  const longest = blocker.victims[0]?.stateSeconds ?? 0;
  const rootIsIdle = blocker.root?.state.startsWith('idle in transaction') === true;
  if (longest < (rootIsIdle ? anyWaitSeconds : longWaitSeconds)) return [];
  if (blocker.root === undefined) return blocker.pid === 0 ? [prepared(database, blocker, longest)] : [];
  if (rootIsIdle) return blocker.root.stateSeconds >= longIdleSeconds ? [idle(database, blocker, blocker.root, longest)] : [];
  if (blocker.root.state === 'idle') return blocker.root.stateSeconds >= longIdleSeconds ? [outsideTransaction(database, blocker, blocker.root, longest)] : [];
  return (blocker.root.transactionSeconds ?? blocker.root.stateSeconds) >= longRunSeconds ? [active(database, blocker, blocker.root, longest)] : [];
}

function idle(database: DatabaseReading, blocker: Blocker, root: Session, longest: number): FindingBody {
  return {
    severity: 'critical',
    resource: sessionResource(database.name, root.pid),
    mechanism: 'blocked-by-idle-transaction',
    title: `Session ${root.pid}${of(root)} sits idle in a transaction and blocks ${count(blocker.victims.length, 'other session')}`,
    explanation: `It has done nothing for ${duration(root.stateSeconds)} but keeps its locks until its transaction ends. ${count(blocker.victims.length, 'session')} ${blocker.victims.length === 1 ? 'waits' : 'wait'} for it, directly or behind one another, the longest for ${duration(longest)}. The waiting sessions are victims; ending the idle one frees them all, and its uncommitted work is rolled back.`,
    confidence: 0.95,
    quotes: quotesOf(database, blocker, root),
    ...endSessions(database, [root]),
  };
}

/** Without a transaction only an advisory lock is held, and it lives as long as the session. */
function outsideTransaction(database: DatabaseReading, blocker: Blocker, root: Session, longest: number): FindingBody {
  const idleLong = root.stateSeconds >= longRunSeconds;
  return {
    severity: 'critical',
    resource: sessionResource(database.name, root.pid),
    mechanism: 'blocked-by-advisory-lock',
    title: `Session ${root.pid}${of(root)} keeps an advisory lock that ${count(blocker.victims.length, 'other session')} ${blocker.victims.length === 1 ? 'waits' : 'wait'} for`,
    explanation: `It is in no transaction and has asked nothing for ${duration(root.stateSeconds)}, so it holds a lock that a program took for its session and did not give back; the longest wait is ${duration(longest)}. ${idleLong ? 'Ending the session gives the lock free; whoever takes such locks must see to it that only one does the work.' : 'It may only be between two statements of its work: look again, or ask its owner.'}`,
    confidence: idleLong ? 0.9 : 0.7,
    quotes: quotesOf(database, blocker, root),
    ...(idleLong ? endSessions(database, [root]) : {}),
  };
}

function active(database: DatabaseReading, blocker: Blocker, root: Session, longest: number): FindingBody {
  const running = root.transactionSeconds ?? root.stateSeconds;
  const tooLong = running >= clearlyTooLongSeconds && root.state === 'active';
  return {
    severity: 'warning',
    resource: sessionResource(database.name, root.pid),
    mechanism: 'blocked-by-long-statement',
    title: `Session ${root.pid}${of(root)} has worked for ${duration(running)} and blocks ${count(blocker.victims.length, 'other session')}`,
    explanation: `It is still at work${advisory(blocker) ? ' and holds an advisory lock, which it gives back when its program says so or its session ends' : ', so it may end by itself'}; the longest of the ${count(blocker.victims.length, 'waiting session')} has waited ${duration(longest)}. ${tooLong ? 'It has run for so long that ending it is worth considering: its work is rolled back.' : 'No change is proposed while it is at work: ask its owner.'}`,
    confidence: 0.8,
    quotes: quotesOf(database, blocker, root),
    ...(tooLong ? endSessions(database, [root]) : {}),
  };
}

function prepared(database: DatabaseReading, blocker: Blocker, longest: number): FindingBody {
  return {
    severity: 'critical',
    resource: `transaction/${database.name}/prepared`,
    mechanism: 'blocked-by-prepared-transaction',
    title: `${count(blocker.victims.length, 'session')} of ${databaseResource(database.name)} ${blocker.victims.length === 1 ? 'waits' : 'wait'} for a prepared transaction that no session owns`,
    explanation: `The locks are held by a two-phase transaction left prepared (see pg_prepared_xacts); the longest wait is ${duration(longest)}. Whether to commit it or roll it back only its coordinator knows, so no change is proposed.`,
    confidence: 0.85,
    quotes: quotesOf(database, blocker),
  };
}

function quotesOf(database: DatabaseReading, blocker: Blocker, root?: Session): FindingBody['quotes'] {
  const evidence = database.sessions?.evidence;
  const victims = blocker.victims.slice(0, 2).flatMap((victim) => quoteLine(evidence, `${victim.pid} `, victim.backendStart));
  return [...(root === undefined ? [] : quoteLine(evidence, `${root.pid} `, root.backendStart)), ...victims];
}

const advisory = ({ victims }: Blocker): boolean => victims[0]?.waitEvent === 'advisory';

function of(session: Session): string {
  const name = session.application || session.user;
  return name === '' ? '' : ` (${name})`;
}
