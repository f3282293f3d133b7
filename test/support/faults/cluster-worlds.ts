/** The changes of Kubernetes objects with the real kubectl on one playground cluster; each world has objects of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cluster } from '../../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../../playground/cluster/start.ts';
import type { Action } from '../../../src/changes/action.ts';
import { clusterTarget } from '../../changes/actions/cluster-world.ts';
import { targetsWith, until } from '../changes.ts';
import { findProgram } from '../requirements.ts';
import type { ApiProxy } from './api-proxy.ts';
import { openApiProxy } from './api-proxy.ts';
import { corefile, helmRuns, installRelease, startDns, upgradeRelease, writeCorefile } from './dns-and-helm.ts';
import type { OpenWorld } from './world.ts';

interface Sort {
  /** `name` is the world's own. */
  action: (name: string, cluster: Cluster) => Action;
  before: (name: string, cluster: Cluster) => Promise<void> | void;
  move: (name: string, cluster: Cluster) => Promise<void> | void;
  /** What its writes name, where that is not `name`. */
  word?: (name: string, cluster: Cluster) => string;
  /** A deletion is not for admission to change. */
  immutable?: boolean;
  after?: (name: string, cluster: Cluster) => void;
  /** Where one command is several writes: how often it was begun. */
  runs?: (name: string, writes: readonly string[]) => number;
}

const place = { target: 'production', namespace: 'shop' } as const;
const workload = (name: string) => ({ ...place, workload: 'deployment', name }) as const;
const json = (object: object): string => JSON.stringify(object);
const metadata = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more });
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name, { labels: { app: name } }), data: { LEVEL: 'info', URL: 'http://wrong' } });
const policy = (name: string) => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadata(name), spec: { podSelector: { matchLabels: { app: 'nobody' } }, policyTypes: ['Ingress'] } });
const secretObject = (name: string, password: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: metadata(name), stringData: { password } });

function deployment(name: string, tag = '1'): object {
  const container = { name: 'web', image: `registry.local/busybox:${tag}`, command: ['sleep', '100000'], env: [{ name: 'MODE', value: 'slow' }] };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata(name), spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } } } };
}

const rolledOut = (name: string, cluster: Cluster) => until(async () => {
  const { metadata: { generation } = {}, spec, status } = cluster.client.get('deployments.apps', 'shop', name) ?? {};
  return status?.observedGeneration === generation && status?.updatedReplicas === spec?.replicas && status?.readyReplicas === spec?.replicas && status?.replicas === spec?.replicas;
}, `${name} rolls out`, 90_000);

async function applied(name: string, cluster: Cluster, tag?: string): Promise<void> {
  cluster.apply(json(deployment(name, tag)));
  await rolledOut(name, cluster);
}

