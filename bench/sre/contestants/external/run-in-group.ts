/** Runs a program in a process group of its own, and ends the whole group with it. No shell. */
import { execa } from 'execa';

export interface GroupRun {
  file: string;
  argv: readonly string[];
  /** All of it. */
  environment: Record<string, string>;
  signal: AbortSignal;
}

/** So much of what it prints is kept, from the end. */
const mostOutput = 2_000_000;

/** Resolves once it ended, however; `signal` ends it. `ended`: the signal that did, or why it could not start. */
export async function runInGroup({ file, argv, environment, signal }: GroupRun): Promise<{ code: number | undefined; ended?: string; output: string }> {
  if (signal.aborted) return { code: undefined, ended: 'stopped before it began', output: '' };
  const child = execa(file, [...argv], { shell: false, preferLocal: false, extendEnv: false, env: environment, detached: true, cleanup: false, buffer: false, reject: false, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const { pid } = child;
  let output = '';
  const take = (chunk: Buffer): void => void (output = (output + chunk.toString('utf8')).slice(-mostOutput));
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const kill = (): void => killGroup(pid);
  signal.addEventListener('abort', kill, { once: true });
  process.once('exit', kill);
  // A grandchild may hold the pipes after the program ended: it is not waited for.
  child.once('exit', kill);
  try {
    const { exitCode, signal: ended, code } = await child;
    return { code: exitCode, ...((ended ?? code) !== undefined && { ended: ended ?? code }), output };
  } finally {
    signal.removeEventListener('abort', kill);
    process.removeListener('exit', kill);
    kill();
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone.
  }
}
