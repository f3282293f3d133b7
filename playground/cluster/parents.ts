/** npm's end is no signal to what it runs. */
import { readFileSync } from 'node:fs';

const lookMilliseconds = 500;

/** Calls `gone` once when the parent, or (Linux) the parent's parent, is another one than now: a shell between npm and us may live on. */
export function whenParentsEnd(gone: () => void): void {
  const shell = process.ppid;
  const above = parentOf(shell);
  const timer = setInterval(() => {
    if (process.ppid === shell && (above === undefined || parentOf(shell) === above)) return;
    clearInterval(timer);
    gone();
  }, lookMilliseconds);
  timer.unref();
}

function parentOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  } catch {
    return undefined;
  }
}
