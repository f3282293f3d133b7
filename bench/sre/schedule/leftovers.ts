/** Which processes still belong to a folder: they work in it, or name it in their command or environment. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Process ids, this process excepted. Where there is no /proc only commands are known. */
export function processesOf(folder: string): number[] {
  return (existsSync('/proc/self') ? byProc(folder) : byPs(folder)).filter((pid) => pid !== process.pid);
}

function byProc(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const place = (file: string): string => attempt(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
      return attempt(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(folder) || place('cmdline').includes(folder) || place('environ').includes(folder);
    });
}

function byPs(folder: string): number[] {
  return spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).stdout
    .split('\n')
    .filter((line) => line.includes(folder))
    .map((line) => Number.parseInt(line, 10));
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
