/** A cluster with pods: how fast it scales, what it costs at rest. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cluster } from '../../playground/cluster/cluster.ts';
import { milliseconds, repeated, timed } from './figures.ts';
import { untilReady } from './until.ts';

const run = promisify(execFile);

/** From the start of `kubectl scale` until the status says that all pods are ready. */
export async function measureScaling({ adminKubeconfig, client }: Cluster, kubectl: string, deployment: string, times: number): Promise<string[]> {
  const scale = async (replicas: number): Promise<void> => {
    await run(kubectl, ['--kubeconfig', adminKubeconfig, 'scale', `deployment/${deployment}`, `--replicas=${replicas}`]);
    await untilReady(client, deployment);
  };
  const samples = await repeated(times, async () => {
    await scale(1);
    return timed(() => scale(10));
  });
  await scale(3);
  return [`kubectl scale from 1 to 10, until ready   ${milliseconds(samples)}`];
}

export async function measureRest({ client }: Cluster, seconds: number): Promise<string[]> {
  await sleep(3_000);
  const before = process.cpuUsage();
  const began = performance.now();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  const pods = client.list('pods').filter(({ status }) => status?.phase === 'Running').length;
  return [`CPU at rest with ${pods} running pods         ${((user + system) / 10 / (performance.now() - began)).toFixed(1)} % of one core, over ${seconds} s; resident ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`];
}
