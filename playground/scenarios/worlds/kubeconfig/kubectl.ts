/** Real kubectl with an administrator's kubeconfig: an argument vector, never a shell. */
import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { findKubectl } from '../../../kube-tools.ts';

export interface Kubectl {
  /** What it printed. Throws with its own words. */
  (words: readonly string[], input?: string): Promise<string>;
  program: string;
  kubeconfig: string;
}

const timeoutMilliseconds = 60_000;
const outputBytes = 64 * 2 ** 20;

export async function openKubectl(kubeconfig: string, home: string): Promise<Kubectl> {
  const program = await findKubectl();
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: kubeconfig };
  const run = (words: readonly string[], input?: string): Promise<string> => new Promise((resolve, reject) => {
    const child: ChildProcess = execFile(program, [...words], { env: environment, timeout: timeoutMilliseconds, maxBuffer: outputBytes }, (error, stdout, stderr) => {
      if (error) reject(new Error(`kubectl ${words.slice(0, 4).join(' ')}: ${stderr.trim().split('\n').at(-1) || error.message}`));
      else resolve(stdout);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
  return Object.assign(run, { program, kubeconfig });
}
