/** One cluster per directory: the next start empties it. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'cluster.lock';

/** Throws while another cluster lives in the directory. */
export async function refuseWhileRunning(directory: string): Promise<void> {
  const pid = await runningIn(directory);
  if (pid !== undefined) throw new Error(`A cluster runs in ${directory} already (process ${pid}): stop it, or give this one another directory.`);
}

export const isRunning = async (directory: string): Promise<boolean> => (await runningIn(directory)) !== undefined;

async function runningIn(directory: string): Promise<string | undefined> {
  const [pid = '', started = ''] = (await readFile(join(directory, fileName), 'utf8').catch(() => '')).split(' ');
  return pid === '' || startOf(Number(pid)) !== started ? undefined : pid;
}

/** Returns what gives the directory back. */
export async function takeDirectory(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, fileName);
  await writeFile(file, `${process.pid} ${startOf(process.pid)}`);
  return () => rm(file, { force: true });
}

/** Tells a process from a later one with its number, where /proc says; undefined when there is none. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return 'unknown';
  }
}
