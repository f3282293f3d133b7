import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const program = `
import { startProductDatabase } from ${JSON.stringify(new URL('../../../../bench/sre/contestants/product/database.ts', import.meta.url).href)};
const { url } = await startProductDatabase(process.argv[1]);
process.stdout.write(url + '\\n');
setInterval(() => undefined, 1000);`;

test("the product's database ends with a world that is killed", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pdb-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const world = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program, join(directory, 'db')], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void world.kill('SIGKILL'));
  const url = await new Promise<string>((resolve) => { world.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim())); });
  const port = Number(new URL(url).port);
  expect(await answers(port)).toBe(true);
  world.kill('SIGKILL');
  await expect.poll(() => answers(port), { timeout: 20_000 }).toBe(false);
});

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}
