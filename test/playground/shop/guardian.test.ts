import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';

const guardian = new URL('../../../playground/shop/server-images/guardian.ts', import.meta.url).href;

/** A parent that has started a server which knows nothing of it: prints the server's pid, and ends when told. */
const parent = `
import { spawn } from 'node:child_process';
import { guardProcess } from ${JSON.stringify(guardian)};
const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
guardProcess(server.pid);
console.log(server.pid);
setInterval(() => {}, 1000);`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // Dead, but nobody has asked for its exit code yet.
    return !(process.platform === 'linux' && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  } catch {
    return false;
  }
};

test('a server does not outlive a parent that was killed', async () => {
  const started = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void started.kill('SIGKILL'));
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  started.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);
}, 180_000);
