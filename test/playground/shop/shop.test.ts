import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Cluster } from '../../../playground/cluster/cluster.ts';
import { startCluster } from '../../../playground/cluster/start.ts';
import { startShop, type Shop } from '../../../playground/shop/shop.ts';
import { findHelm } from '../../../playground/shop/helm-release.ts';
import { shopImages } from '../../../playground/shop/images.ts';
import { lookAtCluster } from '../../../src/roles/self-test/kubernetes.ts';
import { lookAtPostgres } from '../../../src/roles/self-test/postgres.ts';
import { silentLogger } from '../../../src/telemetry/log.ts';
import { secret } from '../../support/changes.ts';
import { findProgram, requirement } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait-for.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

const run = promisify(execFile);
const patience = 150;

describe.skipIf(process.platform !== 'linux' || !requirement('kubectl'))('the shop in the cluster', () => {
  let directory: string;
  let cluster: Cluster;
  let shop: Shop;
  const kubectl = async (...words: string[]): Promise<string> => (await run(findProgram('kubectl') ?? 'kubectl', ['--kubeconfig', cluster.adminKubeconfig, '--namespace', 'shop', ...words])).stdout;
  const stateOf = (name: string): string | undefined => shop.world().services.find((service) => service.name === name)?.state;
  const isActive = (id: string): boolean => shop.world().faults.find((fault) => fault.id === id)?.active ?? false;
  const untilHealthy = () => waitFor('every service to be healthy', () => {
    // In a few seconds a quiet service may see too little to be judged.
    const states = shop.world().services.map(({ state }) => state);
    return !states.includes('down') && !states.includes('degraded') && stateOf('frontend') === 'healthy';
  }, patience);
  const untilSuffering = (name: string) => waitFor(`${name} to suffer`, () => stateOf(name) === 'degraded' || stateOf(name) === 'down', patience);

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'shop-'));
    cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: shopImages(), timing: { speed: 10 } });
    shop = await startShop(cluster, { directory: path.join(directory, 'shop'), log: silentLogger, windowMilliseconds: 4_000, patienceSeconds: 200 });
  });
  afterAll(async () => {
    await shop?.stop();
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  test('gets its traffic answered, and shows its pods', async () => {
    await untilHealthy();
    const { pods = [], databases } = shop.world();
    expect(databases).toMatchObject([{ name: 'orders-db', state: 'healthy' }]);
    for (const name of ['frontend', 'catalog', 'cart', 'checkout', 'payments', 'shipping', 'recommender', 'notifier', 'shop-operator', 'orders-db-0']) {
      expect(pods.filter((pod) => pod.name.startsWith(name)), name).toContainEqual(expect.objectContaining({ ready: '1/1', status: 'Running', node: expect.stringMatching(/./) as string }));
    }
    expect(pods.find((pod) => pod.name.startsWith('migrate-14'))).toMatchObject({ status: 'Completed' });
  });

  test('its operator applies flash sales and says what became of each', async () => {
    await waitFor('the status', async () => (await kubectl('get', 'flashsales', '-o', 'jsonpath={range .items[*]}{.metadata.name}={.status.phase} {end}')).trim() === 'autumn-kettles=Active new-year=Scheduled', patience);
    expect(JSON.parse(await kubectl('get', 'configmap', 'flash-sales', '-o', 'jsonpath={.data.sales\\.json}'))).toMatchObject({ sales: [{ product: 8, discountPercent: 20 }, {}, {}] });
  });

  test.skipIf(findHelm() === undefined)('the recommender is a helm release of two revisions', async () => {
    const { stdout } = await run(findHelm() ?? 'helm', ['history', 'recommender', '--namespace', 'shop', '--kubeconfig', cluster.adminKubeconfig, '--output', 'json'], { env: { ...process.env, HOME: directory } });
    expect((JSON.parse(stdout) as { revision: number; status: string }[]).map(({ revision, status }) => `${revision} ${status}`)).toEqual(['1 superseded', '2 deployed']);
  });

  test('the reader reads but no secrets; the executor patches but only in the shop', async () => {
    const can = async (account: string, ...words: string[]): Promise<string> => {
      const file = await cluster.kubeconfigFor({ namespace: 'sre-agent', name: account }, path.join(directory, `${account}.kubeconfig`));
      return (await run(findProgram('kubectl') ?? 'kubectl', ['--kubeconfig', file, 'auth', 'can-i', ...words]).catch((error: { stdout: string }) => error)).stdout.trim();
    };
    expect(await can('reader', 'get', 'pods', '--subresource=log', '-n', 'shop')).toBe('yes');
    expect(await can('reader', 'get', 'secrets', '-n', 'shop')).toBe('no');
    expect(await can('reader', 'patch', 'deployments', '-n', 'shop')).toBe('no');
    expect(await can('executor', 'patch', 'deployments', '-n', 'shop')).toBe('yes');
    expect(await can('executor', 'patch', 'deployments', '-n', 'kube-system')).toBe('no');
    expect(await can('executor', 'create', 'pods', '--subresource=exec', '-n', 'shop')).toBe('no');
  });

  test("the product's read identities can only read, as it finds itself at its start", async () => {
    const kubeconfig = await cluster.kubeconfigFor({ namespace: 'sre-agent', name: 'reader' }, path.join(directory, 'self-test.kubeconfig'));
    const signal = AbortSignal.timeout(60_000);
    expect(await lookAtCluster({ name: 'shop', kubeconfig: secret(kubeconfig), namespaces: ['shop'] }, { kubectl: findProgram('kubectl'), signal })).toEqual({ excess: [] });
    expect(await lookAtPostgres({ name: 'orders-db', kind: 'postgres', read: secret(shop.databaseUrls.read) }, signal)).toEqual({ identity: 'sre_read', excess: [] });
  });

  test.each([
    ['wrong-selector', 'catalog'],
    ['crashing-release', 'payments'],
  ])('%s is felt by %s, and is over when it is repaired', async (id, sufferer) => {
    await untilHealthy();
    await shop.setFault(id, true);
    expect(isActive(id)).toBe(true);
    await untilSuffering(sufferer);
    await shop.setFault(id, false);
    expect(isActive(id)).toBe(false);
    await untilHealthy();
  });

  test('a fault that somebody repairs with kubectl is gone', async () => {
    await shop.setFault('wrong-upstream-host', true);
    await untilSuffering('checkout');
    await kubectl('rollout', 'undo', 'deployment/checkout');
    await waitFor('the fault to be gone', () => !isActive('wrong-upstream-host'));
    await untilHealthy();
    expect(await kubectl('rollout', 'history', 'deployment/checkout')).toContain('REVISION');
  });
});
