/** Puts a playground cluster together and starts it. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startApiServer } from './api-server.ts';
import type { RunningApiServer } from './api-server.ts';
import { applyManifests } from './apply.ts';
import type { Cluster } from './cluster.ts';
import { startClusterControllers } from './controllers/start.ts';
import { startWorkloadControllers } from './controllers/workloads/start.ts';
import { withBuiltInImages } from './images.ts';
import { startKubelets } from './kubelet/start.ts';
import type { Kubelets } from './kubelet/start.ts';
import { refuseWhileRunning, takeDirectory } from './lock.ts';
import { claimAddresses } from './network/addresses.ts';
import type { ClusterAddresses } from './network/addresses.ts';
import { addressMode } from './network/relocation.ts';
import { dnsManifests } from './network/dns/manifests.ts';
import { startNetwork } from './network/start.ts';
import { realTiming } from './options.ts';
import type { ClusterOptions } from './options.ts';
import { startScheduler } from './scheduler/scheduler.ts';

/** Resolves when the API answers and everything that acts on it runs; the cluster's DNS comes as a pod, a little later. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory, port, log = (): void => undefined, bare = false } = options;
  await refuseWhileRunning(directory);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const stops: (() => void | Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopAll(stops, log));
  try {
    stops.push(await takeDirectory(directory));
    const { addresses, release } = await claimAddresses(directory);
    if (addressMode() === 'ports') log('network: this system has no addresses but 127.0.0.1, so pods and services are ports of it: their own addresses work inside containers only');
    stops.push(release);
    const server = await startApiServer({ directory, port, addresses, log });
    stops.push(server.stop);
    const { machinery, verbs, client } = server.plane;
    const network = await startNetwork(client, { addresses, relocations: join(directory, 'relocations'), log });
    stops.push(network.stop);
    const kubelets = startPods(server, options, addresses);
    stops.push(kubelets.stop, startControllers(server, options));
    const apply: Cluster['apply'] = (yaml, fieldManager = 'cluster-admin', namespace) => applyManifests({ machinery, verbs }, yaml, fieldManager, namespace);
    if (!bare) apply(dnsManifests(addresses.dnsService), 'kubeadm');
    return {
      url: server.url, adminKubeconfig: server.adminKubeconfig, kubeconfigFor: server.kubeconfigFor, runtime: server.runtime, client, apply, addresses,
      node: kubelets.node, locate: network.locate, stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What came last goes first; what fails to stop doesn't keep the rest. */
async function stopAll(stops: readonly (() => void | Promise<void>)[], log: (line: string) => void): Promise<void> {
  for (const stop of stops.toReversed()) {
    try {
      await stop();
    } catch (error) {
      log(`stop: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function startPods({ plane, url, useRuntime }: RunningApiServer, { directory, images, nodes, timing = realTiming, log = (): void => undefined }: ClusterOptions, addresses: ClusterAddresses): Kubelets {
  const { client, tokens } = plane;
  const kubelets = startKubelets(client, {
    nodes: nodes ?? [{ name: 'node1' }], directory: join(directory, 'nodes'), images: withBuiltInImages(images), timing, log, apiUrl: url, addresses, relocations: join(directory, 'relocations'),
    serviceAccountToken: ({ metadata, spec }, seconds, audience) => tokens.forServiceAccount(metadata.namespace ?? '', spec?.serviceAccountName ?? 'default', {
      seconds, pod: { name: metadata.name, uid: metadata.uid }, ...(audience === undefined ? {} : { audiences: [audience] }),
    }).token,
  });
  useRuntime(kubelets.runtime);
  return kubelets;
}

function startControllers({ plane, runtime, certificateAuthority }: RunningApiServer, { directory, timing = realTiming, bare = false, log = (): void => undefined }: ClusterOptions): () => void {
  const { client } = plane;
  const settings = { timing, log };
  const running = [
    startClusterControllers(client, {
      ...settings, usage: runtime, volumes: { directory: join(directory, 'volumes') }, certificateAuthority,
    }),
    startWorkloadControllers(client, settings),
    startScheduler(client, settings),
  ];
  if (bare) for (const { metadata } of client.list('storageclasses.storage.k8s.io')) client.delete('storageclasses.storage.k8s.io', undefined, metadata.name);
  return () => {
    for (const part of running) part.stop();
  };
}
