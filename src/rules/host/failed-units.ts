/** systemd units that ended in failure; grave when one of them bears the name of what is configured. */
import { databaseOf, serviceOf } from '../resources.ts';
import { count, list } from '../words.ts';
import { factsRule } from './machine-rule.ts';

export const failedUnits = factsRule('unit-failed', 'unit', ({ failedUnits: failed }, { name, runs }) => {
  if (failed.length === 0) return [];
  const known = runs.flatMap((resource) => [serviceOf(resource) ?? databaseOf(resource) ?? []].flat());
  const ours = failed.filter((unit) => known.some((one) => unit.name.replace(/\.[a-z]+$/, '').split('@')[0] === one));
  const shown = ours.length > 0 ? ours : failed;
  return [{
    severity: ours.length > 0 ? 'warning' : 'info',
    mechanism: 'unit-failed',
    title: `${count(shown.length, 'unit')} of ${name} failed: ${list(shown.slice(0, 5).map((unit) => unit.name))}`,
    explanation: `systemd has given up on ${shown.length === 1 ? 'it' : 'them'}; host_logs says why, where the unit may be read.`,
    confidence: 0.85,
    shows: shown.slice(0, 5).map((unit) => [`unit failed: ${unit.name}`]),
  }];
});
