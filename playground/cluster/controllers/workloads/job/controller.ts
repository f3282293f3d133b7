/** Runs pods until enough of them have succeeded, or too many failed. */
import type { ClusterClient } from '../../../client.ts';
import { matchesSelector } from '../../../objects/selectors.ts';
import { splitKey, type Controller } from '../../controller.ts';
import type { Job, Pod, StartLoop, WorkloadSettings } from '../shared/kinds.ts';
import { startLoop } from '../shared/loop.ts';
import { claim, controllerOf, isControlledBy } from '../shared/owners.ts';
import { watchOwned, watchSelf } from '../shared/watch-owned.ts';
import { completion, isFinished, outcomeOf, untilDeadline } from './outcome.ts';
import { adjust, stopAll, type Adjusted } from './pods.ts';
import { letGo, report } from './status.ts';
import { isTracked, tallyOf } from './tally.ts';
import { isTerminating } from '../shared/pods.ts';

export const startJobs: StartLoop = (client, settings) =>
  startLoop(client, settings, {
    name: 'job-controller',
    reconcile: (client, queue, key) => reconcileJob(client, queue, key, settings),
    watch: (client, queue) => [
      watchSelf(client, queue, 'jobs.batch'),
      watchOwned(client, queue, { resource: 'jobs.batch', kind: 'Job' }, 'pods'),
      releaseOrphans(client),
    ],
  });

export function reconcileJob(client: ClusterClient, queue: Controller, key: string, { timing }: WorkloadSettings): void {
  const { namespace, name } = splitKey(key);
  const job = client.get('jobs.batch', namespace, name);
  if (job === undefined || job.spec?.managedBy !== undefined) return;
  const pods = claimPods(client, job);
  if (isFinished(job)) {
    for (const pod of pods.filter(isTracked)) letGo(client, pod);
    return;
  }
  const tally = tallyOf(job, pods);
  const outcome = outcomeOf(job, tally, pods);
  let adjusted: Adjusted = { active: tally.active.length };
  let failure: { error: unknown } | undefined;
  try {
    if (outcome !== undefined) {
      stopAll(client, job, tally.active);
      adjusted = { active: 0 };
    } else if (job.metadata.deletionTimestamp === undefined) adjusted = adjust(client, job, pods, tally, timing);
  } catch (error) {
    failure = { error };
  }
  const reached = outcome ?? completion(job, tally.succeeded, adjusted.active);
  const terminating = claimPods(client, job).filter(isTerminating).length;
  report(client, job, pods, { tally, active: adjusted.active, terminating, outcome: reached });
  if (failure !== undefined) throw failure.error;
  const left = untilDeadline(client.get('jobs.batch', namespace, name) ?? job);
  for (const wait of [adjusted.wait, reached === undefined ? left : undefined]) if (wait !== undefined) queue.enqueueAfter(key, wait);
}

function claimPods(client: ClusterClient, job: Job): Pod[] {
  return claim({
    owner: job,
    candidates: client.list('pods', { namespace: job.metadata.namespace }),
    matches: (pod) => (job.spec?.selector === undefined ? isControlledBy(pod, job) : matchesSelector(job.spec.selector, pod.metadata.labels)),
    change: (pod, change) => client.modify('pods', pod.metadata.namespace, pod.metadata.name, (copy) => change(copy.metadata)),
  });
}

/** Pods of jobs that are gone have nobody left to count them. */
function releaseOrphans(client: ClusterClient): () => void {
  const check = (pod: Pod): void => {
    const controller = controllerOf(pod);
    if (!isTracked(pod) || (controller !== undefined && controller.kind !== 'Job')) return;
    const job = controller === undefined ? undefined : client.get('jobs.batch', pod.metadata.namespace, controller.name);
    if (job === undefined || job.metadata.uid !== controller?.uid) letGo(client, pod);
  };
  const endPods = client.watch('pods', { added: check, modified: check });
  const endJobs = client.watch('jobs.batch', {
    deleted: (job) => {
      for (const pod of client.list('pods', { namespace: job.metadata.namespace })) if (isControlledBy(pod, job)) check(pod);
    },
  });
  return () => {
    endPods();
    endJobs();
  };
}
