import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createRandom } from '../../../../playground/scenarios/random.ts';
import { drawNamespace } from '../../../../playground/scenarios/worlds/namespace-name.ts';
import { openWorld } from '../../../../playground/scenarios/worlds/playground/open.ts';
import { describeWorld } from '../../../contracts/world.ts';
import { findProgram, requirement } from '../../../support/requirements.ts';
import { waitFor } from '../../../support/wait-for.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

test('the shop\'s namespace follows from the seed, and differs between seeds', () => {
  const names = Array.from({ length: 30 }, (_unused, index) => drawNamespace(createRandom(`seed ${index}`)));
  expect(names).toEqual(Array.from({ length: 30 }, (_unused, index) => drawNamespace(createRandom(`seed ${index}`))));
  expect(new Set(names).size).toBeGreaterThan(15);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)?$/);
});

describe.skipIf(process.platform !== 'linux' || !requirement('kubectl'))('a world on this machine', () => {
  const directories: string[] = [];
  afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true, maxRetries: 5 }))));

  const mariadb = requirement('mariadbd');
  describeWorld('the playground', { mariadb }, async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'world-'));
    directories.push(directory);
    const running = await openWorld({ seed: 'contract', directory, log: () => undefined, latency: 10, needs: mariadb ? ['mariadb'] : [] });
    return {
      running,
      directory: path.join(directory, 'agents'),
      kubectl: findProgram('kubectl') ?? 'kubectl',
      leftovers: async () => {
        // A killed process stays in the list for a moment.
        await waitFor('the processes to end', () => processesOf(directory).length === 0, 20).catch(() => undefined);
        return processesOf(directory);
      },
    };
  });
});

/** Command lines of other processes that have to do with a folder. */
function processesOf(directory: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    try {
      const text = `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}\n${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
      return text.includes(directory) ? [text.split('\n')[0]?.replaceAll('\0', ' ') ?? pid] : [];
    } catch {
      return [];
    }
  });
}
