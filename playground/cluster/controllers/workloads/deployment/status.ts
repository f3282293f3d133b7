/** What a Deployment says about its sets, and how its rollout comes along. */
import type { ClusterClient } from '../../../client.ts';
import type { DeploymentCondition, DeploymentStatus } from '../../../objects/types.ts';
import type { Deployment, ReplicaSet } from '../shared/kinds.ts';
import { instant } from '../shared/time.ts';
import { deadlineExceeded, find, hasProgressDeadline, newSetAvailable, withCondition, without } from './conditions.ts';
import { maxUnavailable, wantedReplicas } from './limits.ts';
import { allSets, type Sets } from './replica-sets.ts';

/** Counts and availability only: paused deployments and those just being scaled make no progress. */
export function writeStatus(client: ClusterClient, sets: Sets): Deployment {
  return write(client, sets.deployment, statusOf(sets));
}

/** Also the Progressing and ReplicaFailure conditions. */
export function writeRolloutStatus(client: ClusterClient, sets: Sets): Deployment {
  const { deployment, newest } = sets;
  const status = statusOf(sets);
  const progressed = progress(deployment, status, newest);
  const failure = replicaFailure(sets);
  status.conditions = failure === undefined ? without(progressed, 'ReplicaFailure') : withCondition(progressed, failure);
  return write(client, deployment, status);
}

/** Milliseconds until the deadline must be looked at again; undefined when there is nothing to wait for. */
export function untilDeadline(deployment: Deployment, now = Date.now()): number | undefined {
  const progressing = find(deployment.status?.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || progressing === undefined || progressing.reason === deadlineExceeded) return undefined;
  if (isComplete(deployment, deployment.status ?? {})) return undefined;
  return Math.max(0, deadline(deployment, progressing) - now) + 1_000;
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted && (status.availableReplicas ?? 0) === wanted
    && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

const deadline = (deployment: Deployment, { lastUpdateTime }: DeploymentCondition): number =>
  instant(lastUpdateTime) + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1_000;

function write(client: ClusterClient, deployment: Deployment, status: DeploymentStatus): Deployment {
  return client.modify('deployments.apps', deployment.metadata.namespace, deployment.metadata.name, (copy) => {
    copy.status = status;
  }, 'status') ?? deployment;
}

function statusOf(sets: Sets): DeploymentStatus & { conditions: DeploymentCondition[] } {
  const { deployment, newest } = sets;
  const all = allSets(sets);
  const sum = (count: (set: ReplicaSet) => number | undefined): number => all.reduce((total, set) => total + (count(set) ?? 0), 0);
  const replicas = sum((set) => set.status?.replicas);
  const available = sum((set) => set.status?.availableReplicas);
  const counts = {
    replicas,
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicas - available),
  };
  const availability = available >= wantedReplicas(deployment) - maxUnavailable(deployment)
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' };
  const { collisionCount } = deployment.status ?? {};
  return {
    observedGeneration: deployment.metadata.generation,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: sum((set) => set.status?.terminatingReplicas),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(deployment.status?.conditions ?? [], availability),
  };
}

function progress(deployment: Deployment, next: DeploymentStatus & { conditions: DeploymentCondition[] }, newest: ReplicaSet | undefined): DeploymentCondition[] {
  const { conditions } = next;
  if (!hasProgressDeadline(deployment)) return without(conditions, 'Progressing');
  const current = find(deployment.status?.conditions, 'Progressing');
  if ((next.replicas ?? 0) === (next.updatedReplicas ?? 0) && current?.reason === newSetAvailable) return conditions;
  const subject = newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newest.metadata.name}"`;
  const condition = (status: string, reason: string, what: string) => ({ type: 'Progressing', status, reason, message: `${subject} ${what}` });
  if (isComplete(deployment, next)) return withCondition(conditions, condition('True', newSetAvailable, 'has successfully progressed.'));
  if (isProgressing(deployment.status ?? {}, next)) {
    const progressing = condition('True', 'ReplicaSetUpdated', 'is progressing.');
    const [fresh] = withCondition([], progressing);
    const since = current?.status === 'True' ? { lastTransitionTime: current.lastTransitionTime } : {};
    return [...without(conditions, 'Progressing'), { ...fresh, ...progressing, ...since }];
  }
  return isTimedOut(deployment, find(conditions, 'Progressing')) ? withCondition(conditions, condition('False', deadlineExceeded, 'has timed out progressing.')) : conditions;
}

function isProgressing(before: DeploymentStatus, next: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (next.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) || old(next) < old(before)
    || (next.readyReplicas ?? 0) > (before.readyReplicas ?? 0) || (next.availableReplicas ?? 0) > (before.availableReplicas ?? 0);
}

function isTimedOut(deployment: Deployment, condition: DeploymentCondition | undefined): boolean {
  if (condition === undefined || condition.reason === newSetAvailable) return false;
  return condition.reason === deadlineExceeded || deadline(deployment, condition) < Date.now();
}

/** Why a set can't get its pods, the newest set first. */
function replicaFailure({ newest, old }: Sets): DeploymentCondition | undefined {
  const failures = [newest, ...old].flatMap((set) => set?.status?.conditions?.filter(({ type }) => type === 'ReplicaFailure') ?? []);
  return failures[0];
}
