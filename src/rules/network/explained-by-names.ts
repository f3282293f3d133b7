/** Who does not find the name of a Service fails for what the DNS says, not for the Service. */
import type { FindingBody } from '../../incident/types.ts';
import type { Readings } from '../readings.ts';
import { hostResource } from '../resources.ts';
import type { RuleTargets } from '../rule.ts';
import { corefile, deniedNames } from './corefile.ts';

/** Same order; only `blames`, `explanation` and `remedy` of those that looked in vain differ. */
export function explainedByNames<F extends { rule: string; finding: FindingBody }>(found: readonly F[], readings: Readings, targets: RuleTargets): F[] {
  const cause = found.find(({ rule }) => rule === corefile.id)?.finding;
  if (cause === undefined) return [...found];
  const denied = deniedNames(readings, targets).filter(({ resource }) => resource === cause.resource).flatMap(({ unfound }) => unfound);
  const callers = new Set(denied.flatMap((one) => one.callers));
  const names = new Set(denied.flatMap(({ service }) => [hostResource(service.name), ...service.ports.map(({ port }) => hostResource(`${service.name}:${port}`))]));
  const serious = new Set(found.filter(({ finding }) => finding.severity !== 'info').map(({ finding }) => finding.resource));
  return found.map((one) => {
    const { resource, blames, severity } = one.finding;
    if (resource === cause.resource || severity === 'info' || !(callers.has(resource) || names.has(resource))) return one;
    // Its own workload's finding says more, and points here itself.
    if (blames !== undefined && callers.has(blames) && serious.has(blames)) return one;
    const { remedy: _remedy, ...finding } = one.finding;
    return { ...one, finding: { ...finding, blames: cause.resource, explanation: `Explained by this: ${cause.title}.` } };
  });
}
