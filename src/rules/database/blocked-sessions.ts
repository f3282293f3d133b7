/** Sessions wait for a lock: held by a transaction that does nothing, by one that works, by a prepared one, or by a session in none. */
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Session } from '../readings.ts';
import { databaseResource, sessionResource } from '../resources.ts';
import type { Rule } from '../rule.ts';
import { count, duration } from '../words.ts';
import type { Blocker } from './blocking.ts';
import { blockersOf, queueHead, waitsHarmlessly } from './blocking.ts';
import { cancelStatement, endSessions } from './end-sessions.ts';
import { isUpkeep, isUpkeepProgram } from './upkeep.ts';

/** Locks are waited for all the time; it is a finding when somebody waits this long. */
const longWaitSeconds = 2;
/** Behind a transaction that does nothing, victims may give up and come back; then no single wait is long. */
const anyWaitSeconds = 0.2;
/** A program that thinks between two statements does so for seconds; one that was met twice in the same silence, for less. */
const longIdleSeconds = { once: 15, twice: 4 };
/** Upkeep waits this long before a program's transaction is ended for it. */
const patientSeconds = 60;
const longRunSeconds = 30;
const clearlyTooLongSeconds = 300;
/** People wait this long behind a change that itself only waits. */
const longQueueSeconds = 10;

export const blockedSessions: Rule = {
  id: 'blocked-sessions',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => blockersOf(database.sessions?.value ?? []).flatMap((blocker) => describe(database, blocker))),
};

function describe(database: DatabaseReading, all: Blocker): FindingBody[] {
  const blocker = { ...all, victims: all.victims.filter((victim) => !waitsHarmlessly(victim)) };
  const longest = blocker.victims[0]?.stateSeconds ?? 0;
  const rootIsIdle = blocker.root?.state.startsWith('idle in transaction') === true;
  if (blocker.victims.length === 0 || longest < (rootIsIdle ? anyWaitSeconds : longWaitSeconds)) return [];
  if (blocker.root === undefined) return blocker.pid === 0 ? [prepared(database, blocker, longest)] : [];
  if (rootIsIdle) return isIdleLong(blocker.root) ? [idle(database, blocker, blocker.root, longest)] : [];
  if (blocker.root.state === 'idle') return isIdleLong(blocker.root) ? [outsideTransaction(database, blocker, blocker.root, longest)] : [];
  if ((blocker.root.transactionSeconds ?? blocker.root.stateSeconds) < longRunSeconds) return [];
  const head = queueHead(blocker);
  return [head === undefined ? active(database, blocker, blocker.root, longest) : waitingChange(database, blocker, blocker.root, head)];
}

const isIdleLong = ({ stateSeconds, stayedBlocking }: Session): boolean => stateSeconds >= (stayedBlocking === true ? longIdleSeconds.twice : longIdleSeconds.once);

function idle(database: DatabaseReading, blocker: Blocker, root: Session, longest: number): FindingBody {
  const why = reasonToKeep(blocker, root);
  return {
    severity: why === undefined ? 'critical' : 'warning',
    resource: sessionResource(database.name, root.pid),
    mechanism: 'blocked-by-idle-transaction',
    title: `Session ${root.pid}${of(root)} sits idle in a transaction and blocks ${count(blocker.victims.length, 'other session')}`,
    explanation: `It has done nothing for ${duration(root.stateSeconds)} but keeps its locks until its transaction ends. ${count(blocker.victims.length, 'session')} ${blocker.victims.length === 1 ? 'waits' : 'wait'} for it, directly or behind one another, the longest for ${duration(longest)}. ${why ?? `The waiting sessions are victims; ending the idle one frees them all, and its uncommitted work is rolled back${database.engine === 'mysql' ? ', which may take as long as the work took' : ''}. Its owner may know whether that work can be done again.`}`,
    confidence: why === undefined ? 0.95 : 0.8,
    quotes: quotesOf(database, blocker, root),
    ...(why === undefined ? endSessions(database, [root]) : {}),
  };
}

/** Undefined: people wait, and it does nothing that it would have to begin anew. */
function reasonToKeep({ victims }: Blocker, root: Session): string | undefined {
  if (isUpkeepProgram(root)) return 'It looks like a backup or a rebuild, which is idle between its steps and begins anew when it is ended, so no change is proposed: ask who runs it.';
  return root.stateSeconds < patientSeconds && victims.every(isUpkeep) ? 'Only upkeep (a change of a table, a vacuum) waits, which can be tried again, so no change is proposed yet.' : undefined;
}

