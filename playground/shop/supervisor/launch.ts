/** Starts a service's process: compiled when we are compiled, through tsx when we are not. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const compiled = !import.meta.url.endsWith('.ts');
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The child has an IPC channel; it exits when the channel closes, so it can't outlive us. */
export function launchService(name: string, environment: Record<string, string>): ChildProcess {
  const program = fileURLToPath(new URL(`../services/${name}.${compiled ? 'js' : 'ts'}`, import.meta.url));
  return spawn(process.execPath, [...(compiled ? [] : ['--import', 'tsx']), program], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
