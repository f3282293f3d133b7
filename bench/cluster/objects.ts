/** What the measured clusters hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../../playground/cluster/client.ts';
import type { ObjectOf } from '../../playground/cluster/objects/object.ts';

const sleeper = { name: 'main', image: 'registry.local/busybox:1', command: ['/bin/sleep', '100000'] };

export const sleepingPod = (name: string): unknown => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers: [sleeper] } });

/** A deployment of pods that sleep, and its service. */
export const sleepers = (name: string, replicas: number): string => [
  {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default', labels: { app: name } },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 0, containers: [sleeper] } } },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } },
].map((object) => JSON.stringify(object)).join('\n---\n');

const node = 'elsewhere';

/** Pods on a node without kubelet, each as full as `like`, which runs. Returns what takes them away. */
export async function fillWithPods(client: ClusterClient, like: ObjectOf<'pods'>, count: number): Promise<() => void> {
  client.create('namespaces', { metadata: { name: 'many' } });
  while (client.get('serviceaccounts', 'many', 'default') === undefined) await sleep(1);
  client.create('nodes', { metadata: { name: node } });
  const names = Array.from({ length: count }, (_, index) => `${like.metadata.name}-${String(index).padStart(3, '0')}`);
  for (const name of names) {
    client.create('pods', { metadata: { name, namespace: 'many', labels: { app: 'many', ...like.metadata.labels } }, spec: { ...like.spec, nodeName: node, containers: like.spec?.containers ?? [] } });
    client.modify('pods', 'many', name, (pod) => {
      pod.status = structuredClone(like.status ?? {});
    }, 'status');
  }
  return () => {
    for (const name of names) client.delete('pods', 'many', name, { graceSeconds: 0 });
    client.delete('namespaces', undefined, 'many');
    client.delete('nodes', undefined, node);
  };
}
