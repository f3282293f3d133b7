/** Pods that ignore SIGTERM, with children, some of which leave their group; prints every process of theirs, then waits to be killed. */
import { processTree } from '../../../../playground/cluster/kubelet/proc.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { escapes, sh, startKubeletCluster } from './kubelet-cluster.ts';

const cluster = await startKubeletCluster();
const pods = { one: 'sleep 1000 & sleep 1000 &', two: escapes.join('\n') };
for (const [name, script] of Object.entries(pods)) {
  // A doubled $ is one.
  cluster.pod(name, sh(`trap "" TERM HUP INT; ${script} echo; echo leader=$$$$; while true; do sleep 1000; done`));
  await cluster.until(name, 'running', ({ status }) => status?.phase === 'Running');
}
const pids: number[] = [];
for (const name of Object.keys(pods)) {
  const leader = Number(await waitFor('its number', async () => /^leader=(\d+)$/m.exec(await cluster.logs(name, 'main'))?.[1]));
  if (name === 'one') {
    pids.push(...await waitFor('its children', () => {
      const tree = processTree(leader);
      return tree.length >= 4 && tree;
    }));
  } else {
    pids.push(leader, ...await waitFor('those that got away', async () => {
      const numbers = [...(await cluster.logs(name, 'main')).matchAll(/^escaped=(\d+)$/gm)].map(([, pid]) => Number(pid));
      return numbers.length === escapes.length && numbers;
    }));
  }
}
process.stdout.write(`${JSON.stringify({ pids, directory: cluster.directory })}\n`);
setInterval(() => undefined, 1_000);
