/** A role that may not log in, or not once more: its connection limit, the end of its password, its login. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import type { RoleReading } from '../database-readings.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import type { Rule } from '../rule.ts';
import { list } from '../words.ts';
import type { Said } from './said.ts';
import { isPlain, named, quotesOf, saidOf, speakers } from './said.ts';

export const roleLimits: Rule = {
  id: 'role-limits',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => (database.engine === 'mysql' ? [] : limited(database, readings))),
};

export const roleLogins: Rule = {
  id: 'role-logins',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => (database.engine === 'mysql' ? [] : refused(database, readings))),
};

const tooMany = new RegExp(`too many connections for role ${named}`);
const wrongPassword = new RegExp(`password authentication failed for user ${named}`);
const noLogin = new RegExp(`role ${named} is not permitted to log in`);

function limited(database: DatabaseReading, readings: Readings): FindingBody[] {
  const said = saidOf(database, readings, tooMany);
  const roles = rolesOf(database);
  return roles.flatMap((role) => {
    const complaints = said.filter(({ match }) => match[1] === role.name);
    // -1: none.
    const full = role.connectionLimit >= 0 && role.sessions >= role.connectionLimit;
    if (role.connectionLimit < 0 || role.superuser || (complaints.length === 0 && (!full || role.connectionLimit === 0))) return [];
    const limit = usualLimit(role, roles);
    return [{
      severity: complaints.length > 0 && full ? ('critical' as const) : ('warning' as const),
      resource: `setting/${database.name}/connection_limit@${role.name}`,
      mechanism: 'role-connection-limit-reached',
      title: role.connectionLimit === 0 ? `Role ${role.name} may have no connection at all (its limit is 0)` : full ? `Role ${role.name} has used all ${role.connectionLimit} of the connections it may have` : `Role ${role.name} was refused a connection; it has ${role.sessions} of the ${role.connectionLimit} it may have now`,
      explanation: `Further sessions of this role are refused with "too many connections for role"${complaints.length > 0 ? `, ${whoSays(complaints)}` : ', though nobody is seen to be refused now'}. The limit belongs to the role, not to the server, which has room. ${limit === -1 ? 'Other roles that work here have no limit.' : `Other roles that work here may have up to ${limit}.`} It may be meant, to leave room for others: whoever approves asks who set it, and makes sure that the role's client leaks no sessions.`,
      confidence: complaints.length > 0 ? 0.96 : 0.75,
      quotes: [...quoteRole(database, role.name), ...quotesOf(complaints)],
      ...(full && isInUse(role, complaints) && isPlain(role.name) ? { remedy: { kind: 'postgres.role_connection_limit', target: database.name, role: role.name, limit } satisfies Action } : {}),
    }];
  });
}

/**
 * What a log says of a role that never did anything here is no reason to let it in: it may be retired, and anybody can write a name
 * into a log. Where calls are not counted, a service of the database that says it itself counts.
 */
const isInUse = ({ sessions, calls }: RoleReading, complaints: readonly Said[]): boolean => complaints.length > 0 && (sessions > 0 || (calls === null ? speakers(complaints).length > 0 : calls > 0));

/** Readings of before roles were read hold limits among the settings. */
function rolesOf(database: DatabaseReading): RoleReading[] {
  if (database.roles !== undefined) return database.roles.value;
  return (database.overrides?.value ?? []).flatMap((override) => {
    const connectionLimit = Number(override.value);
    if (override.setting !== 'connection_limit' || override.role === null || !Number.isInteger(connectionLimit)) return [];
    return [{ name: override.role, mayLogIn: true, superuser: false, connectionLimit, sessions: (database.sessions?.value ?? []).filter((session) => session.user === override.role).length, validUntil: null, expired: false, calls: null }];
  });
}

/** What the others have: none, unless all of them have one. */
function usualLimit(role: RoleReading, roles: readonly RoleReading[]): number {
  const others = roles.filter((one) => one.name !== role.name && !one.superuser && one.sessions > 0).map((one) => one.connectionLimit);
  return others.length === 0 || others.some((limit) => limit < 0) ? -1 : Math.max(role.connectionLimit, ...others);
}

