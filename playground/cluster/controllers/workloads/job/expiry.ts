/** Deletes finished jobs after ttlSecondsAfterFinished. */
import { keyOfObject, splitKey } from '../../controller.ts';
import type { Job, StartLoop } from '../shared/kinds.ts';
import { startLoop } from '../shared/loop.ts';
import { instant } from '../shared/time.ts';
import { terminalCondition } from './outcome.ts';

export const startJobExpiry: StartLoop = (client, settings) =>
  startLoop(client, settings, {
    name: 'ttl-after-finished-controller',
    reconcile: (client, queue, key) => {
      const { namespace, name } = splitKey(key);
      const job = client.get('jobs.batch', namespace, name);
      const expiry = job === undefined ? undefined : expiryOf(job);
      if (job === undefined || expiry === undefined || job.metadata.deletionTimestamp !== undefined) return;
      const left = expiry - Date.now();
      if (left > 0) queue.enqueueAfter(key, left);
      else client.delete('jobs.batch', namespace, name, { propagation: 'Foreground', uid: job.metadata.uid });
    },
    watch: (client, queue) => {
      const wake = (job: Job): void => queue.enqueue(keyOfObject(job));
      return [client.watch('jobs.batch', { added: wake, modified: wake })];
    },
  });

/** Milliseconds since the epoch; undefined for a job that stays. */
function expiryOf(job: Job): number | undefined {
  const seconds = job.spec?.ttlSecondsAfterFinished;
  const ended = terminalCondition(job)?.lastTransitionTime;
  return seconds === undefined || ended === undefined ? undefined : instant(ended) + seconds * 1_000;
}
