/** A setting that limits sessions, set far from its default for a role, a database or the server, explains errors that services show. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings, SettingOverride } from '../readings.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { isServiceUnwell } from '../service/health.ts';
import { count, list } from '../words.ts';
import { usesRole } from './clients.ts';
import type { Said } from './said.ts';
import { aboutRole, coded, isPlain, meansRole, quotesOf, saidOf, speakers } from './said.ts';
import { slownessBehind } from './symptom-of.ts';

interface Limit {
  /** Whether the value is so tight that it stops ordinary work. */
  tight(value: string): boolean;
  /** What a client sees: SQLSTATE or the server's words. */
  error: RegExp;
  /** The words, or a SQLSTATE, that say that it was this setting and no other, nor somebody's own cancel or NOWAIT. */
  exact: RegExp;
  effect: string;
  /** What may stand behind what it ends. */
  behind?: 'lock' | 'statement';
  /** Where another value is usual: what its approver has to know first. */
  first: string;
}

const shortest = 2_000;
/** Nobody means this: a number that was meant in seconds. */
const senseless = 20;
/** Fewer may have been somebody's attempt. */
const fewestWrites = 5;

const onPurpose = 'A tight timeout may be meant, to protect the server: whoever approves asks who set it, and whether another value would do.';

const limits: Record<string, Limit> = {
  statement_timeout: { tight: shorterThan(shortest), error: errorOf('57014', 'due to statement timeout'), exact: /due to statement timeout/i, effect: 'statements that take longer are cancelled', behind: 'statement', first: onPurpose },
  lock_timeout: { tight: shorterThan(shortest), error: errorOf('55P03', 'due to lock timeout'), exact: /due to lock timeout/i, effect: 'statements that wait longer for a lock fail', behind: 'lock', first: onPurpose },
  transaction_timeout: { tight: shorterThan(shortest), error: errorOf('25P04', 'due to transaction timeout'), exact: errorOf('25P04', 'due to transaction timeout'), effect: 'sessions whose transaction takes longer are ended', behind: 'statement', first: onPurpose },
  idle_in_transaction_session_timeout: { tight: shorterThan(shortest), error: errorOf('25P03', 'idle-in-transaction (?:session )?timeout'), exact: errorOf('25P03', 'idle-in-transaction (?:session )?timeout'), effect: 'sessions that pause in a transaction are ended', first: onPurpose },
  idle_session_timeout: { tight: shorterThan(shortest), error: errorOf('57P05', 'idle-session timeout'), exact: errorOf('57P05', 'idle-session timeout'), effect: 'idle sessions are ended', first: onPurpose },
  default_transaction_read_only: { tight: (value) => /^(?:on|true|yes|1)\b/i.test(value.trim()), error: errorOf('25006', 'in a read-only transaction'), exact: errorOf('25006', 'in a read-only transaction'), effect: 'nothing can be written', first: 'It is set on purpose for a maintenance, and on an old primary after a cutover, which must not take writes again: whoever approves makes sure that neither is so.' },
};

export const settingOverride: Rule = {
  id: 'setting-override',
  specialist: 'database',
  detect: (readings, targets) => readings.databases.flatMap((database) => (database.engine === 'mysql' ? [] : detectIn(database, readings, targets))),
};

function detectIn(database: DatabaseReading, readings: Readings, targets: RuleTargets): FindingBody[] {
  return (database.overrides?.value ?? []).flatMap((override) => {
    const limit = Object.hasOwn(limits, override.setting) ? limits[override.setting] : undefined;
    if (limit === undefined || !limit.tight(override.value)) return [];
    const said = saidOf(database, readings, limit.error).filter((one) => !isOfAnother(override, one, database, readings));
    if (said.length > 0) return [describe(database, override, limit, { said, readings, targets })];
    return override.setting === 'default_transaction_read_only' ? readOnlyWriters(database, override, limit, readings) : [];
  });
}

/** Who says it surely logs in with a role that this setting is not for, or that has its own value of it. */
function isOfAnother(override: SettingOverride, said: Said, database: DatabaseReading, readings: Readings): boolean {
  if (override.role !== null) return meansRole(said, override.role, database, readings) === 'no';
  return (database.overrides?.value ?? []).some((other) => other !== override && other.setting === override.setting && other.role !== null && meansRole(said, other.role, database, readings) === 'yes');
}

interface Heard {
  said: readonly Said[];
  readings: Readings;
  targets: RuleTargets;
}

