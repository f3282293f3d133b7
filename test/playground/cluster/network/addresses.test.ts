import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { claimAddresses } from '../../../../playground/cluster/network/addresses.ts';
import { addressMode } from '../../../../playground/cluster/network/relocation.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const onLoopback = addressMode() === 'loopback';

test.runIf(onLoopback)('a share in which somebody listens is passed over', async () => {
  const first = await claimAddresses();
  const server = net.createServer();
  await new Promise<void>((resolve) => void server.listen({ host: `127.${first.addresses.pods}.0.77`, port: 0 }, resolve));
  ends.push(() => new Promise((resolve) => { server.close(resolve); }));
  await first.release();
  const second = await claimAddresses();
  ends.push(second.release);
  expect(second.addresses.index).not.toBe(first.addresses.index);
});

/** A cluster that claims a share, starts a pod's process that listens there, and says so. */
const doomed = `
import { spawn } from 'node:child_process';
import { claimAddresses } from ${JSON.stringify(new URL('../../../../playground/cluster/network/addresses.ts', import.meta.url).href)};
const { addresses } = await claimAddresses(process.env.CLUSTER);
const program = 'require("node:net").createServer().listen(0, "127.' + addresses.pods + '.0.78", () => process.stdout.write("up"))';
const pod = spawn(process.execPath, ['-e', program], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { HOME: process.env.CLUSTER + '/nodes/pod/root' } });
pod.stdout.once('data', () => process.stdout.write(JSON.stringify({ index: addresses.index, pod: pod.pid }) + '\\n'));
setInterval(() => undefined, 1000);`;

test.runIf(onLoopback)('who gets the share of a cluster that was killed ends what it left', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'share-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'nodes'));
  const cluster = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', doomed], { env: { ...process.env, CLUSTER: directory }, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => cluster.once('exit', resolve));
  ends.push(() => cluster.kill('SIGKILL'));
  const said = await new Promise<string>((resolve) => { cluster.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))); });
  const { index, pod } = JSON.parse(said) as { index: number; pod: number };
  ends.push(() => isAlive(pod) && process.kill(pod, 'SIGKILL'));
  expect(isAlive(pod)).toBe(true);
  cluster.kill('SIGKILL');
  await gone;

  // Others on this machine may have what lies before it, or be quicker: then they ended it.
  for (let claimed = -1; claimed < index;) {
    const { addresses, release } = await claimAddresses();
    ends.push(release);
    claimed = addresses.index;
  }
  await expect.poll(() => isAlive(pod), { timeout: 5_000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
