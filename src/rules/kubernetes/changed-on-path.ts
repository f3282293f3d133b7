/** The one thing that somebody changed lately on the way that the requests of a service take. */
import type { Workload } from '../cluster-readings.ts';
import type { ObjectDrift } from '../object-readings.ts';
import type { ServiceReading } from '../readings.ts';
import { mapsOf } from './configuration-cause.ts';
import { newestWrite, resourceKind } from './configuration-drift.ts';
import { reachable } from './configuration-suspects.ts';
import { referencesOf, servicesOfTemplate } from './dependencies.ts';
import { writtenAt } from './drift-gate.ts';
import { driftsOf } from './drift.ts';
import { selects } from './labels.ts';
import { recentSeconds, resourceOf } from './scope.ts';
import type { Scope } from './scope.ts';

/** Its resource; undefined where nothing was changed there, or more than one thing, so that it is open which it was. */
export function changedOnPath(scope: Scope, service: ServiceReading): string | undefined {
  return onlyChange(scope, reachable(scope, service).map(({ workload }) => workload));
}

/** Of these workloads, and of what they read and are reached by. */
export function onlyChange(scope: Scope, workloads: readonly Workload[]): string | undefined {
  const changed = driftsOf(scope.namespace).filter((drift) => isRecent(scope, drift) && workloads.some((one) => touches(scope, one, drift)));
  const [only, ...others] = changed;
  return only === undefined || others.length > 0 ? undefined : resourceOf(scope, resourceKind(only.kind), only.name);
}

function isRecent({ namespace }: Scope, { fields }: ObjectDrift): boolean {
  return (Date.parse(namespace.at) - writtenAt(newestWrite(fields))) / 1000 < recentSeconds;
}

function touches(scope: Scope, workload: Workload, { kind, name }: ObjectDrift): boolean {
  switch (kind) {
    case 'configmap': return mapsOf(workload.template, scope).some((one) => one.name === name);
    case 'service': return servicesOfTemplate(workload.template, scope).some((one) => one.name === name) || referencesOf(workload.template, scope).some(({ service }) => service?.name === name);
    case 'networkpolicy': return scope.namespace.policies.value.some((one) => one.name === name && selects(one.pods, workload.template.labels));
    default: return workload.kind === kind && workload.name === name;
  }
}
