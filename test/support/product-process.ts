/** The built product as a process: its environment is what the test gives, and nothing else. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from './wait-for.ts';

export const root = path.resolve(import.meta.dirname, '../..');

/** Where `node` is, whatever else PATH holds. */
export const searchPath = [path.dirname(process.execPath), process.env['PATH'] ?? ''].join(path.delimiter);

export interface ProductProcess {
  pid: number;
  /** stdout and stderr so far. */
  output(): { stdout: string; stderr: string };
  /** /readyz says yes, or an error with the process's own words. */
  ready(port: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** @throws when dist is missing or older than the sources */
export function assertBuilt(): void {
  const main = path.join(root, 'dist/src/main.js');
  if (!existsSync(main)) throw new Error('dist/src/main.js is missing: run npm run build');
  const built = statSync(main).mtimeMs;
  for (const file of readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts') && statSync(path.join(root, 'src', file)).mtimeMs > built) throw new Error(`src/${file} is newer than dist: run npm run build`);
  }
}

/** Ends with the test process. */
export function startProcess(command: readonly string[], environment: Readonly<Record<string, string>>, directory = root): ProductProcess {
  const [program = '', ...argv] = command;
  const child = spawn(program, argv, { cwd: directory, env: { PATH: searchPath, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let over = false;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      over = true;
      process.off('exit', kill);
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    output: () => ({ ...output }),
    signal: (name) => void child.kill(name),
    ended,
    async ready(port) {
      await waitFor(`/readyz on port ${port}`, async () => {
        if (over) throw new Error(`It ended before it was ready:\n${output.stdout}${output.stderr}`);
        return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok;
      }, 120);
    },
  };
}