const podOf = (name: string, cluster: Cluster): string => cluster.client.list('pods', { namespace: 'shop', labels: { app: name } })[0]?.metadata.name ?? '';
const onDeployment = (action: (name: string) => Action): Sort => ({
  action,
  before: (name, cluster) => applied(name, cluster),
  move: (name, cluster) => void cluster.client.modify('deployments.apps', 'shop', name, (copy) => { if (copy.spec) copy.spec.progressDeadlineSeconds = 500; }),
});
const onConfigMap = (action: (name: string) => Action): Sort => ({
  action,
  before: (name, cluster) => void cluster.apply(json(configMap(name))),
  move: (name, cluster) => void cluster.client.modify('configmaps', 'shop', name, (copy) => { copy.data = { LEVEL: 'debug', URL: 'http://third' }; }),
});
const onPod = (action: (pod: string) => Action): Sort => ({
  action: (name, cluster) => action(podOf(name, cluster)),
  before: (name, cluster) => applied(name, cluster),
  move: (name, cluster) => void cluster.client.modify('pods', 'shop', podOf(name, cluster), (copy) => { copy.metadata.labels = { ...copy.metadata.labels, 'pod-template-hash': 'other' }; }),
  immutable: true,
});
const setSchedulable = (unschedulable: boolean) => (_name: string, cluster: Cluster): void => void cluster.client.modify('nodes', undefined, 'node2', (node) => { node.spec = { ...node.spec, unschedulable }; });
const onNode = (kind: 'kubectl.cordon' | 'kubectl.uncordon', before: boolean): Sort => ({
  action: () => ({ kind, target: 'production', name: 'node2' }),
  before: setSchedulable(before),
  move: setSchedulable(!before),
  word: () => '/nodes/node2',
  immutable: true,
  after: setSchedulable(false),
});

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, listKind: WidgetList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
`;

const sorts: Partial<Record<Action['kind'], Sort>> = {
  'kubectl.rollout_undo': {
    ...onDeployment((name) => ({ kind: 'kubectl.rollout_undo', ...workload(name), to_revision: 1 })),
    async before(name, cluster) {
      await applied(name, cluster);
      await applied(name, cluster, '1.2');
    },
  },
  'kubectl.rollout_restart': onDeployment((name) => ({ kind: 'kubectl.rollout_restart', ...workload(name) })),
  'kubectl.scale': onDeployment((name) => ({ kind: 'kubectl.scale', ...workload(name), replicas: 2 })),
  'kubectl.set_image': onDeployment((name) => ({ kind: 'kubectl.set_image', ...workload(name), container: 'web', image: 'registry.local/busybox:1.1' })),
  'kubectl.set_env': onDeployment((name) => ({ kind: 'kubectl.set_env', ...workload(name), container: 'web', variable: 'MODE', value: 'fast' })),
  'kubectl.set_resources': onDeployment((name) => ({ kind: 'kubectl.set_resources', ...workload(name), container: 'web', limits: { memory: '64Mi' } })),
  'kubectl.patch': onDeployment((name) => ({ kind: 'kubectl.patch', ...place, resource: 'deployment', name, type: 'merge', patch: '{"spec":{"minReadySeconds":1}}' })),
  'kubectl.configmap_key': onConfigMap((name) => ({ kind: 'kubectl.configmap_key', ...place, name, key: 'URL', value: 'http://payments:8080' })),
  'kubectl.metadata': onConfigMap((name) => ({ kind: 'kubectl.metadata', ...place, resource: 'configmap', name, field: 'label', key: 'team', value: 'orders' })),
  'kubectl.secret_key': {
    action: (name) => ({ kind: 'kubectl.secret_key', ...place, name, key: 'password', from: { source: 'secret', name: `${name}-new`, key: 'password' } }),
    before(name, cluster) {
      cluster.apply(json(secretObject(name, 'old password')));
      cluster.apply(json(secretObject(`${name}-new`, 'new password')));
    },
    move: (name, cluster) => void cluster.client.modify('secrets', 'shop', name, (copy) => { copy.data = { ...copy.data, other: 'eA==' }; }),
  },
  'kubectl.delete_pod': onPod((name) => ({ kind: 'kubectl.delete_pod', ...place, name })),
  'kubectl.evict': onPod((name) => ({ kind: 'kubectl.evict', ...place, name })),
  'kubectl.cordon': onNode('kubectl.cordon', false),
  'kubectl.uncordon': onNode('kubectl.uncordon', true),
  'kubectl.drain': {
    action: () => ({ kind: 'kubectl.drain', target: 'production', name: 'node2' }),
    async before(name, cluster) {
      cluster.client.modify('nodes', undefined, 'node1', (node) => { node.spec = { ...node.spec, unschedulable: true }; });
      await applied(name, cluster);
      cluster.client.modify('nodes', undefined, 'node1', (node) => { node.spec = { ...node.spec, unschedulable: false }; });
    },
    move: setSchedulable(true),
    word: () => '/nodes/node2',
    immutable: true,
    after: setSchedulable(false),
  },
  'kubectl.patch_custom': {
    action: (name) => ({ kind: 'kubectl.patch_custom', ...place, group: 'example.com', version: 'v1', plural: 'widgets', name, patch: '{"spec":{"teeth":{"count":14}}}' }),
    before: (name, cluster) => void cluster.apply(json({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: metadata(name), spec: { size: 3, teeth: { count: 12 } } })),
    move: (name, cluster) => void cluster.client.modify('widgets.example.com' as 'configmaps', 'shop', name, (copy) => { (copy as unknown as { spec: object }).spec = { size: 4 }; }),
  },
  'kubectl.create_object': {
    action: (name) => ({ kind: 'kubectl.create_object', ...place, manifest: json(configMap(name)) }),
    before: () => undefined,
    move: (name, cluster) => void cluster.apply(json({ ...configMap(name), data: { LEVEL: 'theirs' } })),
  },
  'kubectl.delete_object': {
    action: (name) => ({ kind: 'kubectl.delete_object', ...place, resource: 'networkpolicy', name }),
    before: (name, cluster) => void cluster.apply(json(policy(name))),
    move: (name, cluster) => void cluster.client.modify('networkpolicies.networking.k8s.io', 'shop', name, (copy) => { if (copy.spec) copy.spec.policyTypes = ['Egress']; }),
    immutable: true,
  },
  'kubectl.rerun_job': {
    action: (name) => ({ kind: 'kubectl.rerun_job', ...place, source: 'job', name }),
    async before(name, cluster) {
      cluster.apply(json({ apiVersion: 'batch/v1', kind: 'Job', metadata: metadata(name), spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [{ name: 'once', image: 'registry.local/busybox:1', command: ['true'] }] } } } }));
      await until(async () => cluster.client.get('jobs.batch', 'shop', name)?.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True'), `${name} is complete`, 90_000);
    },
    move: (name, cluster) => void cluster.client.delete('jobs.batch', 'shop', name),
    immutable: true,
  },
  'coredns.corefile': {
    action: () => ({ kind: 'coredns.corefile', target: 'production', value: corefile() }),
    async before(_name, cluster) {
      writeCorefile(cluster, corefile('cluster.locale'));
      await startDns(cluster);
    },
    move: (_name, cluster) => writeCorefile(cluster, corefile('cluster.locale', 5)),
    word: () => '/configmaps/coredns',
  },
  'helm.rollback': {
    action: (release) => ({ kind: 'helm.rollback', ...place, release, to_revision: 1 }),
    before: installRelease,
    move: upgradeRelease,
    runs: (name, writes) => helmRuns(writes, name, /^Rollback to 1$/),
  },
  'helm.upgrade_value': {
    action: (release) => ({ kind: 'helm.upgrade_value', ...place, release, key: 'level', value: 'trace' }),
    before: installRelease,
    move: upgradeRelease,
    runs: (name, writes) => helmRuns(writes, name, /upgrade/i),
  },
};

export interface ClusterWorlds {
  worlds: Record<string, OpenWorld>;
  close(): Promise<void>;
}

export async function openClusterWorlds(): Promise<ClusterWorlds> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sre-agent-faults-'));
  const cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: busyboxImages(), nodes: [{ name: 'node1' }, { name: 'node2' }], bare: true });
  cluster.apply('{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }');
  cluster.apply(definition);
  const proxy = await openApiProxy(cluster.adminKubeconfig, path.join(directory, 'proxy.kubeconfig'));
  let number = 0;
  const worlds = Object.fromEntries(Object.entries(sorts).map(([kind, sort]) => [kind, () => {
    number += 1;
    return openWorld(cluster, proxy, sort, `world-${number}-end`);
  }]));
  return {
    worlds,
    async close() {
      await proxy.close();
      await cluster.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function openWorld(cluster: Cluster, proxy: ApiProxy, { action, before, move, word, immutable, after, runs }: Sort, name: string): ReturnType<OpenWorld> {
  await before(name, cluster);
  const about = word?.(name, cluster) ?? name;
  const since = proxy.writes().length;
  return {
    action: action(name, cluster),
    targets: targetsWith({ clusters: [clusterTarget(proxy.kubeconfig)] }),
    programs: { kubectl: findProgram('kubectl'), helm: findProgram('helm') },
    runs: () => (runs ? runs(name, proxy.writes().slice(since)) : proxy.repeats(about, since)),
    move: async () => move(name, cluster),
    loseAnswers: () => proxy.loseAnswers(about),
    ...(!immutable && { mutate: () => proxy.mutate(about) }),
    seconds: 20,
    async close() {
      proxy.calm(about);
      after?.(name, cluster);
      for (const one of ['deployments.apps', 'jobs.batch'] as const) if (cluster.client.get(one, 'shop', name)) cluster.client.delete(one, 'shop', name);
      // One whose labels were moved has no controller that ends it.
      for (const { metadata: pod } of cluster.client.list('pods', { namespace: 'shop' })) if (pod.name.startsWith(name)) cluster.client.delete('pods', 'shop', pod.name);
    },
  };
}
