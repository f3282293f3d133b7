/** The product as its users run it: a process of its own with an environment and a file, started again if it dies. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Product {
  /** Resolves once /readyz says so; throws when it can't start, with its own words. */
  ready(): Promise<void>;
  /** The running process, for tests that kill it. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

export interface ProductSettings {
  environment: Record<string, string>;
  /** Its working directory: an .env of the checkout is not for the playground. */
  directory: string;
  port: number;
  /** Its log lines, raw. */
  onLine: (line: string) => void;
}

/** Ends the product when the pipe from us closes, even after kill -9: the product itself knows nothing of it. From source where we run from source, so that nobody watches an older build. */
const [launcher, loader] = import.meta.url.endsWith('.ts')
  ? [fileURLToPath(new URL('product-launcher.ts', import.meta.url)), ['--import', import.meta.resolve('tsx')]]
  : [fileURLToPath(new URL('product-launcher.js', import.meta.url)), []];

export function startProduct({ environment, directory, port, onLine }: ProductSettings): Product {
  let child: ChildProcess | undefined;
  let stopping = false;
  let restarts = 0;
  let lastLines: string[] = [];

  function launch(): void {
    const begun = Date.now();
    const started = spawn(process.execPath, [...loader, launcher], { stdio: ['pipe', 'pipe', 'pipe'], env: environment, cwd: directory });
    child = started;
    let rest = '';
    const take = (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        lastLines = [...lastLines.slice(-19), line];
        onLine(line);
      }
    };
    started.stdout.on('data', take);
    started.stderr.on('data', take);
    started.on('exit', () => {
      if (stopping) return;
      restarts = Date.now() - begun > 30_000 ? 0 : restarts + 1;
      if (restarts <= 3) setTimeout(() => stopping || launch(), 1000 * restarts);
      else child = undefined;
    });
  }

  launch();
  return {
    pid: () => child?.pid,
    async ready() {
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
        if (answer?.ok) return;
        if (child === undefined) throw new Error(`The product does not start:\n${lastLines.join('\n')}`);
        await sleep(100);
      }
    },
    async stop() {
      stopping = true;
      const running = child;
      if (!running || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      await Promise.race([gone, sleep(10_000)]);
      running.kill('SIGKILL');
    },
  };
}
