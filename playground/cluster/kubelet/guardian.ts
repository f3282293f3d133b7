/**
 * No container outlives the cluster: a small process of its own is told every process group over a pipe, and kills those
 * that are left when the pipe closes, which it does however this process ends, kill -9 included.
 */
import { spawn } from 'node:child_process';

export interface Guardian {
  watch(group: number): void;
  forget(group: number): void;
  /** Kills what is left and ends. */
  stop(): void;
}

const program = `
const groups = new Set();
let rest = '';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const group = Number(line.slice(1));
    if (!(group > 1)) continue;
    if (line[0] === '+') groups.add(group); else groups.delete(group);
  }
});
const finish = () => {
  for (const group of groups) { try { process.kill(-group, 'SIGKILL'); } catch {} }
  process.exit(0);
};
process.stdin.on('end', finish);
process.stdin.on('error', finish);`;

export function startGuardian(): Guardian {
  const child = spawn(process.execPath, ['--max-old-space-size=16', '--input-type=commonjs', '-e', program], { stdio: ['pipe', 'ignore', 'ignore'], env: {}, detached: true });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?(): void }).unref?.();
  return {
    watch: (group) => void child.stdin.write(`+${group}\n`),
    forget: (group) => void child.stdin.write(`-${group}\n`),
    stop: () => void child.stdin.end(),
  };
}
