/** One at a time on this host, over all processes of ours. The kernel lets go of it when its holder dies, however it dies. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const waitSeconds = 60;

/** Throws when the lock was not free in time. */
export async function withLock<T>(flock: string, file: string, work: () => Promise<T>): Promise<T> {
  // The lock belongs to a `cat` that ends with its stdin, and so with this process.
  const holder = spawn(flock, ['--exclusive', '--timeout', String(waitSeconds), file, catProgram], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
  holder.stdin.on('error', () => undefined);
  const ended = once(holder, 'close');
  ended.catch(() => undefined);
  try {
    holder.stdin.write('.');
    const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
    if (!held) throw new Error(`${file} was locked for ${waitSeconds} s by another process of the host agent`);
    return await work();
  } finally {
    holder.stdin.end();
    await ended.catch(() => undefined);
  }
}

const catProgram = '/bin/cat';
