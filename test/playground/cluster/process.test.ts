/** `npm run cluster` however it ends: no process and no port of it stays. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { startCluster } from '../../../playground/cluster/start.ts';
import { busyboxImages } from '../../../playground/cluster/kubelet/busybox.ts';
import { waitFor } from '../../support/wait-for.ts';

const program = fileURLToPath(new URL('../../../playground/cluster/main.ts', import.meta.url));
const linux = process.platform === 'linux';
const started: { child: ChildProcess; directory: string }[] = [];

afterEach(async () => {
  for (const { child, directory } of started.splice(0)) {
    child.kill('SIGKILL');
    await waitFor('its processes to end', () => processesOf(directory).length === 0);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
});

it.skipIf(!linux).each([
  ['kill -9', (child: ChildProcess) => void child.kill('SIGKILL')],
  ['SIGTERM', (child: ChildProcess) => void child.kill('SIGTERM')],
  ['Ctrl-C twice', (child: ChildProcess) => {
    child.kill('SIGINT');
    child.kill('SIGINT');
  }],
])('%s', async (_name, end) => {
  const { child, directory, port } = await begin();
  await waitFor('the pod of its DNS', () => processesOf(directory).length > 2);
  end(child);
  await waitFor('every process to end', () => processesOf(directory).length === 0);
  expect(await listens(port)).toBe(false);
});

it.skipIf(!linux)('Ctrl-C during the start', async () => {
  const { child, directory } = run(process.execPath, ['--import', 'tsx', program]);
  await waitFor('its directory', () => existsSync(join(directory, 'cluster')));
  child.kill('SIGINT');
  await waitFor('every process to end', () => processesOf(directory).length === 0);
  await waitFor('its end', () => child.exitCode !== null || child.signalCode !== null);
  expect(processesOf(directory)).toEqual([]);
});

it.skipIf(!linux).each(['npm', 'shell'])('the end of the %s above it', async (which) => {
  const shell = `const { spawn } = require('node:child_process'); spawn(process.execPath, ['--import', 'tsx', ...process.argv.slice(1)], { stdio: 'inherit' });`;
  const npm = `const { spawn } = require('node:child_process'); const shell = spawn(process.execPath, ['-e', ${JSON.stringify(shell)}, ...process.argv.slice(1)], { stdio: 'inherit' }); process.stderr.write('shell ' + shell.pid + '\\n');`;
  const { child, directory, port, text } = await begin(process.execPath, ['-e', npm, program]);
  if (which === 'npm') child.kill('SIGKILL');
  else process.kill(Number(/shell (\d+)/.exec(text())?.[1]), 'SIGKILL');
  await waitFor('every process to end', () => processesOf(directory).length === 0);
  expect(await listens(port)).toBe(false);
});

it('two clusters don\'t share a directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-process-'));
  const settings = { directory, port: 0, images: busyboxImages(), bare: true };
  const first = await startCluster(settings);
  await expect(startCluster(settings)).rejects.toThrow(`A cluster runs in ${directory} already (process ${process.pid})`);
  expect(existsSync(first.adminKubeconfig)).toBe(true);
  await first.stop();
  await (await startCluster(settings)).stop();
  rmSync(directory, { recursive: true, force: true });
});

function run(file: string, words: readonly string[]): { child: ChildProcess; directory: string; text(): string } {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-process-'));
  const child = spawn(file, [...words, '--directory', directory], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_lifecycle_event: 'cluster' } });
  started.push({ child, directory });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  return { child, directory, text: () => text };
}

async function begin(file = process.execPath, words: readonly string[] = ['--import', 'tsx', program]): Promise<{ child: ChildProcess; directory: string; port: number; text(): string }> {
  const { child, directory, text } = run(file, words);
  const kubeconfig = await waitFor('its kubeconfig', () => /export KUBECONFIG=(\S+)/.exec(text())?.[1]);
  return { child, directory, text, port: Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(readFileSync(kubeconfig, 'utf8'))?.[1]) };
}

/** Every process that names the directory in its arguments, environment or as its place. */
function processesOf(directory: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).filter((name) => ['cmdline', 'environ'].some((file) => read(`/proc/${name}/${file}`).includes(directory))).map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
