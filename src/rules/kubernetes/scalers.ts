/** What scales a workload to zero and back by itself. */
import type { Workload } from '../cluster-readings.ts';
import type { Scope } from './scope.ts';
import { valueAt } from './pointers.ts';

/** In words: `ScaledObject api`. An autoscaler of Kubernetes itself is none: it leaves a zero alone. */
export function scalerOf({ namespace }: Scope, { kind, name, owner, labels, annotations = {} }: Workload): string | undefined {
  if (owner !== undefined) return `${owner.kind} ${owner.name}`;
  const resource = namespace.customResources.value.find((one) => {
    const target = one.kind === 'scaledobject' ? 'scaleTargetRef' : one.kind === 'rollout' ? 'workloadRef' : undefined;
    if (target === undefined || valueAt(one.spec, [target, 'name']) !== name) return false;
    const of = valueAt(one.spec, [target, 'kind']);
    return of === undefined || String(of).toLowerCase() === kind;
  });
  if (resource !== undefined) return `${resource.kind === 'rollout' ? 'Rollout' : 'ScaledObject'} ${resource.name}`;
  const keda = Object.hasOwn(labels, 'scaledobject.keda.sh/name') || Object.keys(annotations).some((key) => /\bkeda\.sh\//.test(key));
  if (keda) return 'KEDA';
  return Object.keys(annotations).some((key) => key.startsWith('rollout.argoproj.io/')) ? 'An Argo Rollout' : undefined;
}
