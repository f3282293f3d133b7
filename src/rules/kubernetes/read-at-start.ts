/** Which workloads go on with the old value after a ConfigMap was changed: environment variables are read when a container starts. */
import type { Action, ActionOf } from '../../changes/action.ts';
import type { Readings } from '../readings.ts';
import { clusterResource } from '../resources.ts';
import type { RuleTargets } from '../rule.ts';
import { at, scopesOf } from './scope.ts';

type Restart = ActionOf<'kubectl.rollout_restart'>;

/**
 * For a change of a ConfigMap: a restart of each workload that reads one of its keys as a variable and suffers, by the
 * resources of `suffering` (findings). Empty for every other change, and for what is mounted as files.
 */
export function restartsAfter(action: Action, suffering: readonly string[], readings: Readings, targets: RuleTargets): Restart[] {
  const name = configMapOf(action);
  if (name === undefined || !('namespace' in action)) return [];
  return scopesOf(readings, targets).filter(({ cluster, namespace }) => cluster.name === action.target && namespace.namespace === action.namespace).flatMap((scope) => scope.namespace.workloads.value
    .filter(({ desired, template }) => desired > 0 && template.containers.some((one) => [...one.environmentFrom, ...one.environment.flatMap(({ from }) => (from === undefined ? [] : [from]))].some((source) => source.kind === 'configmap' && source.name === name)))
    .filter((workload) => suffering.includes(clusterResource(workload.kind, scope.place, workload.name)) || scope.namespace.services.value.some((service) => suffering.includes(`service/${service.name}`) && Object.keys(service.selector).length > 0 && Object.entries(service.selector).every(([key, value]) => workload.template.labels[key] === value)))
    .map((workload): Restart => ({ kind: 'kubectl.rollout_restart', ...at(scope), workload: workload.kind, name: workload.name })));
}

function configMapOf(action: Action): string | undefined {
  if (action.kind === 'kubectl.configmap_key') return action.name;
  return action.kind === 'kubectl.patch' && action.resource === 'configmap' ? action.name : undefined;
}
