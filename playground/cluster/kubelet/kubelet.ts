/** One node's kubelet: a worker for every pod that is bound to it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressPool } from '../network/addresses.ts';
import type { ObjectOf } from '../objects/object.ts';
import { createEvictions } from './eviction.ts';
import { keepNode, type NodeKeeper } from './node.ts';
import type { PodRecord } from './pod.ts';
import type { Shared } from './shared.ts';
import { createPodWorker, type PodWorker } from './worker.ts';

export interface Kubelet {
  readonly shared: Shared;
  readonly node: NodeKeeper;
  /** By pod uid. */
  readonly workers: ReadonlyMap<string, PodWorker>;
  podAdded(pod: ObjectOf<'pods'>): void;
  podGone(pod: ObjectOf<'pods'>): void;
  stop(): Promise<void>;
}

export function createKubelet(shared: Shared, addresses: AddressPool): Kubelet {
  const { settings, node } = shared;
  const base = join(settings.directory, 'nodes', node.name);
  mkdirSync(base, { recursive: true });
  const workers = new Map<string, PodWorker>();

  const evictions = createEvictions(workers, shared);

  const podAdded = (pod: ObjectOf<'pods'>): void => {
    if (shared.faults.notReady) return;
    const { uid, namespace, name } = pod.metadata;
    const known = workers.get(uid);
    if (known !== undefined) return known.changed(pod);
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (finished && pod.metadata.deletionTimestamp === undefined) return;
    const host = pod.spec?.hostNetwork === true;
    const record: PodRecord = {
      pod, address: host ? shared.address : addresses.take(), directory: join(base, 'pods', uid), logDirectory: join(base, 'logs', `${namespace}_${name}_${uid}`),
      startedAt: Date.now(), containers: new Map(), sandboxReady: false, tokens: new Map(), volumes: new Map(),
    };
    const worker = createPodWorker(record, shared, () => {
      workers.delete(uid);
      if (!host) addresses.release(record.address);
    });
    workers.set(uid, worker);
    const refusal = pod.status?.startTime === undefined ? evictions.refusal(pod) : undefined;
    if (refusal === undefined) return worker.wake();
    shared.client.event(pod, { type: 'Warning', reason: 'Evicted', message: refusal.replace('Pod was rejected: ', '') });
    worker.fail('Evicted', refusal);
  };
  const podGone = (pod: ObjectOf<'pods'>): void => {
    if (!shared.faults.notReady) void workers.get(pod.metadata.uid)?.gone();
  };
  /** With what happened while the node had lost the API server. */
  const catchUp = (): void => {
    const pods = new Map(shared.client.list('pods').filter(({ spec }) => spec?.nodeName === node.name).map((pod) => [pod.metadata.uid, pod]));
    for (const [uid, worker] of workers) {
      if (pods.has(uid)) worker.wake();
      else void worker.gone();
    }
    for (const pod of pods.values()) podAdded(pod);
  };
  const keeper = keepNode(shared);
  return {
    shared, workers,
    node: {
      ...keeper,
      set: (faults) => {
        keeper.set(faults);
        evictions.update(shared.faults);
        if (!shared.faults.notReady) catchUp();
      },
    },
    podAdded, podGone,
    stop: async () => {
      keeper.stop();
      evictions.stop();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
    },
  };
}
