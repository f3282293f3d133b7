import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('nothing outlives a parent that was killed', async () => {
  const parent = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('parent.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const { states, pids } = JSON.parse(line.toString()) as { states: string[]; pids: number[] };
  expect(states).toEqual(['running', 'running', 'running', 'running']);
  expect(pids.filter(isAlive)).toHaveLength(5);
  parent.kill('SIGKILL');
  await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
}, 180_000);
