/** Which workloads go on with the old value after a ConfigMap was changed: environment variables are read when a container starts. */
import type { Action, ActionOf } from '../../changes/action.ts';
import type { Workload } from '../cluster-readings.ts';
import type { Readings } from '../readings.ts';
import type { RuleTargets } from '../rule.ts';
import { configurationCause } from './configuration-cause.ts';
import { configurationSuspects } from './configuration-suspects.ts';
import { podsOf } from './pods.ts';
import { danglingMaps } from './references.ts';
import { at, scopesOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { troublesOf } from './troubles.ts';

type Restart = ActionOf<'kubectl.rollout_restart'>;

/**
 * For a change of a ConfigMap: a restart of each workload that reads it as variables and is unwell because of it, or began with it. Empty for
 * every other change, and for what is mounted as files.
 */
export function restartsAfter(action: Action, readings: Readings, targets: RuleTargets): Restart[] {
  const name = configMapOf(action);
  if (name === undefined || !('namespace' in action)) return [];
  return scopesOf(readings, targets).filter(({ cluster, namespace }) => cluster.name === action.target && namespace.namespace === action.namespace).flatMap((scope) => {
    const sick = new Set([
      ...configurationSuspects(scope).filter(({ map }) => map.name === name).map(({ workload }) => workload),
      ...troublesOf(scope).filter((trouble) => configurationCause(scope, trouble)?.map.name === name).map(({ workload }) => workload),
      ...danglingMaps(scope).filter(({ map }) => map.name === name).map(({ workload }) => workload),
    ]);
    const readers = sick.size > 0 ? [...sick] : startedSince(scope, name);
    return readers.filter((workload) => workload.desired > 0 && readsAtStart(workload, name)).map((workload): Restart => ({ kind: 'kubectl.rollout_restart', ...at(scope), workload: workload.kind, name: workload.name }));
  });
}

/** Where nobody is seen to be unwell: those whose pods all began after it was written, for only they have read it. */
function startedSince({ namespace }: Scope, name: string): Workload[] {
  const written = namespace.configMaps.value.find((one) => one.name === name)?.changes.find(({ fields }) => fields.some((field) => field.startsWith('data/')))?.at ?? '';
  if (written === '') return [];
  return namespace.workloads.value.filter((workload) => {
    const pods = podsOf(workload, namespace).filter(({ deleting }) => !deleting);
    return pods.length > 0 && pods.every(({ createdAt }) => createdAt !== undefined && createdAt >= written);
  });
}

function readsAtStart({ template }: Workload, name: string): boolean {
  return template.containers.some((one) => [...one.environmentFrom, ...one.environment.flatMap(({ from }) => (from === undefined ? [] : [from]))].some((source) => source.kind === 'configmap' && source.name === name));
}

function configMapOf(action: Action): string | undefined {
  if (action.kind === 'kubectl.configmap_key') return action.name;
  return action.kind === 'kubectl.patch' && action.resource === 'configmap' ? action.name : undefined;
}
