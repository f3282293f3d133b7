/** Rolls a Deployment's pods from one template to the next. */
import type { ClusterClient } from '../../../client.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import { splitKey, type Controller } from '../../controller.ts';
import type { Deployment, ReplicaSet, StartLoop } from '../shared/kinds.ts';
import { startLoop } from '../shared/loop.ts';
import { claim, controllerOf } from '../shared/owners.ts';
import { watchOwned, watchSelf } from '../shared/watch-owned.ts';
import { deadlineExceeded, find, hasProgressDeadline, withCondition } from './conditions.ts';
import { forgetOldRevisions } from './history.ts';
import { isRolling } from './limits.ts';
import { recreate } from './recreate.ts';
import { syncSets } from './replica-sets.ts';
import { roll } from './rolling.ts';
import { isScaling, scale } from './scale.ts';
import { isComplete, untilDeadline, writeRolloutStatus, writeStatus } from './status.ts';

export const startDeployments: StartLoop = (client, settings) =>
  startLoop(client, settings, {
    name: 'deployment-controller',
    reconcile: reconcileDeployment,
    watch: (client, queue) => [
      watchSelf(client, queue, 'deployments.apps'),
      watchOwned(client, queue, { resource: 'deployments.apps', kind: 'Deployment' }, 'replicasets.apps'),
      wakeWhenPodsAreGone(client, queue),
    ],
  });

export function reconcileDeployment(client: ClusterClient, queue: Controller, key: string): void {
  const { namespace, name } = splitKey(key);
  const found = client.get('deployments.apps', namespace, name);
  if (found === undefined) return;
  const owned = claimSets(client, found);
  if (found.metadata.deletionTimestamp !== undefined) {
    writeStatus(client, syncSets(client, found, owned, false));
    return;
  }
  const written = step(client, notePause(client, found), owned);
  const wait = untilDeadline(written);
  if (wait !== undefined) queue.enqueueAfter(key, wait);
}

function step(client: ClusterClient, deployment: Deployment, owned: readonly ReplicaSet[]): Deployment {
  const current = syncSets(client, deployment, owned, false);
  if (deployment.spec?.paused === true || isScaling(current)) {
    const scaled = scale(client, current);
    if (deployment.spec?.paused === true) forgetOldRevisions(client, scaled);
    return writeStatus(client, scaled);
  }
  const sets = isRolling(deployment) ? roll(client, syncSets(client, current.deployment, owned, true)) : recreate(client, current.deployment, owned);
  if (isComplete(sets.deployment, sets.deployment.status ?? {})) forgetOldRevisions(client, sets);
  return writeRolloutStatus(client, sets);
}

function claimSets(client: ClusterClient, deployment: Deployment): ReplicaSet[] {
  return claim({
    owner: deployment,
    candidates: client.list('replicasets.apps', { namespace: deployment.metadata.namespace }),
    matches: (set) => matchesSelector(deployment.spec?.selector, set.metadata.labels),
    change: (set, change) => client.modify('replicasets.apps', set.metadata.namespace, set.metadata.name, (copy) => change(copy.metadata)),
  });
}

/** A pause stops the clock of the progress deadline, resuming starts it anew. */
function notePause(client: ClusterClient, deployment: Deployment): Deployment {
  const progressing = find(deployment.status?.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || progressing?.reason === deadlineExceeded) return deployment;
  const paused = deployment.spec?.paused === true;
  if (paused === (progressing?.reason === 'DeploymentPaused')) return deployment;
  const condition = paused
    ? { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }
    : { type: 'Progressing', status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' };
  return client.modify('deployments.apps', deployment.metadata.namespace, deployment.metadata.name, (copy) => {
    copy.status = { ...copy.status, conditions: withCondition(copy.status?.conditions ?? [], condition) };
  }, 'status') ?? deployment;
}

/** Recreate waits for the last old pod. */
function wakeWhenPodsAreGone(client: ClusterClient, queue: Controller): () => void {
  return client.watch('pods', {
    deleted: (pod) => {
      const { namespace } = pod.metadata;
      const set = client.get('replicasets.apps', namespace, controllerOf(pod)?.name ?? '');
      const deployment = set === undefined ? undefined : controllerOf(set);
      if (deployment?.kind === 'Deployment') queue.enqueue(`${namespace ?? ''}/${deployment.name}`);
    },
  });
}
