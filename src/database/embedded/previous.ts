/** What an earlier start left behind: a stale lock file, an orphaned server, or a server that is in use. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '../../telemetry/log.ts';
import { EmbeddedRunningError } from './errors.ts';
import type { Location } from './location.ts';

interface Owner {
  /** The Node process that started the server. */
  pid: number;
  server: number;
}

export async function recordOwner(location: Location, server: number): Promise<void> {
  await writeFile(location.ownerFile, JSON.stringify({ pid: process.pid, server } satisfies Owner), { mode: 0o600 });
}

/**
 * Leaves the directory ready for a start. A server whose sre-agent is gone (kill -9) is stopped.
 * @throws EmbeddedRunningError when another living process uses it
 */
export async function clearPrevious(location: Location, log: Logger): Promise<void> {
  const lockFile = path.join(location.cluster, 'postmaster.pid');
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]?.trim() ?? 0);
  if (!Number.isInteger(pid) || pid <= 0) return;
  if (!isAlive(pid) || !(await isPostgres(pid, location.cluster))) {
    log.info({ pid }, 'Removing the lock file of a PostgreSQL that is gone');
    await rm(lockFile, { force: true });
    return;
  }
  const owner = await readOwner(location);
  if (!owner || owner.server !== pid) throw new EmbeddedRunningError(location.cluster, pid, 'not started by this sre-agent');
  if (isAlive(owner.pid)) throw new EmbeddedRunningError(location.cluster, pid, `started by process ${owner.pid}`);
  log.warn({ pid, owner: owner.pid }, 'Stopping the PostgreSQL of an sre-agent that was killed');
  await stopOrphan(pid);
}

async function stopOrphan(pid: number): Promise<void> {
  const signals: [NodeJS.Signals, number][] = [['SIGINT', 30_000], ['SIGQUIT', 10_000], ['SIGKILL', 10_000]];
  for (const [signal, patience] of signals) {
    signalProcess(pid, signal);
    for (const end = Date.now() + patience; Date.now() < end; await sleep(50)) if (!isAlive(pid)) return;
  }
}

async function readOwner(location: Location): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(location.ownerFile, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A pid is reused, above all in containers: only a process with this data directory on its command line counts. */
async function isPostgres(pid: number, cluster: string): Promise<boolean> {
  const command = await commandLine(pid);
  return command === undefined || command.includes(cluster);
}

/** Undefined when this system can't say. A zombie has none. */
async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (process.platform === 'win32') return undefined;
  return promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then((result) => result.stdout, () => undefined);
}
