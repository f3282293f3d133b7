/** A setting that limits sessions, set far from its default for a role, a database or the server, explains errors that services show. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings, ServiceReading, SettingOverride } from '../readings.ts';
import type { Rule } from '../rule.ts';
import { errorTexts, quoteError } from '../service/errors.ts';
import { count, list } from '../words.ts';
import { isPlain } from './said.ts';

interface Limit {
  /** Whether the value is so tight that it stops ordinary work. */
  tight(value: string): boolean;
  /** What a client sees: SQLSTATE or the server's words. */
  error: RegExp;
  effect: string;
}

const shortest = 2_000;
/** Fewer may have been somebody's attempt. */
const fewestWrites = 5;

const limits: Record<string, Limit> = {
  statement_timeout: { tight: shorterThan(shortest), error: /\b57014\b|due to statement timeout/i, effect: 'statements that take longer are cancelled' },
  lock_timeout: { tight: shorterThan(shortest), error: /\b55P03\b|due to lock timeout/i, effect: 'statements that wait longer for a lock fail' },
  transaction_timeout: { tight: shorterThan(shortest), error: /\b25P04\b|due to transaction timeout/i, effect: 'sessions whose transaction takes longer are ended' },
  idle_in_transaction_session_timeout: { tight: shorterThan(shortest), error: /\b25P03\b|idle-in-transaction (?:session )?timeout/i, effect: 'sessions that pause in a transaction are ended' },
  idle_session_timeout: { tight: shorterThan(shortest), error: /\b57P05\b|idle-session timeout/i, effect: 'idle sessions are ended' },
  default_transaction_read_only: { tight: (value) => /^(?:on|true|yes|1)$/i.test(value.trim()), error: /\b25006\b|read-only transaction/i, effect: 'nothing can be written' },
};

export const settingOverride: Rule = {
  id: 'setting-override',
  specialist: 'database',
  detect: (readings) => readings.databases.flatMap((database) => detectIn(database, readings)),
};

function detectIn(database: DatabaseReading, readings: Readings): FindingBody[] {
  const users = readings.services.filter((service) => service.databases.includes(database.name));
  return (database.overrides?.value ?? []).flatMap((override) => {
    const limit = Object.hasOwn(limits, override.setting) ? limits[override.setting] : undefined;
    if (limit === undefined || !limit.tight(override.value)) return [];
    const hurt = users.filter((service) => errorTexts(service).some((text) => limit.error.test(text)));
    if (hurt.length > 0) return [describe(database, override, limit, hurt)];
    return override.setting === 'default_transaction_read_only' ? readOnlyWriters(database, override) : [];
  });
}

function describe(database: DatabaseReading, override: SettingOverride, limit: Limit, hurt: ServiceReading[]): FindingBody {
  const where = whereOf(override);
  return {
    severity: 'critical',
    resource: `setting/${database.name}/${override.setting}${override.role === null ? '' : `@${override.role}`}`,
    mechanism: 'setting-too-tight',
    title: `${override.setting} is ${override.value} for ${where}`,
    explanation: `With it ${limit.effect}, and ${hurt.map((service) => service.name).join(', ')} ${hurt.length === 1 ? 'shows' : 'show'} exactly these errors. ${override.defaultValue === null ? 'Without the override' : `Its default is ${override.defaultValue}; without the override`} they would not occur. New sessions get the default; sessions that are open keep the old value until they reconnect.`,
    confidence: 0.9,
    quotes: [...quoteLine(database.overrides?.evidence, override.setting, override.value), ...hurt.slice(0, 2).flatMap((service) => quoteError(service, 1, (text) => limit.error.test(text)))],
    ...(override.role === null || isPlain(override.role) ? { remedy: remedyOf(database, override) } : {}),
  };
}

/** Nobody is seen to fail, but roles that did change rows begin every transaction as a reading one. */
function readOnlyWriters(database: DatabaseReading, override: SettingOverride): FindingBody[] {
  const writers = (database.writers?.value ?? []).filter(({ role, calls }) => calls >= fewestWrites && (override.role === null || role === override.role));
  const [busiest] = writers;
  if (busiest === undefined) return [];
  return [{
    severity: 'warning',
    resource: `setting/${database.name}/${override.setting}${override.role === null ? '' : `@${override.role}`}`,
    mechanism: 'setting-read-only',
    title: `Transactions of ${whereOf(override)} are read-only by default, and ${list(writers.slice(0, 3).map(({ role }) => role))} ${writers.length === 1 ? 'changes' : 'change'} rows`,
    explanation: `Every INSERT, UPDATE and DELETE in a new session fails with "cannot execute ... in a read-only transaction", while reading goes on and the database looks well; ${busiest.role} ran ${count(busiest.calls, 'such statement')} since statistics began. It is so after maintenance that was not ended. New sessions get the default; open ones keep it until they connect again.`,
    confidence: 0.88,
    quotes: [...quoteLine(database.overrides?.evidence, override.setting, override.value), ...quoteLine(database.writers?.evidence, busiest.role)],
    ...(override.role === null || isPlain(override.role) ? { remedy: remedyOf(database, override) } : {}),
  }];
}

function remedyOf(database: DatabaseReading, override: SettingOverride): Action {
  return { kind: 'postgres.alter_setting', target: database.name, scope: override.inDatabase === true ? 'role in database' : override.scope, ...(override.role === null ? {} : { role: override.role }), setting: override.setting, value: null };
}

function whereOf(override: SettingOverride): string {
  if (override.scope === 'role') return `role ${override.role ?? ''}`;
  return override.scope === 'database' ? 'this database' : 'the whole server';
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
