/**
 * A day of a cluster of 30 pods, hour by hour without the waiting: leases of nodes, status of pods, rollouts, events and
 * their expiry, watches that come back, lists. After each hour the heap after garbage collection.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Cluster } from '../../playground/cluster/cluster.ts';
import type { Api } from './api.ts';
import { slope } from './figures.ts';
import { untilReady } from './until.ts';

const perHour = { leases: 360, statusOfEachPod: 8, events: 120, watches: 60, lists: 40, aborted: 10 };
const hours = 24;
/** Caches and histories fill first. */
const settling = 8;

export async function measureDay(cluster: Cluster, api: Api, deployments: readonly string[]): Promise<string[]> {
  const { client } = cluster;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const events = { written: 0, watched: 0 };
  const lasting = await Promise.all(['pods', 'events', 'configmaps', 'endpoints'].map((plural) => api.watch(`/api/v1/${plural}?watch=1&allowWatchBookmarks=true`, () => void (events.watched += 1))));
  const endCount = ['pods', 'events', 'leases.coordination.k8s.io', 'deployments.apps', 'replicasets.apps', 'endpointslices.discovery.k8s.io', 'endpoints', 'nodes'].map((resource) => {
    const counted = (): void => void (events.written += 1);
    return client.watch(resource, { added: counted, modified: counted, deleted: counted });
  });
  const heaps: number[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    const name = deployments[hour % deployments.length] ?? '';
    client.modify('deployments.apps', 'default', name, (deployment) => {
      const metadata = (deployment.spec!.template.metadata ??= {});
      metadata.annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/restartedAt': `hour ${hour}` };
    });
    await renewLeases(cluster, hour);
    await touchPods(cluster, hour);
    await writeEvents(cluster, hour);
    await readAsClients(cluster, api);
    await untilReady(client, name);
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
    heaps.push(process.memoryUsage().heapUsed);
  }
  for (const end of endCount) end();
  for (const request of lasting) request.on('error', () => undefined).destroy();
  const mebibytes = heaps.map((bytes) => bytes / 2 ** 20);
  return [
    `${events.written} writes, ${events.watched} events read by 4 lasting watches, ${hours * perHour.watches} watches come back, ${hours * perHour.aborted} broken off, ${hours} rollouts, ${hours * perHour.lists} lists`,
    `heap after collection, MiB, hour by hour  ${mebibytes.map((value) => value.toFixed(1)).join(' ')}`,
    `growth from hour ${settling} on                    ${(slope(mebibytes.slice(settling)) * 1024).toFixed(1)} KiB per hour; target: none`,
    `resident at the end                       ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`,
  ];
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function renewLeases({ client }: Cluster, hour: number): Promise<void> {
  for (let index = 0; index < perHour.leases; index += 1) {
    for (const { metadata } of client.list('leases.coordination.k8s.io', { namespace: 'kube-node-lease' })) {
      client.modify('leases.coordination.k8s.io', 'kube-node-lease', metadata.name, (lease) => void (lease.metadata.annotations = { bench: `${hour}-${index}` }));
    }
    if (index % 20 === 0) await breathe();
  }
}

async function touchPods({ client }: Cluster, hour: number): Promise<void> {
  for (let index = 0; index < perHour.statusOfEachPod; index += 1) {
    for (const { metadata } of client.list('pods', { namespace: 'default' })) {
      client.modify('pods', 'default', metadata.name, (pod) => {
        for (const condition of pod.status?.conditions ?? []) condition.message = `hour ${hour}, ${index}`;
      }, 'status');
    }
    await breathe();
  }
}

/** Those of the hour before go, as they do when their time is over. */
async function writeEvents({ client }: Cluster, hour: number): Promise<void> {
  const pods = client.list('pods', { namespace: 'default' });
  const old = client.list('events', { namespace: 'default' });
  for (let index = 0; index < perHour.events; index += 1) {
    const pod = pods[index % pods.length];
    if (pod !== undefined) client.event(pod, { type: 'Warning', reason: 'Unhealthy', message: `Readiness probe failed: hour ${hour}, ${index}` });
    if (index % 20 === 0) await breathe();
  }
  for (const { metadata } of old) client.delete('events', 'default', metadata.name);
}

async function readAsClients({ client }: Cluster, api: Api): Promise<void> {
  for (let index = 0; index < perHour.watches; index += 1) {
    const version = client.list('pods')[0]?.metadata.resourceVersion ?? '';
    const request = await api.watch(`/api/v1/pods?watch=1&resourceVersion=${index % 10 === 0 ? '1' : version}`, () => undefined);
    request.on('error', () => undefined).destroy();
  }
  for (let index = 0; index < perHour.aborted; index += 1) {
    const request = await api.watch('/api/v1/pods?watch=1', () => undefined);
    request.on('error', () => undefined).destroy();
  }
  for (let index = 0; index < perHour.lists; index += 1) await api.call('GET', '/api/v1/pods', undefined, index % 2 === 0 ? {} : { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
}