/** Without a transaction only an advisory lock is held, and it lives as long as the session. */
function outsideTransaction(database: DatabaseReading, blocker: Blocker, root: Session, longest: number): FindingBody {
  const own = blocker.victims.every((victim) => programOf(victim) === programOf(root));
  const atWork = (database.sessions?.value ?? []).some((session) => session.pid !== root.pid && session.elsewhere !== true && programOf(session) === programOf(root) && session.client.replace(/:\d+$/, '') === root.client.replace(/:\d+$/, '') && (session.state === 'active' || session.transactionSeconds !== null));
  return {
    severity: own ? 'info' : atWork ? 'warning' : 'critical',
    resource: sessionResource(database.name, root.pid),
    mechanism: 'blocked-by-advisory-lock',
    title: `Session ${root.pid}${of(root)} keeps an advisory lock that ${count(blocker.victims.length, 'other session')} ${blocker.victims.length === 1 ? 'waits' : 'wait'} for`,
    explanation: `It is in no transaction and has asked nothing for ${duration(root.stateSeconds)}; the longest wait is ${duration(longest)}. ${own ? 'Holder and waiters are the same program: so programs choose a leader, and the others wait for their turn. That is no fault while the leader works.' : atWork ? 'Another session of the same program is at work: it holds the lock for that, so no change is proposed. Ask its owner.' : 'So it holds a lock that a program took for its session and did not give back. Ending the session gives the lock free; whoever approves makes sure that its program is not at work elsewhere, since such a lock is there so that only one does the work.'}`,
    confidence: own || atWork ? 0.6 : 0.9,
    quotes: quotesOf(database, blocker, root),
    ...(own || atWork ? {} : endSessions(database, [root])),
  };
}

/** `worker-7f9c-2` and `worker-81ab-1` are one program. */
function programOf({ application, user }: Session): string {
  return (application || `role ${user}`).toLowerCase().replace(/(?:[-_.:/#@ ]+(?=[a-z]*\d)[\da-z]*)+$/, '');
}

function active(database: DatabaseReading, blocker: Blocker, root: Session, longest: number): FindingBody {
  const running = root.transactionSeconds ?? root.stateSeconds;
  const why = reasonToLeave(database, blocker, root, running);
  return {
    severity: 'warning',
    resource: sessionResource(database.name, root.pid),
    mechanism: 'blocked-by-long-statement',
    title: `Session ${root.pid}${of(root)} has worked for ${duration(running)} and blocks ${count(blocker.victims.length, 'other session')}`,
    explanation: `It is still at work${advisory(blocker) ? ' and holds an advisory lock, which it gives back when its program says so or its session ends' : ', so it may end by itself'}; the longest of the ${count(blocker.victims.length, 'waiting session')} has waited ${duration(longest)}. ${why ?? 'It has run for so long that ending it is worth considering: its work is rolled back. Ask its owner whether it is nearly done.'}`,
    confidence: 0.8,
    quotes: quotesOf(database, blocker, root),
    ...(why === undefined ? endSessions(database, [root]) : {}),
  };
}

/** Undefined: none is seen. */
function reasonToLeave(database: DatabaseReading, blocker: Blocker, root: Session, running: number): string | undefined {
  if (isUpkeep(root)) return 'It looks after the database (a change of a table, a backup, a rebuild): ended, all of its work is to be done again, so no change is proposed. Ask who runs it.';
  if (database.engine === 'mysql' && !/^\s*\(*\s*(?:select|show|with)\b/i.test(root.query)) return 'It writes, and taking its work back may take as long as the work took, with the same locks, so no change is proposed: ask its owner, and wait.';
  return running >= clearlyTooLongSeconds && root.state === 'active' && !advisory(blocker) ? undefined : 'No change is proposed while it is at work: ask its owner.';
}

/** All others would get along with who works; only the change, which wants the table for itself, does not. */
function waitingChange(database: DatabaseReading, blocker: Blocker, root: Session, head: Session): FindingBody {
  const behind = blocker.victims.filter((victim) => victim !== head);
  const longest = behind[0]?.stateSeconds ?? 0;
  const long = longest >= longQueueSeconds;
  return {
    severity: long ? 'critical' : 'warning',
    resource: sessionResource(database.name, head.pid),
    mechanism: 'blocked-by-waiting-change',
    title: `Session ${head.pid}${of(head)} waits to change a table, and ${count(behind.length, 'other session')} ${behind.length === 1 ? 'waits' : 'wait'} behind it`,
    explanation: `It has waited ${duration(head.stateSeconds)} for session ${root.pid}${of(root)}, which has been at work for ${duration(root.transactionSeconds ?? root.stateSeconds)}. Whoever comes after the change stands in line behind it, though the one at work would let them through; the longest for ${duration(longest)}. ${long ? 'Cancelling the change, which has done nothing yet, frees them and leaves the work alone; it can be tried again with a short lock_timeout when the other one has ended.' : 'They may be through in a moment: look again.'}`,
    confidence: 0.85,
    quotes: [...quoteLine(database.sessions?.evidence, `${head.pid} `, head.backendStart), ...quotesOf(database, { ...blocker, victims: behind.slice(0, 1) }, root)],
    ...(long ? cancelStatement(database, head) : {}),
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
