/** A container's processes: one group, led by the command the pod asks for. */
import { spawn } from 'node:child_process';
import { accessSync, constants as fileConstants, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Guardian } from './guardian.ts';

export interface Command {
  argv: readonly string[];
  environment: Record<string, string>;
  directory: string;
  /** The folder of the container's own files: what inherited it belongs to the container. */
  home: string;
}

export interface Exit {
  /** 128 + n after signal n. */
  code: number;
  at: number;
}

export interface ProcessGroup {
  pid: number;
  stdout: Readable;
  stderr: Readable;
  /** After the leader ended; the rest of the group is killed then, as in a container whose first process ends. */
  exited: Promise<Exit>;
  /** SIGTERM as the first process of a container takes it: without a handler of its own nothing happens. */
  terminate(signal?: NodeJS.Signals): void;
  kill(): void;
}

const longestDrainMilliseconds = 5_000;

/** What a container runtime says about a command it can't start. */
export class StartError extends Error {}

export function startGroup({ argv, environment, directory, home }: Command, guardian: Guardian): ProcessGroup {
  const [name = ''] = argv;
  if (argv.some((word) => word.includes('\0'))) throw new StartError(`exec: ${JSON.stringify(name)}: invalid argument`);
  if (Object.entries(environment).flat().some((word) => word.includes('\0'))) throw new StartError('exec: environment variable contains NUL');
  const file = findExecutable(name, environment['PATH'] ?? '', directory);
  const child = spawn(file, argv.slice(1), { argv0: name, cwd: directory, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  child.on('error', () => undefined);
  if (pid === undefined) throw new StartError(`exec: "${name}": permission denied`);
  guardian.watch(pid);
  const kill = (): void => signalGroup(pid, 'SIGKILL');
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      kill();
      guardian.forget(pid);
      guardian.reap(home);
      closeLater(child.stdout, child.stderr);
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), at: Date.now() });
    });
  });
  return {
    pid, stdout: child.stdout, stderr: child.stderr, exited, kill,
    terminate: (signal = 'SIGTERM') => {
      if (catches(pid, constants.signals[signal])) signalProcess(pid, signal);
    },
  };
}

/** A process that got away may hold the output open for ever: nobody waits for that. */
function closeLater(...streams: Readable[]): void {
  setTimeout(() => {
    for (const stream of streams) stream.destroy();
  }, longestDrainMilliseconds).unref();
}

/** The file that `name` runs: with a slash as it is, otherwise the first in `path`. */
export function findExecutable(name: string, path: string, directory: string): string {
  if (name.includes('/')) {
    const file = isAbsolute(name) ? name : join(directory, name);
    const found = statOf(file);
    if (found === undefined) throw new StartError(`exec: "${name}": stat ${name}: no such file or directory`);
    if (found.isDirectory()) throw new StartError(`exec: "${name}": is a directory`);
    if (!executable(file)) throw new StartError(`exec: "${name}": permission denied`);
    return file;
  }
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && name !== '' && statOf(file)?.isFile() === true && executable(file)) return file;
  }
  throw new StartError(`exec: "${name}": executable file not found in $PATH`);
}

export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It is gone.
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** Where /proc can't tell (macOS), every signal is taken to be caught. */
function catches(pid: number, signal: number): boolean {
  try {
    const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return mask === undefined || ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return true;
  }
}

function statOf(file: string): ReturnType<typeof statSync> | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function executable(file: string): boolean {
  try {
    accessSync(file, fileConstants.X_OK);
    return true;
  } catch {
    return false;
  }
}
