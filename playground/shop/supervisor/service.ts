/** One service kept alive: its process, its environment's revisions, its last log lines. */
import type { ChildProcess } from 'node:child_process';
import readline from 'node:readline';
import { launchService } from './launch.ts';

export interface Revision {
  revision: number;
  at: string;
  environment: Record<string, string>;
  /** Whether a process with this environment ever became healthy. */
  healthy: boolean;
}

export interface ServiceStatus {
  name: string;
  state: 'running' | 'starting' | 'crash_loop' | 'stopped';
  startedAt: string | null;
  /** After it ended by itself. */
  restarts: number;
  lastExit: { code: number | null; signal: string | null; at: string } | null;
  revision: number;
  revisions: Revision[];
  log: { at: string; line: string }[];
}

export interface SupervisedService {
  status(): ServiceStatus;
  environment(): Record<string, string>;
  /** A new revision and a new process; resolves when it is healthy, has exited, or after 10 s. */
  setEnvironment(variable: string, value: string): Promise<void>;
  /** A new process with the same revision; resolves as setEnvironment. */
  restart(): Promise<void>;
  /** Over the process's IPC channel; lost when it isn't running. */
  send(message: object): void;
  pid(): number | undefined;
  stop(): Promise<void>;
}

const logLines = 200;
const keptRevisions = 50;
/** A process that lived this long starts the back-off over. */
const stableMilliseconds = 10_000;

export function superviseService(name: string, firstEnvironment: Record<string, string>): SupervisedService {
  const revisions: Revision[] = [{ revision: 1, at: now(), environment: firstEnvironment, healthy: false }];
  const log: { at: string; line: string }[] = [];
  let child: ChildProcess | undefined;
  let state: ServiceStatus['state'] = 'stopped';
  let startedAt: string | null = null;
  let restarts = 0;
  let quickExits = 0;
  let lastExit: ServiceStatus['lastExit'] = null;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  let settle: () => void = () => undefined;

  const current = (): Revision => revisions[revisions.length - 1] as Revision;
  const note = (line: string): void => {
    log.push({ at: now(), line: line.slice(0, 2000) });
    if (log.length > logLines) log.shift();
  };

  /** Starts a process; the promise resolves when it is healthy or gone. */
  const launch = (): Promise<void> => {
    const revision = current();
    const process = launchService(name, revision.environment);
    const launchedAt = Date.now();
    child = process;
    startedAt = now();
    if (state !== 'crash_loop') state = 'starting';
    readLines(process, note);
    return new Promise((resolve) => {
      settle = resolve;
      process.once('error', (error) => note(`supervisor: ${error.message}`));
      process.once('close', (code, signal) => {
        if (child !== process) return resolve();
        child = undefined;
        lastExit = { code, signal, at: now() };
        quickExits = Date.now() - launchedAt > stableMilliseconds ? 1 : quickExits + 1;
        state = quickExits > 1 ? 'crash_loop' : 'starting';
        note(`supervisor: process exited with ${signal ?? `code ${code}`}, restarting in ${backOff(quickExits)} ms`);
        timer = setTimeout(() => {
          restarts += 1;
          void launch();
        }, backOff(quickExits));
        resolve();
      });
      void untilHealthy(revision.environment, () => child === process).then((healthy) => {
        if (healthy) {
          revision.healthy = true;
          state = 'running';
          resolve();
        }
        return healthy;
      });
    });
  };

  const end = async (): Promise<void> => {
    clearTimeout(timer);
    const process = child;
    child = undefined;
    settle();
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const closed = new Promise((resolve) => process.once('close', resolve));
    process.kill('SIGTERM');
    const force = setTimeout(() => process.kill('SIGKILL'), 2000);
    const code = await closed.then(() => process.exitCode);
    clearTimeout(force);
    lastExit = { code, signal: process.signalCode, at: now() };
  };

  let changes: Promise<void> = Promise.resolve();
  const replaceAfter = async (earlier: Promise<void>): Promise<void> => {
    await earlier;
    if (ended) return;
    await end();
    quickExits = 0;
    state = 'starting';
    await Promise.race([launch(), new Promise<void>((resolve) => setTimeout(resolve, 10_000).unref())]);
  };
  const replaceProcess = (): Promise<void> => {
    const change = replaceAfter(changes);
    changes = change.catch(() => undefined);
    return change;
  };

  return {
    status: () => ({ name, state, startedAt, restarts, lastExit, revision: current().revision, revisions: [...revisions], log: [...log] }),
    environment: () => ({ ...current().environment }),
    setEnvironment: (variable, value) => {
      const { revision, environment } = current();
      revisions.push({ revision: revision + 1, at: now(), environment: { ...environment, [variable]: value }, healthy: false });
      if (revisions.length > keptRevisions) revisions.shift();
      note(`supervisor: revision ${revision + 1}: ${variable} changed, replacing the process`);
      return replaceProcess();
    },
    restart: () => {
      if (startedAt !== null) note('supervisor: restarting the process');
      return replaceProcess();
    },
    send: (message) => void (child?.connected && child.send(message)),
    pid: () => child?.pid,
    stop: async () => {
      ended = true;
      await end();
      await changes;
      await end();
      state = 'stopped';
    },
  };
}

const now = (): string => new Date().toISOString();

const backOff = (exits: number): number => Math.min(8000, 500 * 2 ** (exits - 1));

function readLines(process: ChildProcess, note: (line: string) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream) readline.createInterface({ input: stream }).on('line', note);
  }
}

/** True once /healthz answers 200; false when the process is no longer the current one. */
async function untilHealthy(environment: Record<string, string>, isCurrent: () => boolean): Promise<boolean> {
  while (isCurrent()) {
    const healthy = await fetch(`http://127.0.0.1:${environment['PORT']}/healthz`, { signal: AbortSignal.timeout(1000) }).then(
      async (response) => (await response.text(), response.ok),
      () => false,
    );
    if (healthy && isCurrent()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
