/**
 * Starts a job's child and answers for its end: at the hard deadline, or when the bench is interrupted, it is asked to
 * stop, then killed with everything that belongs to its folder; the folder goes with it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Assignment, Job } from '../job.ts';
import { jobName } from '../job.ts';
import { processesOf } from './leftovers.ts';

export interface Launched {
  /** What the child wrote; undefined when it wrote nothing. */
  result: unknown;
  how: 'ended' | 'late' | 'interrupted';
  code: number | null;
  /** The end of what it wrote to its log. */
  lastWords: string;
}

export interface LaunchOptions {
  /** Seconds the whole job may take. */
  seconds: number;
  /** Its log goes there, one file a job. */
  logs: string;
  signal: AbortSignal;
  /** A line of its standard output. */
  tell(line: string): void;
  /** The program instead of the bench's own child. */
  program?: string[];
  /** Seconds between being asked to stop and being killed. */
  grace?: number;
}

const child = fileURLToPath(new URL(`./child${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url));

export async function launch(job: Job, { seconds, logs, signal, tell, program = [...process.execArgv, child], grace = 20 }: LaunchOptions): Promise<Launched> {
  // Short: sockets lie below it, and their paths may have 107 characters.
  const directory = mkdtempSync(path.join(tmpdir(), 'srb-'));
  const assignment: Assignment = { job, directory: path.join(directory, 'w'), result: path.join(directory, 'result.json') };
  mkdirSync(assignment.directory);
  mkdirSync(logs, { recursive: true });
  const file = path.join(directory, 'job.json');
  writeFileSync(file, JSON.stringify(assignment));
  const started = spawn(process.execPath, [...program, file], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log = createWriteStream(path.join(logs, `${jobName(job)}.log`));
  let lastWords = '';
  started.stderr.on('data', (chunk: Buffer) => {
    log.write(chunk);
    lastWords = (lastWords + chunk.toString('utf8')).slice(-2000);
  });
  readLines(started, tell);
  const ended = new Promise<number | null>((resolve) => {
    started.on('error', (error) => { lastWords += error.message; resolve(null); });
    started.on('exit', (code) => resolve(code));
  });
  try {
    const how = await firstOf(ended, seconds, signal);
    if (how !== 'ended') {
      started.kill('SIGTERM');
      await Promise.race([ended, sleep(grace * 1000, undefined, { ref: false })]);
    }
    killGroup(started);
    const code = await ended;
    return { result: how === 'ended' && existsSync(assignment.result) ? JSON.parse(readFileSync(assignment.result, 'utf8')) as unknown : undefined, how, code, lastWords };
  } finally {
    await sweep(directory);
    log.end();
  }
}

/** Nothing of a job may outlive it: what still works in its folder is killed, then the folder is removed. */
async function sweep(directory: string): Promise<void> {
  for (let round = 0; round < 30; round += 1) {
    const left = processesOf(directory);
    // Guardians of the world end what they guard; they are given a second.
    if (round >= 5) for (const pid of left) attempt(() => process.kill(pid, 'SIGKILL'));
    if (left.length === 0) break;
    await sleep(200);
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function firstOf(ended: Promise<unknown>, seconds: number, signal: AbortSignal): Promise<Launched['how']> {
  const timer = new AbortController();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    if (signal.aborted) resolve('interrupted');
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true, signal: timer.signal });
  });
  try {
    return await Promise.race([ended.then(() => 'ended' as const), interrupted, sleep(seconds * 1000, 'late' as const, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) attempt(() => process.kill(-pid, 'SIGKILL'));
}

function readLines({ stdout }: ChildProcess, tell: (line: string) => void): void {
  let rest = '';
  stdout?.setEncoding('utf8');
  stdout?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(tell);
  });
}

function attempt(what: () => unknown): void {
  try {
    what();
  } catch {
    // It is gone.
  }
}
