/**
 * No container outlives the cluster, and no process its container: a small process of its own is told every process group
 * over a pipe. It kills what is left when the pipe closes, which it does however this process ends, kill -9 included.
 * Processes that left their group are known by what they inherited: the container's environment or its working directory
 * (from /proc; elsewhere only groups are known). One that gives up both and closes its output is not found.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface Guardian {
  watch(group: number): void;
  forget(group: number): void;
  /** Kills what still belongs to the container whose files are below `home`. */
  reap(home: string): void;
  /** Kills what is left and ends; resolves when it did. */
  stop(): Promise<void>;
}

const program = String.raw`
const { readdirSync, readFileSync, readlinkSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const directory = process.argv[1];
const groups = new Set();
const homes = new Set();
let reaping;
let rest = '';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const attempt = (what) => { try { return what(); } catch { return undefined; } };
const belongs = (pid, home) => {
  const variables = attempt(() => readFileSync('/proc/' + pid + '/environ', 'utf8'));
  if (variables === undefined) return false;
  for (const variable of variables.split('\0')) {
    const start = ['CONTAINER_SANDBOX=', 'HOME='].find((name) => variable.startsWith(name));
    if (start !== undefined && variable.startsWith(home + '/', start.length)) return true;
    if (home === directory && variable.startsWith('PATH=' + directory + '/programs:')) return true;
  }
  const place = attempt(() => readlinkSync('/proc/' + pid + '/cwd'));
  if (place === undefined || !place.startsWith(home + '/')) return false;
  const stat = attempt(() => readFileSync('/proc/' + pid + '/stat', 'utf8')) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4] === '0';
};
const round = (places) => {
  let found = 0;
  for (const name of attempt(() => readdirSync('/proc')) ?? []) {
    const pid = Number(name);
    if (!(pid > 1) || pid === process.pid || !places.some((home) => belongs(pid, home))) continue;
    if (attempt(() => process.kill(pid, 'SIGKILL'))) found += 1;
  }
  return found;
};
const reap = async () => {
  while (homes.size > 0) {
    const places = [...homes];
    homes.clear();
    for (let tries = 0; tries < 50 && round(places) > 0; tries += 1) await sleep(5);
  }
  reaping = undefined;
};
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (line[0] === '!') {
      homes.add(line.slice(1));
      reaping ??= sleep(10).then(reap);
      continue;
    }
    const group = Number(line.slice(1));
    if (!(group > 1)) continue;
    if (line[0] === '+') groups.add(group); else groups.delete(group);
  }
});
let finishing = false;
const finish = async () => {
  if (finishing) return;
  finishing = true;
  for (const group of groups) attempt(() => process.kill(-group, 'SIGKILL'));
  for (let tries = 0; tries < 200 && round([directory]) > 0; tries += 1) await sleep(10);
  process.exit(0);
};
process.stdin.on('end', finish);
process.stdin.on('error', finish);`;

/** `directory`: holds the files of all containers. */
export function startGuardian(directory: string): Guardian {
  const groups = new Set<number>();
  let stopped = false;
  let child = begin();
  const tell = (line: string): void => void (child.stdin?.writable === true && child.stdin.write(`${line}\n`));

  function begin(): ChildProcess {
    const started = spawn(process.execPath, ['--max-old-space-size=16', '--input-type=commonjs', '-e', program, directory], { stdio: ['pipe', 'ignore', 'ignore'], env: {}, detached: true });
    started.on('error', () => undefined);
    started.stdin.on('error', () => undefined);
    started.unref();
    (started.stdin as unknown as { unref?(): void }).unref?.();
    for (const group of groups) started.stdin.write(`+${group}\n`);
    // Somebody killed it: another one takes over.
    started.once('exit', () => {
      if (!stopped) child = begin();
    });
    return started;
  }

  return {
    watch: (group) => {
      groups.add(group);
      tell(`+${group}`);
    },
    forget: (group) => {
      groups.delete(group);
      tell(`-${group}`);
    },
    reap: (home) => tell(`!${home}`),
    stop: () => {
      stopped = true;
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.ref();
      child.stdin?.end();
      return ended;
    },
  };
}
