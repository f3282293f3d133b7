/** Runs every rule over one set of readings. Pure: the same readings give the same list, in the order of the rules. */
import type { FindingBody, Quote, SpecialistName } from '../incident/types.ts';
import { allRules } from './all.ts';
import { linkMachines } from './host/link.ts';
import { explainedByCalls } from './kubernetes/explained-by-calls.ts';
import { explainedByClient } from './kubernetes/explained-by-client.ts';
import { explainedByConfiguration } from './kubernetes/explained-by-configuration.ts';
import { heldBack } from './kubernetes/held-back.ts';
import { linkClusters } from './kubernetes/link.ts';
import { throughHelm } from './kubernetes/through-helm.ts';
import { explainedByNames } from './network/explained-by-names.ts';
import type { Readings } from './readings.ts';
import { covers } from './resources.ts';
import type { RuleTargets } from './rule.ts';

export interface Detected {
  /** The rule's id. */
  rule: string;
  specialist: SpecialistName;
  finding: FindingBody;
}

export function detectAll(readings: Readings, targets: RuleTargets): Detected[] {
  const detected = allRules.flatMap((rule) => rule.detect(readings, targets).map((finding): Detected => ({ rule: rule.id, specialist: rule.specialist, finding: { ...finding, quotes: distinct(finding.quotes) } })));
  const clustered = explainedByConfiguration(linkClusters(detected, readings, targets), readings, targets);
  const named = explainedByNames(explainedByClient(explainedByCalls(clustered, readings, targets), readings, targets), readings, targets);
  const found = heldBack(throughHelm(linkMachines(named, readings), readings, targets), readings);
  return found.map((one) => (isCauseOfTrouble(one, found) ? { ...one, finding: { ...one.finding, severity: 'warning' } } : one));
}

function distinct(quotes: readonly Quote[]): Quote[] {
  return [...new Map(quotes.map((quote) => [`${quote.evidence} ${quote.quote}`, quote])).values()];
}

/** What alone would be a remark is a cause once something that is really wrong points at it. */
function isCauseOfTrouble({ finding, specialist }: Detected, all: readonly Detected[]): boolean {
  if (finding.severity !== 'info' || finding.blames !== undefined || specialist === 'service') return false;
  return all.some(({ finding: other }) => other.severity !== 'info' && other.blames !== undefined && covers(finding.resource, other.blames));
}
