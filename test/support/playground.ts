/** The whole playground as a newcomer starts it: `node dist/playground/start.js`, on free ports and an empty folder. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestPlayground {
  url: string;
  productUrl: string;
  /** The administrator's kubeconfig of its cluster. */
  kubeconfig: string;
  /** Everything it printed. */
  output(): string;
  close(): Promise<void>;
}

const entry = process.env['PLAYGROUND_ENTRY'] ?? 'dist/playground/start.js';

export async function startTestPlayground(environment: Record<string, string> = {}, options: readonly string[] = []): Promise<TestPlayground> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run "npm run build" first (npm test does)`);
  const directory = await mkdtemp(join(tmpdir(), 'sre-playground-'));
  const child = spawn(process.execPath, [entry, '--port', '0', '--data', directory, ...options], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', ...environment } });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /Open (http:\/\/\S+?):? /.exec(output);
      if (found?.[1]) resolve(found[1]);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    void ended.then((code) => reject(new Error(`the playground ended with ${String(code)}:\n${output}`)));
  });
  return {
    url,
    productUrl: /product: ready on (http:\/\/[\d.:]+)/.exec(output)?.[1] ?? '',
    kubeconfig: /export KUBECONFIG=(\S+)/.exec(output)?.[1] ?? '',
    output: () => output,
    async close() {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
