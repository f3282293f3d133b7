/** The planner is forbidden a kind of plan, for a role, the database or the server. */
import type { Action } from '../../changes/action.ts';
import type { FindingBody } from '../../incident/types.ts';
import { quoteLine } from '../quotes.ts';
import type { DatabaseReading, Readings, SettingOverride, StatementPlan } from '../readings.ts';
import type { Rule } from '../rule.ts';
import { isServiceUnwell } from '../service/health.ts';
import { milliseconds } from '../words.ts';
import { usesRole } from './clients.ts';
import { isPlain } from './said.ts';

const kinds = /^enable_(?:indexscan|bitmapscan|indexonlyscan|hashjoin|mergejoin|nestloop|hashagg|sort|material|memoize)$/;
const slowMilliseconds = 15;
/** Milliseconds of database time a statement took within the 1.5 s that were watched. */
const hotMilliseconds = 300;

export const plannerSettings: Rule = {
  id: 'planner-settings',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) =>
      (database.overrides?.value ?? []).filter(({ setting, value }) => kinds.test(setting) && /^(?:off|false|no|0)\b/i.test(value)).map((override) => describe(database, override, readings))),
};

function describe(database: DatabaseReading, override: SettingOverride, readings: Readings): FindingBody {
  const slowest = slowestOf(database, override);
  const suffers = readings.services.some((service) => service.databases.includes(database.name) && isServiceUnwell(service) && (override.role === null || usesRole(service.name, override.role, database, readings) === 'yes'));
  const hurts = slowest !== undefined && suffers;
  return {
    severity: hurts ? 'warning' : 'info',
    resource: `setting/${database.name}/${override.setting}${override.role === null ? '' : `@${override.role}`}`,
    mechanism: 'setting-planner',
    title: `${override.setting} is off for ${override.role === null ? `the ${override.scope === 'system' ? 'server' : 'database'}` : `role ${override.role}`}`,
    explanation: `The planner avoids this kind of plan even where it is the best one, so statements read far more than they need. ${hurts ? `A busy statement that it is for takes ${milliseconds(slowest)}. It is a switch for experiments; the default is on. New sessions get it without the setting, open ones keep it until they connect again. Whoever approves asks whether somebody avoids a bad plan with it.` : 'No slow statement that it is for, of a service that is unwell, is seen, so no change is proposed: somebody may avoid a bad plan with it.'}`,
    confidence: hurts ? 0.75 : 0.5,
    quotes: quoteLine(database.overrides?.evidence, override.setting, override.value),
    ...(hurts && (override.role === null || isPlain(override.role))
      ? { remedy: { kind: 'postgres.alter_setting', target: database.name, scope: override.inDatabase === true ? 'role in database' : override.scope, ...(override.role === null ? {} : { role: override.role }), setting: override.setting, value: null } satisfies Action }
      : {}),
  };
}

/** Milliseconds of the slowest busy statement that the setting is for. */
function slowestOf(database: DatabaseReading, { role }: SettingOverride): number | undefined {
  const plans = (database.plans?.value ?? []).filter((plan: StatementPlan) => role === null || plan.roles?.includes(role) === true);
  const slow = plans.flatMap(({ meanMilliseconds: mean, calls }) => (mean !== null && (mean >= slowMilliseconds || (calls ?? 0) * mean >= hotMilliseconds) ? [mean] : []));
  return slow.length === 0 ? undefined : Math.max(...slow);
}
