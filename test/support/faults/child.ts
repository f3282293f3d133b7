/** Runs an executor in a process of its own and kills it with SIGKILL where it pauses. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildOrder } from '../../changes/executor-child.ts';

const child = fileURLToPath(new URL('../../changes/executor-child.ts', import.meta.url));

/** Resolves with what it said: `paused at ...`, or `ended` when it never came there. */
export function runAndKill(order: ChildOrder): Promise<string> {
  const text = JSON.stringify(order, (_key, value: unknown) => (isSecret(value) ? { secret: value.reveal() } : value));
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--import', 'tsx', child, text], { env: { PATH: process.env['PATH'], HOME: process.env['HOME'] }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let errors = '';
    running.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('paused')) running.kill('SIGKILL');
    });
    running.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
    running.on('error', reject);
    running.on('close', (code, signal) => (code === 0 || signal === 'SIGKILL' ? resolve(said) : reject(new Error(errors))));
  });
}

function isSecret(value: unknown): value is { reveal(): string } {
  return typeof value === 'object' && value !== null && 'reveal' in value && typeof value.reveal === 'function';
}
