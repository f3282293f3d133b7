/** A Redis of one test: an ephemeral port of 127.0.0.1, nothing written to disk. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/database/embedded/free-port.ts';
import { findProgram } from './requirements.ts';

/** Check `requirement('redis')` first. A `port` is for a Redis that comes back where it was. */
export async function startTestRedis(port?: number): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const program = findProgram('redis');
  if (program === undefined) throw new Error('redis-server is not on PATH');
  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? (await freePort());
    const started = await start(program, chosen);
    if (started) return { url: `redis://127.0.0.1:${chosen}`, port: chosen, close: started };
    if (attempt === 5) throw new Error(`redis-server did not start on port ${chosen}`);
  }
}

async function start(program: string, port: number): Promise<(() => Promise<void>) | undefined> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sre-agent-redis-'));
  const argv = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory, '--maxmemory-policy', 'noeviction'];
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.off('exit', kill);
      void rm(directory, { recursive: true, force: true }).finally(resolve);
    });
  });
  const ready = new Promise<boolean>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('eady to accept connections')) resolve(true);
    });
    child.once('close', () => resolve(false));
  });
  if (!(await ready)) return undefined;
  return async () => {
    child.kill('SIGTERM');
    await closed;
  };
}
