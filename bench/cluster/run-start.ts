/** One start in a process of its own: prints how long until the API answered and until a first pod ran, then stops. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyboxImages } from '../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../playground/cluster/start.ts';
import { connectApi } from './api.ts';
import { sleepingPod } from './objects.ts';

const directory = await mkdtemp(join(tmpdir(), 'bench-cluster-'));
const called = performance.now();
const cluster = await startCluster({ directory, port: 0, images: busyboxImages() });
const api = await connectApi(cluster.adminKubeconfig);
await api.call('GET', '/readyz');
const ready = performance.now();
await api.call('POST', '/api/v1/namespaces/default/pods', JSON.stringify(sleepingPod('first')));
while (cluster.client.get('pods', 'default', 'first')?.status?.phase !== 'Running') await sleep(2);
const running = performance.now();
api.close();
await cluster.stop();
const stopped = performance.now();
await rm(directory, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify({ process: ready, ready: ready - called, running: running - called, stop: stopped - running })}\n`);
