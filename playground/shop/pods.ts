import type { ClusterClient } from '../cluster/client.ts';
import { summary } from '../cluster/resources/tables/pods.ts';
import type { World } from '../workspace/page-api.ts';

/** The pods of a namespace in kubectl's words, by name. */
export function listPods(client: Pick<ClusterClient, 'list'>, namespace: string, now = Date.now()): NonNullable<World['pods']> {
  return client.list('pods', { namespace }).map((pod) => {
    const { ready, total, status, restarts } = summary(pod);
    return {
      namespace, name: pod.metadata.name, ready: `${ready}/${total}`, status, restarts, node: pod.spec?.nodeName ?? '',
      ageSeconds: Math.max(0, Math.round((now - Date.parse(pod.metadata.creationTimestamp)) / 1000)),
    };
  }).sort((left, right) => left.name.localeCompare(right.name));
}
