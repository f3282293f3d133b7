/** What the kernel says about a container's processes. Linux: /proc. Elsewhere nothing is known. */
import { readFileSync } from 'node:fs';

export interface ProcessSample {
  /** Clock ticks of the process and its children that ended. */
  ticks: number;
  /** Anonymous memory: what a cgroup would charge to this container alone. */
  bytes: number;
}

const pageBytes = 4_096;
export const ticksPerSecond = 100;

/** `pid` and all its descendants, itself first: those that were started by first threads, as shells and Node do. */
export function processTree(pid: number): number[] {
  const found = [pid];
  for (let index = 0; index < found.length; index += 1) {
    const parent = found[index] ?? 0;
    for (const child of read(`/proc/${parent}/task/${parent}/children`)?.trim().split(' ') ?? []) if (child !== '') found.push(Number(child));
  }
  return found;
}

export function sampleTree(pid: number): ProcessSample {
  let ticks = 0;
  let bytes = 0;
  for (const member of processTree(pid)) {
    const stat = read(`/proc/${member}/stat`);
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    ticks += [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
    bytes += memoryOf(member);
  }
  return { ticks, bytes };
}

export const memoryOfTree = (pid: number): number => processTree(pid).reduce((sum, member) => sum + memoryOf(member), 0);

function memoryOf(pid: number): number {
  const [, resident = 0, shared = 0] = (read(`/proc/${pid}/statm`) ?? '').split(' ').map(Number);
  return Math.max(0, resident - shared) * pageBytes;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
