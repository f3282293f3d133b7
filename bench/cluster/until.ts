import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../../playground/cluster/client.ts';

const longestMilliseconds = 120_000;

/** Every replica of the newest template ready, and no other there. */
export async function untilReady(client: ClusterClient, name: string): Promise<void> {
  for (const end = Date.now() + longestMilliseconds; Date.now() < end; await sleep(5)) {
    const deployment = client.get('deployments.apps', 'default', name);
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0, observedGeneration = 0 } = deployment?.status ?? {};
    const wanted = deployment?.spec?.replicas ?? 1;
    if (observedGeneration === deployment?.metadata.generation && replicas === wanted && readyReplicas === wanted && updatedReplicas === wanted) return;
  }
  throw new Error(`deployment ${name} did not become ready`);
}
