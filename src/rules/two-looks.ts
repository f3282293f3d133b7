/** Two looks at the same systems, some seconds apart, as one: the newest state, with what requests met in both. Pure. */
import type { CheckReading, DatabaseReading, Observed, Readings, ServiceReading, Session } from './readings.ts';

/** Everything is as the later look saw it; checks keep the earlier one's requests beside theirs, and sessions know whether they blocked somebody all the while. */
export function twoLooks(earlier: Readings, later: Readings): Readings {
  return {
    ...later,
    services: later.services.map((service) => withEarlier(service, earlier.services.find(({ name }) => name === service.name))),
    databases: later.databases.map((database) => withBlockers(database, earlier.databases.find(({ name }) => name === database.name))),
    observerSlowdown: Math.max(earlier.observerSlowdown ?? 1, later.observerSlowdown ?? 1),
  };
}

function withEarlier(service: ServiceReading, before: ServiceReading | undefined): ServiceReading {
  return { ...service, checks: service.checks.map((check) => withEarlierSamples(check, before?.checks.find(({ value }) => value.check === check.value.check))) };
}

function withEarlierSamples(check: Observed<CheckReading>, before: Observed<CheckReading> | undefined): Observed<CheckReading> {
  return before === undefined ? check : { ...check, value: { ...check.value, earlier: { samples: before.value.samples, evidence: before.evidence } } };
}

function withBlockers(database: DatabaseReading, before: DatabaseReading | undefined): DatabaseReading {
  return database.sessions === undefined ? database : { ...database, sessions: { ...database.sessions, value: stayedBlocking(before?.sessions?.value ?? [], database.sessions.value) } };
}

/** The later list; who did nothing all the while between the two, and was waited for at the first, is marked. */
export function stayedBlocking(earlier: readonly Session[], later: readonly Session[]): Session[] {
  const awaited = new Set(earlier.flatMap(({ blockedBy }) => blockedBy));
  const before = new Map(earlier.filter(({ pid }) => awaited.has(pid)).map((session) => [session.pid, session]));
  return later.map((session) => {
    const one = before.get(session.pid);
    return one?.backendStart === session.backendStart && one.state === session.state && session.stateSeconds - one.stateSeconds >= leastApartSeconds ? { ...session, stayedBlocking: true } : session;
  });
}

const leastApartSeconds = 1;
