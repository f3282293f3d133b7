/** The world for real clusters, in a cluster that is known through its administrator's kubeconfig alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Cluster } from '../../../../playground/cluster/cluster.ts';
import { startCluster } from '../../../../playground/cluster/start.ts';
import { openWorld } from '../../../../playground/scenarios/worlds/kubeconfig/open.ts';
import { shopImages } from '../../../../playground/shop/images.ts';
import { describeWorld } from '../../../contracts/world.ts';
import { findProgram, requirement } from '../../../support/requirements.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

describe.skipIf(process.platform !== 'linux' || !requirement('kubectl'))('a world in a real cluster', () => {
  let directory: string;
  let cluster: Cluster;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'kubeconfig-world-'));
    cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: shopImages(), nodes: [{ name: 'node1' }], timing: { speed: 5 }, log: () => undefined });
  });
  afterAll(async () => {
    await cluster?.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  const settings = () => ({ seed: 'contract', directory: path.join(directory, 'world'), log: () => undefined, latency: 10, kubeconfig: cluster.adminKubeconfig });
  const mine = (resource: string): string[] => cluster.client.list(resource).map(({ metadata }) => metadata.name).filter((name) => !before.get(resource)?.includes(name));
  const resources = ['namespaces', 'clusterroles.rbac.authorization.k8s.io', 'clusterrolebindings.rbac.authorization.k8s.io', 'customresourcedefinitions.apiextensions.k8s.io'];
  const before = new Map<string, string[]>();

  describeWorld('a cluster by its kubeconfig', { mariadb: false }, async () => {
    for (const resource of resources) before.set(resource, cluster.client.list(resource).map(({ metadata }) => metadata.name));
    const running = await openWorld(settings());
    return { running, directory: path.join(directory, 'agents'), kubectl: findProgram('kubectl') ?? 'kubectl', leftovers: async () => resources.flatMap(mine) };
  });

  test('refuses a cluster where the name of a namespace is taken', async () => {
    cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: { name: sre-agent }', 'kubectl');
    await expect(openWorld(settings())).rejects.toThrow(/already has namespace\/sre-agent/);
    expect(cluster.client.get('namespaces', undefined, 'sre-agent')).toBeDefined();
    cluster.client.delete('namespaces', undefined, 'sre-agent');
  });
});
