/** However the cluster's process ends, no container's process outlives it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processTree } from '../../../../playground/cluster/kubelet/proc.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { escapes, sh, startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

const program = fileURLToPath(new URL('./kubelet-program.ts', import.meta.url));

it.each(['SIGKILL', 'SIGTERM', 'SIGABRT'] as const)('after %s', async (signal) => {
  const cluster = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  cluster.stdout.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  try {
    const { pids, directory } = await waitFor('its containers', () => (text.includes('\n') ? (JSON.parse(text) as { pids: number[]; directory: string }) : undefined));
    expect(pids.length).toBeGreaterThan(3);
    expect(pids.filter(alive)).toEqual(pids);
    cluster.kill(signal);
    await once(cluster, 'exit');
    await waitFor('every process to end', () => !pids.some(alive));
    await rm(directory, { recursive: true, force: true });
  } finally {
    cluster.kill('SIGKILL');
  }
});

describe.skipIf(process.platform !== 'linux')('what left its group', () => {
  let cluster: KubeletCluster;
  beforeAll(async () => {
    cluster = await startKubeletCluster();
  });
  afterAll(() => cluster.stop());

  const escaped = (name: string, count: number): Promise<number[]> => waitFor(`${count} that got away`, async () => {
    const pids = [...(await cluster.logs(name, 'main').catch(() => '')).matchAll(/^escaped=(\d+)$/gm)].map(([, pid]) => Number(pid));
    return pids.length === count && pids;
  });

  it('ends with its container', async () => {
    cluster.pod('leaves', { ...sh(`${escapes.join('\n')}\nsleep 1`), restartPolicy: 'Never' });
    const pids = await escaped('leaves', escapes.length);
    await cluster.until('leaves', 'ended', ({ status }) => status?.phase === 'Succeeded');
    await waitFor('every process to end', () => !pids.some(alive));
    expect(await cluster.logs('leaves', 'main')).toContain('escaped=');
  });

  it('ends with its pod, and what runs in others stays', async () => {
    cluster.pod('stays', sh('sleep 1000'));
    cluster.pod('deleted', { ...sh(`${escapes.join('\n')}\nfor i in $(seq 200); do sleep 1000 & echo escaped=$$!; done; wait`), terminationGracePeriodSeconds: 0 });
    const pids = await escaped('deleted', escapes.length + 200);
    cluster.client.delete('pods', 'shop', 'deleted');
    await waitFor('every process to end', () => !pids.some(alive));
    await waitFor('its object to go', () => cluster.get('deleted') === undefined);
    expect(cluster.get('stays')?.status).toMatchObject({ phase: 'Running', containerStatuses: [{ restartCount: 0 }] });
  });

  it('has another guardian when its guardian was killed', async () => {
    cluster.pod('guarded', { ...sh(`${escapes.join('\n')}\nsleep 1000`), terminationGracePeriodSeconds: 0 });
    const pids = await escaped('guarded', escapes.length);
    const guardians = (): number[] => processTree(process.pid).filter((pid) => commandLine(pid).includes('--max-old-space-size=16') && commandLine(pid).includes(cluster.directory));
    const [first = 0] = guardians();
    expect(first).toBeGreaterThan(1);
    process.kill(first, 'SIGKILL');
    await waitFor('another guardian', () => guardians().some((pid) => pid !== first));
    cluster.client.delete('pods', 'shop', 'guarded');
    await waitFor('every process to end', () => !pids.some(alive));
  });
});

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
