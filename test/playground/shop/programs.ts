import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort } from '../../../src/database/embedded/free-port.ts';
import { shopImages } from '../../../playground/shop/images.ts';
import { waitFor } from '../../support/wait-for.ts';

export interface Running {
  url: string;
  /** Parsed lines of its log. */
  lines(): Record<string, unknown>[];
  output(): string;
  child: ChildProcess;
  /** The exit code once it ended. */
  ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

/** Runs an image of the shop's registry as a container would, on a port of its own. */
export async function runImage(image: string, environment: Record<string, string>, argv: readonly string[] = []): Promise<Running> {
  const pull = shopImages().pull(`registry.shop.local/${image}`);
  if (!('image' in pull)) throw new Error(pull.error);
  const [program = '', ...words] = pull.image.entrypoint;
  const port = await freePort();
  const child = spawn(program, [...words, ...argv], {
    cwd: path.resolve('.'),
    env: { PATH: process.env['PATH'] ?? '', PORT: String(port), LISTEN_ADDRESS: '127.0.0.1', SHUTDOWN_DELAY_MS: '50', ...pull.image.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    url: `http://127.0.0.1:${port}`,
    child,
    ended,
    output: () => text,
    lines: () => text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [])),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

export async function untilReady(running: Running): Promise<void> {
  await waitFor(`ready: ${running.url}`, async () => {
    if (running.child.exitCode !== null) throw new Error(`it ended: ${running.output()}`);
    return fetch(`${running.url}/readyz`).then((response) => response.ok, () => false);
  }, 90);
}

export interface Answer {
  status: number;
  requestId: string | null;
  body: Record<string, unknown>;
}

export async function ask(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { method: body === undefined ? 'GET' : 'POST', body: body === undefined ? null : JSON.stringify(body), headers, signal: AbortSignal.timeout(30_000) });
  return { status: response.status, requestId: response.headers.get('x-request-id'), body: (await response.json()) as Record<string, unknown> };
}
