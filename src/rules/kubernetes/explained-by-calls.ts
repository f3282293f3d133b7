/** A service whose errors name what it calls, and what it calls has a finding: the nearest such finding explains it. */
import type { FindingBody } from '../../incident/types.ts';
import type { Readings, ServiceReading } from '../readings.ts';
import { serviceOf } from '../resources.ts';
import type { RuleTargets } from '../rule.ts';
import { bodies, errorTexts } from '../service/errors.ts';
import { mentions } from '../service/process.ts';
import { reachable } from './configuration-suspects.ts';
import { servicesOfTemplate } from './dependencies.ts';
import { scopesOf, workloadResourceOf } from './scope.ts';

/** Same order; only `blames`, `explanation` and `remedy` of services that nothing explained yet differ. */
export function explainedByCalls<F extends { specialist: string; finding: FindingBody }>(found: readonly F[], readings: Readings, targets: RuleTargets): F[] {
  const serious = new Map(found.filter((one) => one.specialist === 'kubernetes' && one.finding.severity === 'critical').map(({ finding }) => [finding.resource, finding]));
  const scopes = serious.size === 0 ? [] : scopesOf(readings, targets);
  if (scopes.length === 0) return [...found];
  return found.map((one) => {
    const service = one.finding.blames === undefined && one.finding.severity !== 'info' ? readings.services.find(({ name }) => name === serviceOf(one.finding.resource)) : undefined;
    const cause = service === undefined ? undefined : nearest(service);
    if (cause === undefined) return one;
    const { remedy: _remedy, ...finding } = one.finding;
    return { ...one, finding: { ...finding, blames: cause.resource, explanation: `Its errors name what explains it: ${cause.title}.` } };
  });

  function nearest(service: ServiceReading): FindingBody | undefined {
    const texts = [...bodies(service), ...errorTexts(service)];
    for (const scope of scopes) {
      for (const { workload, distance } of reachable(scope, service)) {
        const cause = distance === 0 ? undefined : serious.get(workloadResourceOf(scope, workload));
        const names = [workload.name, ...servicesOfTemplate(workload.template, scope).map(({ name }) => name)];
        if (cause !== undefined && texts.some((text) => names.some((name) => mentions(text, name)))) return cause;
      }
    }
    return undefined;
  }
}
