/** What people write into a cluster is seen; what controllers make of it is not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../../../../playground/cluster/cluster.ts';
import { startCluster } from '../../../../playground/cluster/start.ts';
import { clusterState } from '../../../../playground/scenarios/state/cluster-state.ts';
import { compareSnapshots } from '../../../../playground/scenarios/state/compare.ts';
import type { World } from '../../../../playground/scenarios/world.ts';
import { eventually } from '../../../support/page-client.ts';

let cluster: Cluster;
let directory: string;
let world: World;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cluster-state-'));
  cluster = await startCluster({ directory, port: 0, images: { pull: (reference) => ({ error: `${reference}: not found` }) }, nodes: [{ name: 'node1' }], log: () => undefined });
  cluster.apply(`
apiVersion: v1
kind: Namespace
metadata: { name: market }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: market }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "registry.shop.local/web:1" }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: market }
data: { COLOUR: red }
---
apiVersion: v1
kind: Secret
metadata: { name: web, namespace: market }
stringData: { token: sesame-opens }
`, 'kubectl');
  world = { namespace: 'market', cluster: { list: async (resource: string) => cluster.client.list(resource) } } as unknown as World;
  await eventually('the pod is made', async () => cluster.client.list('pods', { namespace: 'market' }).length === 1);
}, 60_000);
afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

const differences = async (change: () => unknown) => {
  const before = await clusterState(world);
  change();
  return compareSnapshots(before, await clusterState(world));
};

it('names objects by resource, and by namespace where it is not the shop\'s', async () => {
  const names = [...(await clusterState(world)).keys()];
  expect(names).toEqual(expect.arrayContaining(['deployments.apps/web', 'configmaps/web', 'secrets/web', 'namespaces//market', 'nodes//node1', 'configmaps/kube-system/coredns']));
  expect(names.filter((name) => /^(pods|replicasets)/.test(name) && name.includes('web'))).toEqual([]);
});

it.each<[string, () => unknown, string, string]>([
  ['a value of a ConfigMap', () => cluster.client.modify('configmaps', 'market', 'web', (object) => void (object.data = { COLOUR: 'blue' })), 'configmaps/web', 'changed'],
  ['a template', () => cluster.client.modify('deployments.apps', 'market', 'web', (object) => object.spec && void (object.spec.template.spec!.containers[0]!.image = 'registry.shop.local/web:2')), 'deployments.apps/web', 'changed'],
  ['a label', () => cluster.client.modify('namespaces', undefined, 'market', (object) => void (object.metadata.labels = { ...object.metadata.labels, team: 'blue' })), 'namespaces//market', 'changed'],
  ['a cordon', () => cluster.client.modify('nodes', undefined, 'node1', (object) => object.spec && void (object.spec.unschedulable = true)), 'nodes//node1', 'changed'],
  ['a pod of nobody', () => cluster.apply('apiVersion: v1\nkind: Pod\nmetadata: { name: debug, namespace: market }\nspec: { containers: [{ name: debug, image: "registry.shop.local/web:1" }] }', 'kubectl'), 'pods/debug', 'added'],
  ['a role', () => cluster.apply('apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: everything }\nrules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]', 'kubectl'), 'clusterroles.rbac.authorization.k8s.io//everything', 'added'],
  ['what is gone', () => cluster.client.delete('secrets', 'market', 'web'), 'secrets/web', 'removed'],
])('%s is seen', async (_what, change, name, how) => {
  expect(await differences(change)).toEqual([{ name, how }]);
});

it('a restart and a change cause are none', async () => {
  expect(await differences(() => cluster.client.modify('deployments.apps', 'market', 'web', (object) => {
    object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': 'release 2' };
    const metadata = (object.spec!.template.metadata ??= {});
    metadata.annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
  }))).toEqual([]);
});

it('no value tells a secret', async () => {
  expect(JSON.stringify([...(await clusterState(world)).values()])).not.toMatch(/sesame|c2VzYW1l/);
});
