import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFailures } from '../../../../../playground/cluster/controllers/workloads/daemon-set/failures.ts';
import { isActive, isReady } from '../../../../../playground/cluster/controllers/workloads/shared/pods.ts';
import type { DaemonSetSpec, StatefulSetSpec } from '../../../../../playground/cluster/objects/types.ts';
import { namespace, startWorkloadCluster, type WorkloadCluster } from './workload-cluster.ts';

let cluster: WorkloadCluster;
beforeEach(() => {
  cluster = startWorkloadCluster();
});
afterEach(() => cluster.stop());

const template = (image: string) => ({ metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image }] } });
const names = () => cluster.pods().map(({ metadata }) => metadata.name);
const images = () => cluster.pods().map(({ spec }) => spec?.containers[0]?.image);
async function bringUp(): Promise<void> {
  for (let round = 0; round < 16; round += 1) {
    await cluster.settle();
    cluster.removeDeleted();
    cluster.makeAllReady();
  }
  await cluster.settle();
}

describe('a stateful set', () => {
  const create = (spec: Partial<StatefulSetSpec> = {}): void => void cluster.client.create('statefulsets.apps', {
    metadata: { name: 'orders-db', namespace },
    spec: {
      replicas: 2, serviceName: 'orders-db', selector: { matchLabels: { app: 'db' } }, template: template('db:1'), podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, revisionHistoryLimit: 10,
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
      ...spec,
    },
  });
  const change = (spec: Partial<StatefulSetSpec>): void => void cluster.client.modify('statefulsets.apps', namespace, 'orders-db', (copy) => Object.assign(copy.spec ?? {}, spec));
  const status = () => cluster.client.get('statefulsets.apps', namespace, 'orders-db')?.status;
  const revisions = () => cluster.client.list('controllerrevisions.apps', { namespace });
  const claims = () => cluster.client.list('persistentvolumeclaims', { namespace });

  it('makes its pods in order, each with a name and a claim that stay', async () => {
    create();
    await cluster.settle();
    expect(names()).toEqual(['orders-db-0']);
    cluster.makeAllReady();
    await cluster.settle();
    expect(names()).toEqual(['orders-db-0', 'orders-db-1']);
    expect(status()).toMatchObject({ replicas: 2, readyReplicas: 1, availableReplicas: 1, currentReplicas: 2, updatedReplicas: 2, collisionCount: 0 });
    const revision = revisions()[0]?.metadata.name ?? '';
    const [first] = cluster.pods();
    expect(first?.metadata.labels).toEqual({
      app: 'db', 'apps.kubernetes.io/pod-index': '0', 'controller-revision-hash': revision, 'statefulset.kubernetes.io/pod-name': 'orders-db-0',
    });
    expect(first?.spec).toMatchObject({ hostname: 'orders-db-0', subdomain: 'orders-db', volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-orders-db-0' } }] });
    expect(claims().map(({ metadata }) => [metadata.name, metadata.labels, metadata.ownerReferences])).toEqual([
      ['data-orders-db-0', { app: 'db' }, undefined], ['data-orders-db-1', { app: 'db' }, undefined],
    ]);
    expect(cluster.events('StatefulSet', 'orders-db')).toEqual([
      'SuccessfulCreate: create Claim data-orders-db-0 Pod orders-db-0 in StatefulSet orders-db success',
      'SuccessfulCreate: create Pod orders-db-0 in StatefulSet orders-db successful',
      'SuccessfulCreate: create Claim data-orders-db-1 Pod orders-db-1 in StatefulSet orders-db success',
      'SuccessfulCreate: create Pod orders-db-1 in StatefulSet orders-db successful',
    ]);
    cluster.client.delete('pods', namespace, 'orders-db-0', { graceSeconds: 0 });
    await cluster.settle();
    expect(names()).toEqual(['orders-db-0', 'orders-db-1']);
    expect(cluster.log).toEqual([]);
  });

  it('goes down from the highest number and keeps the claims', async () => {
    create({ replicas: 3 });
    await bringUp();
    change({ replicas: 1 });
    await cluster.settle();
    cluster.removeDeleted();
    await cluster.settle();
    cluster.removeDeleted();
    await cluster.settle();
    expect(names()).toEqual(['orders-db-0']);
    expect(cluster.events('StatefulSet', 'orders-db').slice(-2)).toEqual([
      'SuccessfulDelete: delete Pod orders-db-2 in StatefulSet orders-db successful', 'SuccessfulDelete: delete Pod orders-db-1 in StatefulSet orders-db successful',
    ]);
    expect(claims()).toHaveLength(3);
  });

  it('gives claims to the pods it scales away when the policy says so', async () => {
    create({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' } });
    await bringUp();
    expect(claims().map(({ metadata }) => metadata.ownerReferences?.[0]?.kind)).toEqual(['StatefulSet', 'StatefulSet']);
    cluster.client.modify('pods', namespace, 'orders-db-1', ({ metadata }) => void (metadata.finalizers = ['example.com/wait']));
    change({ replicas: 1 });
    await cluster.settle();
    expect(claims().map(({ metadata }) => metadata.ownerReferences?.[0]?.kind)).toEqual(['StatefulSet', 'Pod']);
  });

  it('rolls from the highest number down, stops at a pod that does not get ready, and can be put back', async () => {
    create({ replicas: 3 });
    await bringUp();
    const before = status()?.currentRevision;
    change({ template: template('db:2') });
    await cluster.settle();
    cluster.removeDeleted();
    await cluster.settle();
    expect(images()).toEqual(['db:1', 'db:1', 'db:2']);
    expect(status()).toMatchObject({ currentRevision: before, currentReplicas: 2, updatedReplicas: 1 });
    expect(status()?.updateRevision).not.toBe(before);
    await bringUp();
    expect(images()).toEqual(['db:2', 'db:2', 'db:2']);
    expect(status()?.currentRevision).toBe(status()?.updateRevision);
    expect(revisions().map(({ revision }) => revision).toSorted()).toEqual([1, 2]);
    change({ template: template('db:1') });
    await bringUp();
    expect(images()).toEqual(['db:1', 'db:1', 'db:1']);
    expect(revisions().map(({ revision }) => revision).toSorted()).toEqual([2, 3]);
    expect(status()?.currentRevision).toBe(before);
  });

  it('leaves the pods below the partition as they are, also when they come anew', async () => {
    create({ replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } });
    await bringUp();
    change({ template: template('db:2') });
    await bringUp();
    expect(images()).toEqual(['db:1', 'db:1', 'db:2']);
    cluster.client.delete('pods', namespace, 'orders-db-0', { graceSeconds: 0 });
    await bringUp();
    expect(images()).toEqual(['db:1', 'db:1', 'db:2']);
  });

  it('starts all at once under Parallel', async () => {
    create({ replicas: 3, podManagementPolicy: 'Parallel' });
    await cluster.settle();
    expect(names()).toEqual(['orders-db-0', 'orders-db-1', 'orders-db-2']);
  });

  it('waits for the hand that deletes under OnDelete', async () => {
    create({ updateStrategy: { type: 'OnDelete' } });
    await bringUp();
    change({ template: template('db:2') });
    await bringUp();
    expect(images()).toEqual(['db:1', 'db:1']);
    cluster.client.delete('pods', namespace, 'orders-db-1', { graceSeconds: 0 });
    await bringUp();
    expect(images()).toEqual(['db:1', 'db:2']);
  });
});

describe('a daemon set', () => {
  const node = (name: string, taints?: { key: string; effect: string }[]): void =>
    void cluster.client.create('nodes', { metadata: { name, labels: { 'kubernetes.io/os': 'linux', zone: name.slice(-1) } }, spec: taints === undefined ? {} : { taints } });
  const create = (spec: Partial<DaemonSetSpec> = {}): void => void cluster.client.create('daemonsets.apps', {
    metadata: { name: 'agent', namespace },
    spec: { selector: { matchLabels: { app: 'db' } }, template: template('db:1'), updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }, revisionHistoryLimit: 10, ...spec },
  });
  const status = () => cluster.client.get('daemonsets.apps', namespace, 'agent')?.status;
  const places = () => cluster.pods().map(({ spec }) => spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]).toSorted();
  it('has one pod on every node it fits, also on cordoned ones', async () => {
    node('node-a');
    node('node-b', [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]);
    node('node-c', [{ key: 'dedicated', effect: 'NoSchedule' }]);
    create();
    await cluster.settle();
    expect(places()).toEqual(['node-a', 'node-b']);
    expect(cluster.events('DaemonSet', 'agent').toSorted()).toEqual(names().map((name) => `SuccessfulCreate: Created pod: ${name}`).toSorted());
    await bringUp();
    expect(status()).toMatchObject({ desiredNumberScheduled: 2, currentNumberScheduled: 2, numberMisscheduled: 0, numberReady: 2, numberAvailable: 2, updatedNumberScheduled: 2 });
    node('node-d');
    await cluster.settle();
    expect(places()).toEqual(['node-a', 'node-b', 'node-d']);
    cluster.client.modify('daemonsets.apps', namespace, 'agent', (copy) => Object.assign(copy.spec?.template.spec ?? {}, { nodeSelector: { zone: 'd' } }));
    await bringUp();
    expect(places()).toEqual(['node-d']);
    expect(cluster.log).toEqual([]);
  });

  it('replaces one pod at a time', async () => {
    for (const name of ['node-a', 'node-b', 'node-c']) node(name);
    create();
    await bringUp();
    cluster.client.modify('daemonsets.apps', namespace, 'agent', (copy) => Object.assign(copy.spec ?? {}, { template: template('db:2') }));
    await cluster.settle();
    cluster.removeDeleted();
    await cluster.settle();
    expect(images().toSorted()).toEqual(['db:1', 'db:1', 'db:2']);
    expect(status()).toMatchObject({ updatedNumberScheduled: 1, numberUnavailable: 1 });
    await bringUp();
    expect(images()).toEqual(['db:2', 'db:2', 'db:2']);
    expect(cluster.client.list('controllerrevisions.apps', { namespace }).map(({ revision }) => revision).toSorted()).toEqual([1, 2]);
  });

  it('takes a failed pod away, more slowly each time', async () => {
    node('node-a');
    create();
    await cluster.settle();
    const [first] = cluster.pods();
    if (first !== undefined) cluster.finish(first, 1);
    await cluster.settle();
    cluster.removeDeleted();
    await cluster.settle();
    const [second] = cluster.pods();
    expect(second?.metadata.name).not.toBe(first?.metadata.name);
    expect(cluster.events('DaemonSet', 'agent')).toContain(`FailedDaemonPod: Found failed daemon pod shop/${first?.metadata.name ?? ''} on node node-a, will try to kill it`);
    const failures = createFailures({ speed: 1 }, () => time);
    let time = 0;
    const waits = [0, 1_000, 2_000, 3_000, 6_000].map((at) => {
      time = at;
      return failures.wait('shop/agent', 'node-a');
    });
    expect(waits).toEqual([0, 0, 1_000, 0, 1_000]);
  });
});

it('a replication controller keeps its pods', async () => {
  cluster.client.create('replicationcontrollers', { metadata: { name: 'old', namespace }, spec: { replicas: 2, selector: { app: 'db' }, template: template('db:1') } });
  await bringUp();
  expect(cluster.pods().map(({ metadata }) => metadata.ownerReferences?.[0]?.kind)).toEqual(['ReplicationController', 'ReplicationController']);
  cluster.client.delete('pods', namespace, names()[0] ?? '', { graceSeconds: 0 });
  await bringUp();
  expect(cluster.client.get('replicationcontrollers', namespace, 'old')?.status).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
  expect(cluster.log).toEqual([]);
});

it('a stateful set in order never has a later pod without the earlier ones being ready before it, whatever happens', async () => {
  type Act = { do: 'ready' | 'delete' | 'unready'; which: number } | { do: 'scale'; to: number } | { do: 'image'; number: number } | { do: 'remove' };
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('ready' as const), which: fc.nat(5) }) },
    fc.record({ do: fc.constantFrom('delete' as const, 'unready' as const), which: fc.nat(5) }),
    fc.record({ do: fc.constant('scale' as const), to: fc.nat(4) }),
    fc.record({ do: fc.constant('image' as const), number: fc.nat(2) }),
    fc.record({ do: fc.constant('remove' as const) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 20 }), async (acts) => {
    cluster.stop();
    cluster = startWorkloadCluster();
    const change = (spec: Partial<StatefulSetSpec>): void => void cluster.client.modify('statefulsets.apps', namespace, 'orders-db', (copy) => Object.assign(copy.spec ?? {}, spec));
    cluster.client.create('statefulsets.apps', {
      metadata: { name: 'orders-db', namespace },
      spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db:0'), podManagementPolicy: 'OrderedReady', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } },
    });
    await cluster.settle();
    for (const step of acts) {
      const pods = cluster.pods().filter(isActive);
      const pod = 'which' in step && pods.length > 0 ? pods[step.which % pods.length] : undefined;
      if (step.do === 'scale') change({ replicas: step.to });
      else if (step.do === 'image') change({ template: template(`db:${step.number}`) });
      else if (step.do === 'remove') cluster.removeDeleted();
      else if (pod !== undefined && step.do === 'ready') cluster.makeReady(pod);
      else if (pod !== undefined && step.do === 'unready' && isReady(pod)) cluster.makeUnready(pod);
      else if (pod !== undefined && step.do === 'delete') cluster.client.delete('pods', namespace, pod.metadata.name);
      const before = new Map(cluster.pods().map((each) => [each.metadata.name, each.metadata.uid]));
      await cluster.settle();
      const made = cluster.pods().filter(({ metadata }) => before.get(metadata.name) !== metadata.uid).map(({ metadata }) => Number(metadata.name.slice('orders-db-'.length)));
      expect(made.length).toBeLessThanOrEqual(1);
      const earlier = cluster.pods().filter(({ metadata }) => made.some((ordinal) => Number(metadata.name.slice('orders-db-'.length)) < ordinal));
      expect(earlier).toHaveLength(made[0] ?? 0);
      expect(earlier.every((each) => isActive(each) && isReady(each))).toBe(true);
    }
    await bringUp();
    const { spec } = cluster.client.get('statefulsets.apps', namespace, 'orders-db') ?? {};
    expect(names()).toEqual(Array.from({ length: spec?.replicas ?? 0 }, (_, ordinal) => `orders-db-${ordinal}`));
    expect(new Set(images())).toEqual(new Set((spec?.replicas ?? 0) > 0 ? [spec?.template.spec?.containers[0]?.image] : []));
    expect(cluster.log).toEqual([]);
  }), { numRuns: 25 });
});
