/** The planner is forbidden a kind of plan, for a role, the database or the server. */
import type { Action } from '../../changes/action.ts';
import { quoteLine } from '../quotes.ts';
import type { Rule } from '../rule.ts';
import { isServiceUnwell } from '../service/health.ts';
import { isPlain } from './said.ts';

const kinds = /^enable_(?:indexscan|bitmapscan|indexonlyscan|hashjoin|mergejoin|nestloop|hashagg|sort|material|memoize)$/;

export const plannerSettings: Rule = {
  id: 'planner-settings',
  specialist: 'database',
  detect: (readings) =>
    readings.databases.flatMap((database) => {
      const slow = readings.services.some((service) => service.databases.includes(database.name) && isServiceUnwell(service));
      return (database.overrides?.value ?? []).filter(({ setting, value }) => kinds.test(setting) && /^(?:off|false|no|0)\b/i.test(value)).map((override) => ({
        severity: slow ? ('warning' as const) : ('info' as const),
        resource: `setting/${database.name}/${override.setting}${override.role === null ? '' : `@${override.role}`}`,
        mechanism: 'setting-planner',
        title: `${override.setting} is off for ${override.role === null ? `the ${override.scope === 'system' ? 'server' : 'database'}` : `role ${override.role}`}`,
        explanation: 'The planner avoids this kind of plan even where it is the best one, so statements read far more than they need. It is a switch for experiments; the default is on. New sessions get it without the setting, open ones keep it until they connect again.',
        confidence: slow ? 0.75 : 0.5,
        quotes: quoteLine(database.overrides?.evidence, override.setting, override.value),
        ...(override.role === null || isPlain(override.role)
          ? { remedy: { kind: 'postgres.alter_setting', target: database.name, scope: override.inDatabase === true ? 'role in database' : override.scope, ...(override.role === null ? {} : { role: override.role }), setting: override.setting, value: null } satisfies Action }
          : {}),
      }));
    }),
};