function describe(database: DatabaseReading, override: SettingOverride, limit: Limit, { said, readings, targets }: Heard): FindingBody {
  const exact = saidOf(database, readings, limit.exact).filter((one) => !isOfAnother(override, one, database, readings));
  const sure = override.role === null ? exact : aboutRole(exact, override.role, database, readings);
  const behind = limit.behind === undefined || isSenseless(override) ? undefined : slownessBehind(limit.behind, database, readings, targets);
  const readOnly = override.setting === 'default_transaction_read_only';
  const why = readOnly ? whyNotWritable(database) : behind !== undefined ? `It is a symptom here, by what was found: ${behind.title}. That is to be mended, not the limit lifted.` : sure.length === 0 ? `Whether it was this setting that ended their statements, or whether they log in as ${whereOf(override)}, is not proven, so no change is proposed: ask who set it.` : undefined;
  const names = speakers(said);
  return {
    severity: readOnly && isStandby(database) === true ? 'info' : why === undefined ? 'critical' : 'warning',
    resource: resourceOf(database, override),
    mechanism: 'setting-too-tight',
    title: `${override.setting} is ${override.value} for ${whereOf(override)}`,
    explanation: `With it ${limit.effect}, and ${names.length > 0 ? list(names) : 'a log'} ${names.length > 1 ? 'show' : 'shows'} such errors. ${why ?? `${override.defaultValue === null ? 'Without the override' : `Its default is ${override.defaultValue}; without the override`} they would not occur. New sessions get the default; sessions that are open keep the old value until they reconnect. ${limit.first}`}`,
    confidence: why === undefined ? 0.9 : 0.6,
    quotes: [...quoteLine(database.overrides?.evidence, override.setting, override.value), ...quotesOf(sure.length > 0 ? sure : said)],
    ...(why === undefined || behind === undefined ? {} : { blames: behind.resource }),
    ...(why === undefined && (override.role === null || isPlain(override.role)) ? { remedy: remedyOf(database, override) } : {}),
  };
}

/** Undefined: it is a primary, where the setting is what keeps from writing. */
function whyNotWritable(database: DatabaseReading): string | undefined {
  const standby = isStandby(database);
  if (standby === undefined) return 'Whether this server is a primary was not read, so no change is proposed.';
  return standby ? 'This server is a standby: it takes no writes whatever the setting says. Who is refused writes to the wrong server.' : undefined;
}

const isStandby = ({ standby, server }: DatabaseReading): boolean | undefined => standby ?? server?.value.standby;

function isSenseless({ setting, value }: SettingOverride): boolean {
  return setting !== 'lock_timeout' && (toMilliseconds(value) ?? senseless) < senseless;
}

/** Nobody says that it fails, but roles that did change rows begin every transaction as a reading one. */
function readOnlyWriters(database: DatabaseReading, override: SettingOverride, limit: Limit, readings: Readings): FindingBody[] {
  const writers = (database.writers?.value ?? []).filter(({ role, calls }) => calls >= fewestWrites && (override.role === null || role === override.role));
  const [busiest] = writers;
  if (busiest === undefined) return [];
  const suffering = readings.services.filter((service) => service.databases.includes(database.name) && isServiceUnwell(service) && writers.some(({ role }) => usesRole(service.name, role, database, readings) === 'yes'));
  const why = whyNotWritable(database) ?? (suffering.length > 0 ? undefined : `Nobody is seen to fail of it now, so no change is proposed: ask whether a maintenance or a cutover is under way. ${limit.first}`);
  return [{
    severity: why === undefined ? 'warning' : 'info',
    resource: resourceOf(database, override),
    mechanism: 'setting-read-only',
    title: `Transactions of ${whereOf(override)} are read-only by default, and ${list(writers.slice(0, 3).map(({ role }) => role))} ${writers.length === 1 ? 'changes' : 'change'} rows`,
    explanation: `Every INSERT, UPDATE and DELETE in a new session fails with "cannot execute ... in a read-only transaction", while reading goes on and the database looks well; ${busiest.role} ran ${count(busiest.calls, 'such statement')} since statistics began. ${why ?? `${list(suffering.map(({ name }) => name))} ${suffering.length === 1 ? 'logs' : 'log'} in with such a role and ${suffering.length === 1 ? 'is' : 'are'} unwell. New sessions get the default; open ones keep it until they connect again. ${limit.first}`}`,
    confidence: why === undefined ? 0.88 : 0.6,
    quotes: [...quoteLine(database.overrides?.evidence, override.setting, override.value), ...quoteLine(database.writers?.evidence, busiest.role)],
    ...(why === undefined && (override.role === null || isPlain(override.role)) ? { remedy: remedyOf(database, override) } : {}),
  }];
}

function resourceOf(database: DatabaseReading, { setting, role }: SettingOverride): string {
  return `setting/${database.name}/${setting}${role === null ? '' : `@${role}`}`;
}

function remedyOf(database: DatabaseReading, override: SettingOverride): Action {
  return { kind: 'postgres.alter_setting', target: database.name, scope: override.inDatabase === true ? 'role in database' : override.scope, ...(override.role === null ? {} : { role: override.role }), setting: override.setting, value: null };
}

function whereOf(override: SettingOverride): string {
  if (override.scope === 'role') return `role ${override.role ?? ''}`;
  return override.scope === 'database' ? 'this database' : 'the whole server';
}

function errorOf(code: string, words: string): RegExp {
  return new RegExp(`${coded(code)}|${words}`, 'i');
}

/** 0 switches a timeout off. A bare number is in milliseconds. */
function shorterThan(milliseconds: number): (value: string) => boolean {
  return (value) => {
    const parsed = toMilliseconds(value);
    return parsed !== undefined && parsed > 0 && parsed < milliseconds;
  };
}

const units: Record<string, number> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

export function toMilliseconds(value: string): number | undefined {
  const match = /^\s*'?(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?'?\s*$/.exec(value);
  return match?.[1] === undefined ? undefined : Number(match[1]) * (units[match[2] ?? 'ms'] ?? 1);
}
