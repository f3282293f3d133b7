/** Two pods that ignore SIGTERM, and with children; prints every process of theirs, then waits to be killed. A doubled $ is one. */
import { processTree } from '../../../../playground/cluster/kubelet/proc.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { sh, startKubeletCluster } from './kubelet-cluster.ts';

const cluster = await startKubeletCluster();
for (const name of ['one', 'two']) {
  cluster.pod(name, sh('trap "" TERM HUP INT; sleep 1000 & sleep 1000 & echo $$$$; while true; do sleep 1000; done'));
  await cluster.until(name, 'running', ({ status }) => status?.phase === 'Running');
}
const pids: number[] = [];
for (const name of ['one', 'two']) {
  const leader = Number((await waitFor('its number', async () => /^\d+\n/.exec(await cluster.logs(name, 'main'))?.[0])).trim());
  pids.push(...await waitFor('its children', () => {
    const tree = processTree(leader);
    return tree.length >= 4 && tree;
  }));
}
process.stdout.write(`${JSON.stringify({ pids, directory: cluster.directory })}\n`);
setInterval(() => undefined, 1_000);
