/** Starts the process that takes a change back: it outlives the agent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { HostPrograms } from './environment.ts';

const startSeconds = 30;

/** Resolves once it watches. Throws when it does not come up: then nothing may be changed. */
export async function startGuard(id: string, { stateDirectory, programs }: { stateDirectory: string; programs: HostPrograms }): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, program, stateDirectory, id, programs.iptables, programs.ip6tables, programs.flock], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });
  const deadline = AbortSignal.timeout(startSeconds * 1_000);
  try {
    const said = await Promise.race([once(child.stdout, 'data', { signal: deadline }).then(() => true), once(child, 'exit', { signal: deadline }).then(() => false)]);
    if (!said) throw new Error('it ended at once');
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`the process that takes the change back did not start (${error instanceof Error ? error.message : String(error)}), so nothing was changed`, { cause: error });
  } finally {
    child.stdout.destroy();
    child.unref();
  }
}

const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './guard-program.ts' : './guard-program.js', import.meta.url));
