/** Another command in a running container: its environment, its directory, its paths. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Run } from './pod.ts';
import { rewriteCommand } from './launch.ts';
import { findExecutable, signalGroup } from './process.ts';
import { constants } from 'node:os';

const longestOutput = 10_240;

/** Throws StartError when there is no such command. */
export function spawnInRun(run: Run, command: readonly string[], stdin: 'pipe' | 'ignore'): ChildProcess {
  const [name = '', ...rest] = rewriteCommand(command.map((word, index) => (index > 0 && command[0] === 'kill' && word === '1' ? String(run.group.pid) : word)), run.mounts);
  const file = findExecutable(name, run.environment['PATH'] ?? '', run.directory);
  const child = spawn(file, rest, { argv0: name, cwd: run.directory, env: run.environment, detached: true, stdio: [stdin, 'pipe', 'pipe'] });
  child.on('error', () => undefined);
  void run.group.exited.then(() => (child.pid === undefined || child.exitCode !== null ? undefined : signalGroup(child.pid, 'SIGKILL')));
  return child;
}

/** For probes and hooks: both streams together, cut off. `timedOut` when it was killed for taking too long. Throws StartError. */
export async function execInRun(run: Run, command: readonly string[], timeoutMilliseconds: number): Promise<{ code: number; output: string; timedOut: boolean }> {
  const child = spawnInRun(run, command, 'ignore');
  let output = '';
  let timedOut = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      if (output.length < longestOutput) output = (output + text).slice(0, longestOutput);
    });
  }
  const timer = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }, timeoutMilliseconds);
  const code = await exitOf(child, 'close');
  clearTimeout(timer);
  return { code, output, timedOut };
}

export function exitOf(child: ChildProcess, event: 'exit' | 'close'): Promise<number> {
  return new Promise((resolve) => {
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    child.once('error', () => resolve(126));
  });
}
