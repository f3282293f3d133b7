/** A node short of memory or disk takes pods away, one at a time, those that use most beyond what they asked for first. */
import { formatQuantity, quantityValue } from '../objects/quantity.ts';
import { sped } from '../options.ts';
import type { ObjectOf } from '../objects/object.ts';
import type { NodeFaults } from './faults.ts';
import { memoryOfTree } from './proc.ts';
import type { Shared } from './shared.ts';
import type { PodWorker } from './worker.ts';

export interface Evictions {
  /** After the node's faults changed. */
  update(faults: NodeFaults): void;
  /** Why the node takes no such pod now; undefined when it does. */
  refusal(pod: ObjectOf<'pods'>): string | undefined;
  stop(): void;
}

const periodMilliseconds = 10_000;
const criticalPriority = 2_000_000_000;
const mebibyte = 1_048_576;
const thresholds = { memory: 100 * mebibyte, 'ephemeral-storage': 5 * 1_024 * mebibyte };

type Short = keyof typeof thresholds;

export function createEvictions(workers: ReadonlyMap<string, PodWorker>, shared: Shared): Evictions {
  let short: Short | undefined;
  let timer: NodeJS.Timeout | undefined;

  const evict = (): void => {
    if (short === undefined) return;
    const resource = short;
    const node = shared.client.get('nodes', undefined, shared.node.name);
    if (node !== undefined) shared.client.event(node, { type: 'Warning', reason: 'EvictionThresholdMet', message: `Attempting to reclaim ${resource}` });
    const [worst] = [...workers.values()].filter(evictable).map((worker) => ({ worker, excess: excessOf(worker, resource) })).sort((left, right) => right.excess - left.excess);
    if (worst === undefined) return;
    const message = evictionMessage(worst.worker, resource);
    shared.client.event(worst.worker.record.pod, { type: 'Warning', reason: 'Evicted', message });
    worst.worker.fail('Evicted', message);
  };

  return {
    update: ({ memoryPressure, diskPressure }) => {
      const next: Short | undefined = memoryPressure ? 'memory' : diskPressure ? 'ephemeral-storage' : undefined;
      if (next === short) return;
      short = next;
      clearInterval(timer);
      if (next === undefined) return;
      timer = setInterval(evict, sped(shared.timing, periodMilliseconds));
      timer.unref();
      evict();
    },
    refusal: (pod) => {
      if (short === undefined || (pod.spec?.priority ?? 0) >= criticalPriority) return undefined;
      if (short === 'memory' && pod.status?.qosClass !== 'BestEffort') return undefined;
      return `Pod was rejected: The node had condition: [${short === 'memory' ? 'MemoryPressure' : 'DiskPressure'}]. `;
    },
    stop: () => clearInterval(timer),
  };
}

const evictable = ({ record }: PodWorker): boolean =>
  record.failed === undefined && record.pod.metadata.deletionTimestamp === undefined && (record.pod.spec?.priority ?? 0) < criticalPriority && [...record.containers.values()].some(({ run }) => run !== undefined);

function usedBy(worker: PodWorker, name: string): number {
  const run = worker.record.containers.get(name)?.run;
  return run === undefined ? 0 : memoryOfTree(run.group.pid);
}

const requestOf = (worker: PodWorker, name: string, resource: Short): string =>
  worker.record.pod.spec?.containers.find((container) => container.name === name)?.resources?.requests?.[resource] ?? '0';

function excessOf(worker: PodWorker, resource: Short): number {
  return (worker.record.pod.spec?.containers ?? []).reduce((sum, { name }) => sum + usedBy(worker, name) - quantityValue(requestOf(worker, name, resource)), 0);
}

function evictionMessage(worker: PodWorker, resource: Short): string {
  const quantity = (bytes: number): string => formatQuantity(BigInt(Math.round(bytes / 1_024)) * 1_024_000n, 'binary');
  const threshold = thresholds[resource];
  const containers = (worker.record.pod.spec?.containers ?? []).map(({ name }) => ({ name, used: usedBy(worker, name), request: requestOf(worker, name, resource) }))
    .filter(({ used, request }) => used > quantityValue(request))
    .map(({ name, used, request }) => `Container ${name} was using ${quantity(used)}, request is ${request}, has larger consumption of ${resource}. `);
  return `The node was low on resource: ${resource}. Threshold quantity: ${quantity(threshold)}, available: ${quantity(threshold * 0.7)}. ${containers.join('')}`;
}
