/** A process runs, but its checks fail or are slow since its configuration changed, and its errors name what changed. */
import type { FindingBody } from '../../incident/types.ts';
import { hostsInValue } from '../hosts.ts';
import { upstreamHost } from '../network/upstream.ts';
import { isHidden, setEnvironment } from '../operations.ts';
import type { Readings, ServiceReading } from '../readings.ts';
import { workloadResource } from '../resources.ts';
import type { Rule, RuleTargets } from '../rule.ts';
import { list } from '../words.ts';
import { errorTexts, quoteError, quoteStatus } from './errors.ts';
import { healthOf, isProcessDown, isServiceUnwell, isUnwell } from './health.ts';
import { described, mentions } from './process.ts';
import type { VariableChange } from './revisions.ts';
import { configurationChange, isRecent } from './revisions.ts';

export const misconfiguration: Rule = {
  id: 'misconfiguration',
  specialist: 'service',
  detect: (readings, targets) => readings.services.flatMap((service) => detectIn(service, readings, targets)),
};

function detectIn(service: ServiceReading, readings: Readings, targets: RuleTargets): FindingBody[] {
  if (isProcessDown(service) || !healthOf(service).some(isUnwell)) return [];
  const change = configurationChange(service.workload?.value);
  if (change === undefined || change.variables.length === 0) return [];
  // A place that can't be reached is the network's finding, with the same remedy.
  if (upstreamHost.detect({ ...readings, services: [service] }, targets).length > 0) return [];
  const errors = errorTexts(service);
  const named = change.variables.filter((variable) => errors.some((text) => mentionsChange(text, variable)));
  // Slow without a word about why: the one variable that changed, when nothing it needs is unwell.
  const dependencyUnwell = readings.services.some((other) => service.dependsOn.includes(other.name) && isServiceUnwell(other));
  const silent = named.length === 0 && change.variables.length === 1 && !dependencyUnwell;
  const suspect = named.length === 1 ? named[0] : silent ? change.variables[0] : undefined;
  if (suspect === undefined && named.length === 0) return [];
  const guessed = silent && hostsInValue(`${suspect?.before ?? ''} ${suspect?.after ?? ''}`).length > 0;
  const remedy = suspect === undefined || guessed || !isRecent(change.at, service.workload?.evidence ?? { at: '' }) ? undefined : setEnvironment(targets, service, suspect.variable, suspect.before);
  return [
    {
      severity: silent ? 'warning' : 'critical',
      resource: workloadResource(service.name),
      mechanism: 'unwell-since-configuration-change',
      title: `${service.name} is unwell since ${suspect?.variable ?? list(named.map((variable) => variable.variable))} changed in revision ${change.revision}`,
      explanation: `Revision ${change.healthyRevision} was healthy. ${suspect === undefined ? 'Several changed variables occur in the errors, so no change is proposed.' : described(service, suspect)} ${silent ? 'It is the only thing that changed, and nothing that the service needs is unwell.' : 'The errors since then name what changed.'}`,
      confidence: silent ? 0.65 : 0.85,
      quotes: [...quoteStatus(service, 'changed since', suspect?.variable ?? ''), ...quoteError(service, 2, (text) => suspect !== undefined && mentionsChange(text, suspect))],
      ...(remedy === undefined ? {} : { remedy }),
    },
  ];
}

/** The variable's name, or the place its new value points at, or a new value that is no everyday word. */
function mentionsChange(text: string, change: VariableChange): boolean {
  if (mentions(text, change.variable)) return true;
  const value = change.after;
  if (value === undefined || isHidden(value)) return false;
  const places = hostsInValue(value);
  if (places.length > 0) return places.some((place) => (place.port === undefined ? false : text.includes(`${place.host}:${place.port}`)) || (/[A-Za-z]/.test(place.host) && place.host !== 'localhost' && text.includes(place.host)));
  // "did not answer within 3 ms": a number is too common a word without its unit.
  if (/^\d+$/.test(value)) return new RegExp(`(?<![\\d.])${value} ?(?:ms|milliseconds|s|seconds|bytes|connections)\\b`).test(text);
  return value.length >= 3 && /\D/.test(value) && mentions(text, value) && value !== change.before;
}
