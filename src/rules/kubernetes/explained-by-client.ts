/** A database whose connections one client holds, and that client's configuration or release was changed: the database is where it shows. */
import type { FindingBody } from '../../incident/types.ts';
import type { Readings } from '../readings.ts';
import type { RuleTargets } from '../rule.ts';
import { databaseOf } from '../resources.ts';
import { mentions } from '../service/process.ts';
import { configurationSuspects } from './configuration-suspects.ts';
import { leakSinceRollout } from './connections-since-rollout.ts';
import { resourceOf, scopesOf } from './scope.ts';

/** Same order; only `blames`, `explanation` and `remedy` of such findings differ. */
export function explainedByClient<F extends { specialist: string; finding: FindingBody }>(found: readonly F[], readings: Readings, targets: RuleTargets): F[] {
  if (!found.some(isExhausted)) return [...found];
  const suspects = scopesOf(readings, targets).flatMap((scope) => configurationSuspects(scope).filter(({ distance }) => distance === 0).map((one) => ({ ...one, resource: resourceOf(scope, 'configmap', one.map.name) })));
  const leaks = found.map(({ finding }) => finding).filter(({ mechanism, blames }) => mechanism === leakSinceRollout && blames === undefined);
  return found.map((one) => {
    const cause = isExhausted(one) ? suspects.find(({ service, workload }) => mentions(one.finding.title, service.name) || mentions(one.finding.title, workload.name)) : undefined;
    if (cause !== undefined) {
      const { remedy: _remedy, ...finding } = one.finding;
      return { ...one, finding: { ...finding, blames: cause.resource, explanation: `${finding.explanation} Explained by this: ConfigMap ${cause.map.name} of ${cause.workload.name}, which holds them, was changed.` } };
    }
    // Its remedy stays: pods of the revision before need slots to begin with.
    const leak = isExhausted(one) ? leaks.find(({ title }) => mentions(title, databaseOf(one.finding.resource) ?? '')) : undefined;
    return leak === undefined ? one : { ...one, finding: { ...one.finding, blames: leak.resource, explanation: `${one.finding.explanation} Explained by this: ${leak.title}.` } };
  });
}

function isExhausted({ finding, specialist }: { specialist: string; finding: FindingBody }): boolean {
  return specialist === 'database' && finding.blames === undefined && finding.mechanism.startsWith('connections-exhausted');
}
