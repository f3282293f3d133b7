/** What ails the pods of a workload whose configuration is the cause: a symptom of it, and nothing to repair by itself. */
import type { FindingBody } from '../../incident/types.ts';
import type { Readings } from '../readings.ts';
import type { RuleTargets } from '../rule.ts';
import { configurationSuspects } from './configuration-suspects.ts';
import { resourceOf, scopesOf, workloadResourceOf } from './scope.ts';

const ofPods = /^(?:crash-loop|out-of-memory|(?:readiness|liveness|startup)-probe-failing)$/;

/** Same order; only `blames`, `explanation` and `remedy` of such findings differ. */
export function explainedByConfiguration<F extends { finding: FindingBody }>(found: readonly F[], readings: Readings, targets: RuleTargets): F[] {
  const causes = new Map(scopesOf(readings, targets).flatMap((scope) => configurationSuspects(scope).filter(({ distance }) => distance === 0).map(({ workload, map }) => [workloadResourceOf(scope, workload), { resource: resourceOf(scope, 'configmap', map.name), map: map.name }])));
  if (causes.size === 0) return [...found];
  return found.map((one) => {
    const cause = causes.get(one.finding.resource);
    if (cause === undefined || !ofPods.test(one.finding.mechanism) || one.finding.blames !== undefined) return one;
    const { remedy: _remedy, ...finding } = one.finding;
    return { ...one, finding: { ...finding, blames: cause.resource, explanation: `${finding.explanation} Explained by this: ConfigMap ${cause.map}, which it reads, was changed.` } };
  });
}