function refused(database: DatabaseReading, readings: Readings): FindingBody[] {
  const roles = database.roles?.value ?? [];
  const said = saidOf(database, readings, wrongPassword);
  const expired = roles.filter((role) => role.expired && role.mayLogIn).flatMap((role) => passwordExpired(database, role, roles, said.filter(({ match }) => match[1] === role.name)));
  const others = roles.filter((role) => !role.expired).flatMap((role) => passwordRejected(database, role, said.filter(({ match }) => match[1] === role.name)));
  return [...expired, ...others, ...loginTaken(database, saidOf(database, readings, noLogin), roles)];
}

function passwordExpired(database: DatabaseReading, role: RoleReading, roles: readonly RoleReading[], complaints: readonly Said[]): FindingBody[] {
  const until = usualEnd(role, roles);
  const used = isInUse(role, complaints);
  return [{
    severity: used ? 'critical' : 'info',
    resource: `setting/${database.name}/valid_until@${role.name}`,
    mechanism: 'password-expired',
    title: `The password of role ${role.name} expired ${role.validUntil ?? ''}`,
    explanation: `PostgreSQL then refuses every password of the role, the right one too, with the same words as for a wrong one${complaints.length > 0 ? `, ${whoSays(complaints)}` : '; nobody is seen to be refused, so it may be meant'}. Sessions that were open stay. Another password in the client changes nothing: the end belongs to the role (VALID UNTIL).${used ? ' A date may be meant, for a role that was to end: whoever approves asks its owner, and whether the password is to be another one.' : ''}`,
    confidence: used ? 0.96 : 0.6,
    quotes: [...quoteLine(database.roles?.evidence, role.name, 'EXPIRED'), ...quotesOf(complaints)],
    ...(used && isPlain(role.name) ? { remedy: { kind: 'postgres.role_valid_until', target: database.name, role: role.name, until } satisfies Action } : {}),
  }];
}

/** As the others have it: without an end, or the latest of theirs. */
function usualEnd(role: RoleReading, roles: readonly RoleReading[]): string {
  const others = roles.filter((one) => one.name !== role.name && !one.superuser && !one.expired && one.sessions > 0).map((one) => one.validUntil);
  const ends = others.filter((end) => end !== null && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::?\d\d)?$/.test(end));
  return others.length === 0 || ends.length < others.length ? 'infinity' : (ends.toSorted().at(-1) ?? 'infinity');
}

function passwordRejected(database: DatabaseReading, role: RoleReading, complaints: readonly Said[]): FindingBody[] {
  if (complaints.length === 0) return [];
  return [{
    severity: 'info',
    resource: `user/${database.name}/${role.name}`,
    mechanism: 'password-rejected',
    title: `Database ${database.name} rejects the password of role ${role.name}`,
    explanation: `The role may log in and its password has not expired, so ${speakers(complaints).length > 0 ? list(speakers(complaints)) : 'the client'} sends another password than the one that was set: look at the Secret or variable it comes from, and at when either was changed. Setting the database's password to fit a wrong one would break whoever has the right one.`,
    confidence: 0.85,
    quotes: [...quoteRole(database, role.name), ...quotesOf(complaints)],
  }];
}

/** The reader lists roles that may log in: one that is not among them may not. */
function loginTaken(database: DatabaseReading, said: readonly Said[], roles: readonly RoleReading[]): FindingBody[] {
  const names = [...new Set(said.flatMap(({ match }) => (match[1] === undefined ? [] : [match[1]])))].filter((name) => database.roles !== undefined && !roles.some((role) => role.name === name));
  return names.map((name) => ({
    severity: 'critical' as const,
    resource: `user/${database.name}/${name}`,
    mechanism: 'role-login-taken',
    title: `Role ${name} may not log in to database ${database.name}`,
    explanation: 'It has NOLOGIN, so every new session of it is refused whatever its password. Whether that is meant its owner knows; no change is proposed.',
    confidence: 0.9,
    quotes: quotesOf(said.filter(({ match }) => match[1] === name)),
  }));
}

function quoteRole(database: DatabaseReading, name: string): FindingBody['quotes'] {
  const own = (database.roles?.evidence.text ?? '').split('\n').find((line) => line.split('|')[0]?.trim() === name);
  return own === undefined ? quoteLine(database.overrides?.evidence, 'connection_limit', name) : quoteLine(database.roles?.evidence, own.trim());
}

function whoSays(complaints: readonly Said[]): string {
  const names = speakers(complaints);
  return names.length === 0 ? 'as a log shows' : `as ${list(names)} ${names.length === 1 ? 'shows' : 'show'}`;
}
