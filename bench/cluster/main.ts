/** `npm run bench:cluster`: what the playground cluster costs and how fast it is. Every figure with the command that made it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { busyboxImages } from '../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../playground/cluster/start.ts';
import { findKubectl } from '../../playground/kube-tools.ts';
import { connectApi } from './api.ts';
import { measureRest, measureScaling } from './at-work.ts';
import { measureDay } from './day.ts';
import { measureListing } from './listing.ts';
import { machineLines } from './machine.ts';
import { sleepers } from './objects.ts';
import { measureStarts } from './start-times.ts';
import { measureFanOut, measureWrites } from './traffic.ts';
import { untilReady } from './until.ts';

const { values } = parseArgs({ options: { starts: { type: 'string', default: '7' }, kubectl: { type: 'string' }, only: { type: 'string' } } });

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const section = async (name: string, measure: () => Promise<string[]>): Promise<void> => {
  if (values.only !== undefined && !name.includes(values.only)) return;
  say(`\n${name}`);
  for (const line of await measure()) say(`  ${line}`);
};

say('npm run bench:cluster');
for (const line of machineLines()) say(line);
const kubectl = values.kubectl ?? (await findKubectl());
await section('start', () => measureStarts(Number(values.starts)));

const directory = await mkdtemp(join(tmpdir(), 'bench-cluster-'));
const cluster = await startCluster({ directory, port: 0, images: busyboxImages() });
try {
  const api = await connectApi(cluster.adminKubeconfig);
  const deployments = Array.from({ length: 10 }, (_, index) => `sleepers-${index}`);
  for (const name of deployments) cluster.apply(sleepers(name, 3), 'bench');
  for (const name of deployments) await untilReady(cluster.client, name);
  const [pod] = cluster.client.list('pods', { namespace: 'default' });
  if (pod === undefined) throw new Error('no pod to take for an example');
  await section('rest', () => measureRest(cluster, 20));
  await section('listing', () => measureListing(cluster, api, pod, kubectl));
  await section('writes', () => measureWrites(cluster, api, 5, 8));
  await section('watches', async () => [...(await measureFanOut(cluster, api, 10, 200)), ...(await measureFanOut(cluster, api, 100, 100))]);
  await section('scaling', () => measureScaling(cluster, kubectl, 'sleepers-0', 5));
  await section('day', () => measureDay(cluster, api, deployments));
  api.close();
} finally {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}
