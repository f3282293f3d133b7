/** However the cluster's process ends, no container's process outlives it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.ts';

const program = fileURLToPath(new URL('./kubelet-program.ts', import.meta.url));

it.each(['SIGKILL', 'SIGTERM', 'SIGABRT'] as const)('after %s', async (signal) => {
  const cluster = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  cluster.stdout.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  const { pids, directory } = await waitFor('its containers', () => (text.includes('\n') ? (JSON.parse(text) as { pids: number[]; directory: string }) : undefined));
  expect(pids.length).toBeGreaterThan(3);
  expect(pids.every(alive)).toBe(true);
  cluster.kill(signal);
  await once(cluster, 'exit');
  await waitFor('every process to end', () => !pids.some(alive));
  await rm(directory, { recursive: true, force: true });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
