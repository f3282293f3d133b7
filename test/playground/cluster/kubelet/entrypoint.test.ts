/** An image's own command has the machine's paths, a pod's has the container's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.ts';
import { startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

let cluster: KubeletCluster;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'entrypoint-'));
  const script = join(folder, 'script.sh');
  writeFileSync(script, 'echo started; echo text > "$1"; echo "$1"; sleep 1000\n');
  cluster = await startKubeletCluster({ images: { pull: () => ({ image: { id: `sha256:${'0'.repeat(64)}`, entrypoint: ['/usr/bin/env', 'sh', script] } }) } });
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('runs from a checkout below /tmp, although containers have a /tmp of their own', async () => {
  cluster.pod('script', { containers: [{ name: 'main', image: 'any/script:1', args: ['/tmp/written'] }] });
  await cluster.until('script', 'running', ({ status }) => status?.containerStatuses?.[0]?.ready === true);
  const log = await waitFor('its lines', async () => [(await cluster.logs('script', 'main')).split('\n')].find((lines) => lines.length > 2));
  const [first, path] = log;
  expect(first).toBe('started');
  expect(path).toContain(join(cluster.directory, 'kubelet'));
  expect(path).toMatch(/\/tmp\/written$/);
});
