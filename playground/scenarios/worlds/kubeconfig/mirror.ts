/** What of a real cluster is asked for all the time, as it was a second or two ago: lists by kubectl, kept in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredObject } from '../../../cluster/objects/object.ts';
import type { ShopCluster } from '../../../shop/shop-cluster.ts';
import type { Kubectl } from './kubectl.ts';

export interface Mirror {
  client: ShopCluster['client'];
  /** Reads once more, now. Throws when the cluster does not answer. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

const mirrored: Record<string, string> = { Pod: 'pods', Service: 'services', Secret: 'secrets', Deployment: 'deployments.apps', StatefulSet: 'statefulsets.apps', Job: 'jobs.batch' };
const pauseMilliseconds = 2_000;

/** Of the namespaces that `namespaces` yields then. */
export async function openMirror(kubectl: Kubectl, namespaces: () => Iterable<string>): Promise<Mirror> {
  let objects: readonly StoredObject[] = [];
  const read = async (): Promise<void> => {
    const lists = await Promise.all([...namespaces()].map(async (namespace) => JSON.parse(await kubectl(['get', Object.values(mirrored).join(','), '--namespace', namespace, '--output', 'json'])) as { items: StoredObject[] }));
    objects = lists.flatMap(({ items }) => items);
  };
  await read();
  const stopping = new AbortController();
  const turning = (async () => {
    while (!stopping.signal.aborted) {
      // What can't be read now is as it was.
      await sleep(pauseMilliseconds, undefined, { signal: stopping.signal }).then(read).catch(() => undefined);
    }
  })();
  const matching = (resource: string, namespace: string | undefined): StoredObject[] => objects.filter(({ kind, metadata }) => mirrored[kind ?? ''] === resource && (namespace === undefined || metadata.namespace === namespace));
  return {
    client: {
      get: ((resource: string, namespace: string | undefined, name: string) => matching(resource, namespace).find(({ metadata }) => metadata.name === name)) as ShopCluster['client']['get'],
      list: ((resource: string, { namespace, labels = {} }: { namespace?: string; labels?: Record<string, string> } = {}) =>
        matching(resource, namespace).filter(({ metadata }) => Object.entries(labels).every(([label, value]) => metadata.labels?.[label] === value))) as ShopCluster['client']['list'],
    },
    refresh: read,
    stop: async () => {
      stopping.abort();
      await turning;
    },
  };
}
