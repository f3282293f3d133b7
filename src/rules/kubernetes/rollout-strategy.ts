/** A rolling update that takes all pods away before a new one serves. */
import type { FindingBody } from '../../incident/types.ts';
import type { Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { driftFor, driftQuotes, driftWords, restoring } from './drift.ts';
import { eventsOfRevision } from './pods.ts';
import { namespaceRule, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';

export const rolloutStrategy = namespaceRule('rollout-strategy', (scope) => scope.namespace.workloads.value.flatMap((workload) => describe(scope, workload)));

/** Only where it has done harm: a rollout is under way, or stuck, and too few pods serve; or one failed a while ago, so that the next may. */
function describe(scope: Scope, workload: Workload): FindingBody[] {
  const { rolling, desired, available, updated } = workload;
  if (rolling === undefined || desired < 2 || amountOf(rolling.maxUnavailable, desired) < desired) return [];
  const harmed = (available < desired && (updated < desired || available === 0)) || failedLately(scope, workload);
  const drift = driftFor(scope, workload.kind, workload.name);
  const fields = drift?.fields.filter(({ path }) => path.startsWith('spec.strategy')) ?? [];
  const remedy = harmed && drift !== undefined && fields.length > 0 ? restoring(scope, drift, fields) : undefined;
  return [{
    severity: harmed ? 'warning' : 'info',
    resource: workloadResourceOf(scope, workload),
    mechanism: 'bad-rollout-strategy',
    title: `A rollout of ${workload.name} may take away all of its ${desired} pods at once (maxUnavailable ${rolling.maxUnavailable}, maxSurge ${rolling.maxSurge})`,
    explanation: `Nothing serves until the new pods do, and if they fail nothing is left. ${fields.length === 0 || drift === undefined ? 'It was applied like this.' : `${driftWords({ fields })}.`}`,
    confidence: 0.85,
    quotes: [...(drift === undefined ? [] : driftQuotes(scope, { ...drift, fields })), ...quoteLine(scope.namespace.workloads.evidence, `${workload.kind} ${workload.name}:`)],
    ...(remedy === undefined ? {} : { remedy }),
  }];
}

const lateSeconds = 1800;

function failedLately(scope: Scope, { revisions }: Workload): boolean {
  return revisions.some((one) => eventsOfRevision(scope.namespace, one, /^(?:BackOff|Failed)$/).some((event) => secondsAgo(scope, event.last) < lateSeconds));
}

/** Of a percentage, pods rounded down, as the controller has it. */
function amountOf(value: string | number, of: number): number {
  return typeof value === 'number' ? value : Math.floor((Number.parseFloat(value) / 100) * of);
}
