/** What makes statements of a database take long now: with it, a timeout that ends them is its symptom. */
import type { FindingBody } from '../../incident/types.ts';
import type { DatabaseReading, Readings } from '../readings.ts';
import type { RuleTargets } from '../rule.ts';
import { blockedSessions } from './blocked-sessions.ts';
import { longStatements } from './long-statement.ts';
import { missingIndex } from './missing-index.ts';
import { staleStatistics } from './statistics.ts';

/** `lock` where the timeout ends waits for locks only: a plan makes nobody wait for one. The weightiest first. */
export function slownessBehind(kind: 'lock' | 'statement', database: DatabaseReading, readings: Readings, targets: RuleTargets): FindingBody | undefined {
  const rules = kind === 'lock' ? [blockedSessions, longStatements] : [blockedSessions, missingIndex, staleStatistics, longStatements];
  const found = rules.flatMap((rule) => rule.detect({ ...readings, databases: [database] }, targets));
  return found.find(({ severity }) => severity !== 'info') ?? found.find(({ mechanism }) => mechanism === 'long-statement');
}
