/** The kubelets of all nodes, in this process. */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../client.ts';
import { sped } from '../options.ts';
import { createAddressPool } from '../network/addresses.ts';
import { createRelocation } from '../network/relocation.ts';
import { noFaults, type NodeFaults } from './faults.ts';
import { startGuardian } from './guardian.ts';
import { createImageCache } from './image-cache.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';
import { allocatableOf } from './node.ts';
import { writePrograms } from './programs.ts';
import { createRuntime } from './pod-runtime.ts';
import type { PodRuntime } from './runtime.ts';
import type { KubeletSettings } from './settings.ts';
import { watchUsage } from './usage.ts';
import { refreshVolumes } from './volumes/volumes.ts';

export interface Kubelets {
  runtime: PodRuntime;
  /** For whoever injects faults. Throws for a node that is not there. */
  node(name: string): { set(faults: Partial<NodeFaults>): void };
  /** Kills every container; objects stay as they are. */
  stop(): Promise<void>;
}

const refreshMilliseconds = 1_000;
/** Even when no object changed: tokens grow old. */
const longestRefreshMilliseconds = 60_000;

export function startKubelets(client: ClusterClient, settings: KubeletSettings): Kubelets {
  mkdirSync(settings.directory, { recursive: true });
  const guardian = startGuardian(settings.directory);
  const programs = writePrograms(settings.directory);
  const { locate } = createRelocation(settings.relocations);
  const addresses = createAddressPool(settings.addresses.pods);
  const kubelets = new Map<string, Kubelet>(settings.nodes.map((node, index) => [node.name, createKubelet({
    client: client.as({ name: 'kubelet', manager: 'kubelet', user: `system:node:${node.name}`, host: node.name }),
    node, address: settings.addresses.node(index), settings, timing: settings.timing, guardian, locate, programs, allocatable: allocatableOf(node), faults: noFaults(),
    images: createImageCache(settings.images, async (milliseconds) => void (await sleep(sped(settings.timing, milliseconds), undefined, { ref: false }))),
  }, addresses)]));
  const kubeletOf = (node: string | undefined): Kubelet | undefined => kubelets.get(node ?? '');
  const usage = watchUsage([...kubelets.values()]);

  let stopped = false;
  let dirty = false;
  let refreshed = Date.now();
  const endWatches = [
    client.watch('pods', {
      added: (pod) => kubeletOf(pod.spec?.nodeName)?.podAdded(pod),
      modified: (pod) => kubeletOf(pod.spec?.nodeName)?.podAdded(pod),
      deleted: (pod) => kubeletOf(pod.spec?.nodeName)?.podGone(pod),
    }),
    ...(['configmaps', 'secrets'] as const).map((resource) => client.watch(resource, {
      added: () => void (dirty = true),
      modified: () => void (dirty = true),
    })),
  ];
  const refresh = setInterval(() => {
    if (!dirty && Date.now() - refreshed < longestRefreshMilliseconds) return;
    dirty = false;
    refreshed = Date.now();
    for (const kubelet of kubelets.values()) for (const { record } of kubelet.workers.values()) if (record.sandboxReady) refreshVolumes(record, kubelet.shared);
  }, refreshMilliseconds);
  refresh.unref();

  return {
    runtime: createRuntime([...kubelets.values()], usage),
    node: (name) => {
      const kubelet = kubelets.get(name);
      if (kubelet === undefined) throw new Error(`There is no node ${name}.`);
      return kubelet.node;
    },
    stop: async () => {
      if (stopped) return;
      stopped = true;
      clearInterval(refresh);
      usage.stop();
      for (const end of endWatches) end();
      await Promise.all([...kubelets.values()].map((kubelet) => kubelet.stop()));
      await guardian.stop();
    },
  };
}
