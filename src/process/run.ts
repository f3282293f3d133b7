/** Runs one program: no shell, an environment made from nothing, bounded output, and a group kill that nothing outlives. */
import { once } from 'node:events';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { headTail } from './head-tail.ts';
import type { HeadTail } from './head-tail.ts';
import { lineFilter } from './line-filter.ts';
import type { Sandbox } from './sandbox.ts';

export interface RunOptions {
  /** Absolute path. */
  file: string;
  argv: readonly string[];
  /** All of it; nothing is inherited. See environment.ts. */
  environment: Readonly<Record<string, string>>;
  timeoutMilliseconds: number;
  /** Per stream; more is read and dropped from the middle. */
  maxBytes: number;
  /** Of stdout only the lines that it wants are kept, and count for `maxBytes` and `bytes`. */
  keepLine?: (line: string) => boolean;
  signal?: AbortSignal;
  stdin?: string;
  /** For fixed programs whose subject is this machine itself: in a sandbox they would describe the sandbox. */
  outsideSandbox?: boolean;
}

export interface RunResult {
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  aborted: boolean;
  truncated: boolean;
  /** Of both streams, before anything was dropped. */
  bytes: number;
  /** Lines of stdout that were seen, with `keepLine`. */
  linesSeen?: number;
  durationMilliseconds: number;
}

/** The program could not be started at all. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
  /** errno (ENOENT, EACCES), REFUSED or ABORTED. */
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** How long pipes may stay open after the program ended: a grandchild that holds them must not delay us. */
const drainMilliseconds = 250;
/** For output that is still in the pipe when a busy machine had no time to read it; what did not arrive by then is said to be cut. */
const busyMilliseconds = 2_000;

/** From now on every child of this process runs in it. Called once, where the process is put together. */
export function useSandbox(sandbox: Sandbox | undefined): void {
  inside = sandbox ?? ((options) => options);
}

let inside: Sandbox = (options) => options;

/** Throws ProcessStartError when it can't start; every end after that is a result. */
export async function runProcess(wanted: RunOptions): Promise<RunResult> {
  refuseUnsafe(wanted);
  const options = wanted.outsideSandbox === true ? wanted : inside(wanted);
  const started = performance.now();
  const stdout = headTail(options.maxBytes);
  const stderr = headTail(options.maxBytes);
  const lines = options.keepLine === undefined ? undefined : lineFilter(stdout, options.keepLine);
  const child = execa(options.file, [...options.argv], {
    shell: false,
    preferLocal: false,
    extendEnv: false,
    env: options.environment,
    cwd: options.environment['HOME'] ?? '/',
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
    ...(options.stdin === undefined ? { stdin: 'ignore' } : { input: options.stdin }),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const { pid } = child;
  if (pid === undefined) {
    const failure = await child;
    const code = failure.code ?? 'UNKNOWN';
    throw new ProcessStartError(code, `${options.file} could not be started (${code}); check that the path is right and executable`, { cause: failure });
  }
  live.add(pid);
  // The result below is ours; execa's own waits for every holder of the pipes.
  child.catch(() => undefined);
  const drained = Promise.all([collect(child.stdout, lines ?? stdout), collect(child.stderr, stderr)]);
  let timedOut = false;
  let aborted = false;
  const timer = setTimeout(() => ((timedOut = true), killGroup(pid)), options.timeoutMilliseconds);
  const onAbort = (): void => ((aborted = true), killGroup(pid));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null];
    const all = drained.then(() => true as const);
    let complete = await Promise.race([all, pause(drainMilliseconds)]);
    if (complete !== true) {
      // Somebody else may hold the pipes, or this process is too busy to read: without holders they end.
      killGroup(pid);
      complete = await Promise.race([all, pause(busyMilliseconds)]);
    }
    lines?.end();
    return {
      exitCode, signal, timedOut, aborted,
      stdout: stdout.text(), stderr: stderr.text(),
      truncated: stdout.truncated || stderr.truncated || complete !== true,
      bytes: stdout.bytes + stderr.bytes,
      ...(lines && { linesSeen: lines.seen }),
      durationMilliseconds: Math.round(performance.now() - started),
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    // Whatever it left behind in its group ends with it.
    killGroup(pid);
    live.delete(pid);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function refuseUnsafe(options: RunOptions): void {
  if (!isAbsolute(options.file)) throw new ProcessStartError('REFUSED', `${options.file} is not an absolute path; resolve it with findBinary first`);
  if (options.argv.some((argument) => argument.includes('\0'))) throw new ProcessStartError('REFUSED', 'an argument holds a NUL byte');
  if (options.signal?.aborted) throw new ProcessStartError('ABORTED', 'stopped before it was started');
}

function collect(stream: Readable, into: Pick<HeadTail, 'add'>): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => into.add(chunk));
    stream.on('error', () => resolve());
    stream.on('close', () => resolve());
    stream.on('end', () => resolve());
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: the group is gone already.
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Groups under way, so that an exit of ours leaves none behind. */
const live = new Set<number>();
process.on('exit', () => {
  for (const pid of live) killGroup(pid);
});
