/** Every rule, and running them all over one set of readings. */
import { databaseRules } from './database/all.ts';
import { networkRules } from './network/all.ts';
import type { Readings } from './readings.ts';
import { covers } from './resources.ts';
import type { DetectedFinding, Rule, RuleTargets } from './rule.ts';
import { serviceRules } from './service/all.ts';

export const allRules: readonly Rule[] = [...databaseRules, ...networkRules, ...serviceRules];

/** In the order of the rules; the same readings give the same list. */
export function detectAll(readings: Readings, targets: RuleTargets): DetectedFinding[] {
  const found = allRules.flatMap((rule) => rule.detect(readings, targets).map((finding): DetectedFinding => ({ ...finding, specialist: rule.specialist, source: rule.id })));
  return found.map((finding) => (finding.severity === 'info' && explainsTrouble(finding, found) ? { ...finding, severity: 'warning' } : finding));
}

/** What alone would be a remark is a cause once something that is really wrong points at it. */
function explainsTrouble(finding: DetectedFinding, all: readonly DetectedFinding[]): boolean {
  return finding.blames === undefined && finding.specialist !== 'service' && all.some((other) => other.severity !== 'info' && other.blames !== undefined && covers(finding.resource, other.blames));
}
