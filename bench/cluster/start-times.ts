/** How long a cluster takes to answer, and to run a first pod: each time in a new process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { milliseconds } from './figures.ts';

interface Start {
  process: number;
  ready: number;
  running: number;
  stop: number;
}

const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './run-start.ts' : './run-start.js', import.meta.url));

export async function measureStarts(times: number): Promise<string[]> {
  const starts: Start[] = [];
  for (let index = 0; index < times; index += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program]);
    starts.push(JSON.parse(stdout) as Start);
  }
  const of = (name: keyof Start): string => milliseconds(starts.map((start) => start[name]));
  return [
    `from start of the process to ready API    ${of('process')}; target 2000 ms`,
    `from startCluster to ready API            ${of('ready')}`,
    `from startCluster to a first running pod  ${of('running')}`,
    `stop with two running pods                ${of('stop')}`,
  ];
}
