/** A controller that does not work off what it is asked for, though its pods look well or are gone. */
import type { FindingBody } from '../../incident/types.ts';
import type { CustomResource, Workload } from '../cluster-readings.ts';
import { quoteLine } from '../quotes.ts';
import { count } from '../words.ts';
import { driftFor } from './drift.ts';
import { operatorsOf } from './operators.ts';
import { permissions } from './permissions.ts';
import { logsOf, podsOf } from './pods.ts';
import { scalerOf } from './scalers.ts';
import { at, namespaceRule, resourceOf, secondsAgo, workloadResourceOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { decisiveLine, short } from './trouble-words.ts';
import { troublesOf } from './troubles.ts';
import { isSettled, lastWrite } from './who-wrote.ts';

const reconcileSeconds = 15;

export const staleControllers = namespaceRule('stale-controller', (scope) => {
  const stale = scope.namespace.customResources.value.filter((one) => one.observedGeneration !== undefined && one.observedGeneration < (one.generation ?? 0) && secondsAgo(scope, (one.changes ?? []).find((change) => change.subresource === undefined)?.at) >= reconcileSeconds);
  const operators = new Map(stale.flatMap((one) => operatorsOf(scope, one).map((workload) => [workload, one] as const)));
  return [...operators].flatMap(([workload, resource]) => describe(scope, workload, resource, stale.length));
});

/** Where its pods fail, that rule says why. */
function describe(scope: Scope, workload: Workload, resource: CustomResource, stale: number): FindingBody[] {
  if (troublesOf(scope).some((one) => one.workload === workload)) return [];
  const said = decisiveLine(logsOf(scope.namespace, podsOf(workload, scope.namespace)));
  const refused = permissions.detect(scope.readings, scope.targets).find((one) => one.quotes.some(({ evidence }) => said?.quote.some((quote) => quote.evidence === evidence)));
  const blames = refused?.resource ?? changedRole(scope, workload);
  const stopped = workload.desired === 0;
  const noted = workload.appliedReplicas;
  const write = lastWrite(workload.changes, 'spec/replicas');
  const scaler = scalerOf(scope, workload);
  return [{
    severity: 'warning',
    resource: workloadResourceOf(scope, workload),
    mechanism: stopped ? 'controller-scaled-to-zero' : 'controller-not-reconciling',
    title: `${workload.name} looks after ${resource.kind}s and ${stopped ? 'has no replicas' : 'does not take up their changes'}: ${count(stale, 'object')} ${stale === 1 ? 'is' : 'are'} not in force as written`,
    explanation: `${stopped ? `Nobody does what the resources ask for.${write === undefined ? '' : ` ${write.manager} wrote its replicas at ${write.at}.`}${scaler === undefined ? '' : ` ${scaler} scales it.`}` : 'Its pods run, and what it should do does not happen.'}${said === undefined ? '' : ` Its log says: ${short(said.words, 160)}.`}`,
    confidence: stopped ? 0.93 : 0.75,
    quotes: [...quoteLine(scope.namespace.workloads.evidence, `${workload.kind} ${workload.name}:`), ...quoteLine(scope.namespace.customResources.evidence, `${resource.kind} ${resource.name} is of generation`), ...(said?.quote ?? [])],
    ...(blames === undefined ? {} : { blames }),
    ...(blames === undefined && stopped && noted !== undefined && scaler === undefined && !isSettled(scope, write) && workload.kind !== 'daemonset' ? { remedy: { kind: 'kubectl.scale' as const, ...at(scope), workload: workload.kind, name: workload.name, replicas: noted } } : {}),
  }];
}

/** A Role of its own that was changed by hand. */
function changedRole(scope: Scope, { template }: Workload): string | undefined {
  const bound = (scope.namespace.access?.value.bindings ?? []).filter((one) => one.role.kind === 'Role' && one.accounts.some(({ name }) => name === template.serviceAccount)).map((one) => one.role.name);
  const name = bound.find((one) => driftFor(scope, 'role', one) !== undefined);
  return name === undefined ? undefined : resourceOf(scope, 'role', name);
}
