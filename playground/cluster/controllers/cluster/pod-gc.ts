/** Pods nobody will ever look after again: too many finished ones, those of removed nodes, unscheduled ones that should go. */
import type { ClusterClient } from '../../client.ts';
import { sped } from '../../options.ts';
import type { Pod } from './service-pods.ts';
import { failureLog, managed, timestamp, type ClusterControllerSettings, type Running } from './settings.ts';

const lookMilliseconds = 20_000;
/** How long a node must have been away. */
const quarantineMilliseconds = 40_000;
const keptFinishedPods = 12_500;

export function startPodGarbageCollection(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('pod-garbage-collector'));
  const missing = new Map<string, number>();
  const failed = failureLog(settings, 'pod-gc');
  const look = (): void => {
    const pods = client.list('pods');
    const orphans = orphansAmong(client, pods, missing, sped(settings.timing, quarantineMilliseconds));
    for (const pod of orphans) remove(client, pod, 'PodGC: node no longer exists');
    for (const pod of pods) if (pod.metadata.deletionTimestamp !== undefined && (pod.spec?.nodeName ?? '') === '') remove(client, pod, undefined);
    const finished = pods.filter(({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed').sort((left, right) => (left.metadata.creationTimestamp < right.metadata.creationTimestamp ? -1 : 1));
    for (const pod of finished.slice(0, Math.max(0, finished.length - keptFinishedPods))) remove(client, pod, undefined);
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch (error) {
      failed('pods', error);
    }
  }, Math.max(500, sped(settings.timing, lookMilliseconds)));
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function orphansAmong(client: ClusterClient, pods: readonly Pod[], missing: Map<string, number>, quarantine: number): Pod[] {
  const now = Date.now();
  const nodes = new Set(client.list('nodes').map(({ metadata }) => metadata.name));
  for (const name of missing.keys()) if (nodes.has(name)) missing.delete(name);
  return pods.filter(({ spec }) => {
    const node = spec?.nodeName ?? '';
    if (node === '' || nodes.has(node)) return false;
    const since = missing.get(node) ?? now;
    missing.set(node, since);
    return now - since >= quarantine;
  });
}

function remove(client: ClusterClient, { metadata, status }: Pod, message: string | undefined): void {
  const finished = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (message !== undefined && !finished) {
    client.modify('pods', metadata.namespace, metadata.name, (copy) => {
      copy.status = {
        ...copy.status, phase: 'Failed',
        conditions: [...(copy.status?.conditions ?? []), { type: 'DisruptionTarget', status: 'True', lastTransitionTime: timestamp(), reason: 'DeletionByPodGC', message }],
      };
    }, 'status');
  }
  client.delete('pods', metadata.namespace, metadata.name, { uid: metadata.uid, graceSeconds: 0 });
}
