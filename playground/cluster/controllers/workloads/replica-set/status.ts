/** What a ReplicaSet says about its pods. */
import type { ReplicaSetStatus } from '../../../objects/types.ts';
import type { Pod, ReplicaKeeper } from '../shared/kinds.ts';
import { isAvailable, isReady, isTerminating } from '../shared/pods.ts';
import { hasLabels } from '../../../objects/selectors.ts';
import { timestamp } from '../shared/time.ts';

export interface Observed {
  active: readonly Pod[];
  /** All it controls. */
  claimed: readonly Pod[];
  /** Why pods could not be created or deleted. */
  failure: string | undefined;
}

export function statusOf(set: ReplicaKeeper, { active, claimed, failure }: Observed, now = Date.now()): ReplicaSetStatus {
  const count = (holds: (pod: Pod) => boolean): number | undefined => active.filter(holds).length || undefined;
  const minReady = set.spec?.minReadySeconds;
  const status: ReplicaSetStatus = {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => hasLabels(set.spec?.template?.metadata?.labels, pod.metadata.labels)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => isAvailable(pod, minReady, now)),
    terminatingReplicas: claimed.filter(isTerminating).length,
    observedGeneration: set.metadata.generation,
    conditions: conditions(set, active.length, failure),
  };
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as unknown as ReplicaSetStatus;
}

function conditions(set: ReplicaKeeper, active: number, failure: string | undefined): ReplicaSetStatus['conditions'] {
  const existing = set.status?.conditions ?? [];
  const others = existing.filter(({ type }) => type !== 'ReplicaFailure');
  if (failure === undefined) return others.length === 0 ? undefined : others;
  if (others.length < existing.length) return existing;
  const reason = active < (set.spec?.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete';
  return [...existing, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: timestamp(), reason, message: failure }];
}
