import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeploymentSpec } from '../../../../../playground/cluster/objects/types.ts';
import { namespace, startWorkloadCluster, type WorkloadCluster } from './workload-cluster.ts';

let cluster: WorkloadCluster;
beforeEach(() => {
  cluster = startWorkloadCluster();
});
afterEach(() => cluster.stop());

const template = (image: string) => ({ metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'checkout', image }] } });

function deploy(spec: Partial<DeploymentSpec> = {}): void {
  cluster.client.create('deployments.apps', {
    metadata: { name: 'checkout', namespace },
    spec: {
      replicas: 2, selector: { matchLabels: { app: 'checkout' } }, template: template('checkout:1'), progressDeadlineSeconds: 600, revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, ...spec,
    },
  });
}

const change = (spec: Partial<DeploymentSpec>): void => {
  cluster.client.modify('deployments.apps', namespace, 'checkout', (copy) => Object.assign(copy.spec ?? {}, spec));
};
const deployment = () => {
  const found = cluster.client.get('deployments.apps', namespace, 'checkout');
  if (found === undefined) throw new Error('no deployment');
  return found;
};
const sets = () => cluster.client.list('replicasets.apps', { namespace });
const setOf = (image: string) => sets().find(({ spec }) => spec?.template?.spec?.containers[0]?.image === image);
const condition = (type: string) => {
  const found = deployment().status?.conditions?.find((candidate) => candidate.type === type);
  return found === undefined ? undefined : `${found.status} ${found.reason ?? ''}: ${found.message ?? ''}`;
};
const revision = () => deployment().metadata.annotations?.['deployment.kubernetes.io/revision'];

/** Lets every pod come up and every deleted one go, until nothing changes any more. */
async function bringUp(): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    await cluster.settle();
    cluster.removeDeleted();
    cluster.makeAllReady();
  }
  await cluster.settle();
}

describe('a deployment', () => {
  it('makes a numbered set and its pods', async () => {
    deploy();
    await cluster.settle();
    const [set] = sets();
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    expect(set?.metadata.name).toBe(`checkout-${hash}`);
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '2', 'deployment.kubernetes.io/max-replicas': '3', 'deployment.kubernetes.io/revision': '1',
    });
    expect(set?.spec?.selector).toEqual({ matchLabels: { app: 'checkout', 'pod-template-hash': hash } });
    expect(revision()).toBe('1');
    expect(condition('Progressing')).toBe(`True ReplicaSetUpdated: ReplicaSet "checkout-${hash}" is progressing.`);
    expect(condition('Available')).toBe('False MinimumReplicasUnavailable: Deployment does not have minimum availability.');
    expect(deployment().status).toMatchObject({ replicas: 2, updatedReplicas: 2, unavailableReplicas: 2, terminatingReplicas: 0 });
    expect(deployment().status).not.toHaveProperty('readyReplicas');
    expect(cluster.events('Deployment', 'checkout')).toEqual([`ScalingReplicaSet: Scaled up replica set checkout-${hash} from 0 to 2`]);
    expect(cluster.pods()).toHaveLength(2);
    for (const pod of cluster.pods()) {
      expect(pod.metadata.name).toMatch(new RegExp(`^checkout-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
      expect(pod.metadata.generateName).toBe(`checkout-${hash}-`);
      expect(pod.metadata.labels).toEqual({ app: 'checkout', 'pod-template-hash': hash });
      expect(pod.metadata.ownerReferences).toEqual([{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `checkout-${hash}`, uid: set?.metadata.uid, controller: true, blockOwnerDeletion: true }]);
    }
    expect(cluster.events('ReplicaSet', `checkout-${hash}`).toSorted()).toEqual(cluster.pods().map(({ metadata }) => `SuccessfulCreate: Created pod: ${metadata.name}`).toSorted());
    await bringUp();
    expect(condition('Progressing')).toBe(`True NewReplicaSetAvailable: ReplicaSet "checkout-${hash}" has successfully progressed.`);
    expect(condition('Available')).toBe('True MinimumReplicasAvailable: Deployment has minimum availability.');
    expect(deployment().status).toMatchObject({ replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, terminatingReplicas: 0 });
    expect(deployment().status).not.toHaveProperty('unavailableReplicas');
    expect(cluster.log).toEqual([]);
  });

  it('replaces pods one by one and keeps the old template under a new number', async () => {
    deploy();
    await bringUp();
    change({ template: template('checkout:2') });
    await cluster.settle();
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:2')?.spec?.replicas]).toEqual([2, 1]);
    await bringUp();
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:2')?.spec?.replicas]).toEqual([0, 2]);
    expect(revision()).toBe('2');
    const first = setOf('checkout:1')?.metadata.name ?? '';
    const second = setOf('checkout:2')?.metadata.name ?? '';
    expect(cluster.events('Deployment', 'checkout').map((text) => text.replace(first, 'old').replace(second, 'new').replace('ScalingReplicaSet: ', ''))).toEqual([
      'Scaled up replica set old from 0 to 2', 'Scaled up replica set new from 0 to 1', 'Scaled down replica set old from 2 to 1',
      'Scaled up replica set new from 1 to 2', 'Scaled down replica set old from 1 to 0',
    ]);
    change({ template: template('checkout:1') });
    await bringUp();
    expect(sets()).toHaveLength(2);
    expect(revision()).toBe('3');
    expect(setOf('checkout:1')?.metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '3', 'deployment.kubernetes.io/revision-history': '1' });
    expect(setOf('checkout:1')?.spec?.replicas).toBe(2);
  });

  it('keeps what runs while a new template never gets ready, and says so at the deadline', async () => {
    deploy({ replicas: 4, progressDeadlineSeconds: 1 });
    await bringUp();
    change({ template: template('checkout:broken') });
    await cluster.settle();
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:broken')?.spec?.replicas]).toEqual([3, 2]);
    await expect.poll(() => condition('Progressing'), { timeout: 20_000 })
      .toBe(`False ProgressDeadlineExceeded: ReplicaSet "${setOf('checkout:broken')?.metadata.name ?? ''}" has timed out progressing.`);
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:broken')?.spec?.replicas]).toEqual([3, 2]);
    change({ template: template('checkout:1') });
    await bringUp();
    expect(condition('Progressing')).toContain('True NewReplicaSetAvailable');
  });

  it('waits while paused, still scales, and goes on afterwards', async () => {
    deploy();
    await bringUp();
    change({ paused: true });
    change({ template: template('checkout:2') });
    await bringUp();
    expect(condition('Progressing')).toBe('Unknown DeploymentPaused: Deployment is paused');
    expect(sets()).toHaveLength(1);
    change({ replicas: 3 });
    await bringUp();
    expect(setOf('checkout:1')?.spec?.replicas).toBe(3);
    change({ paused: false });
    await bringUp();
    expect(setOf('checkout:2')?.spec?.replicas).toBe(3);
    expect(condition('Progressing')).toContain('NewReplicaSetAvailable');
  });

  it('shares a new size out in the middle of a rollout', async () => {
    deploy({ replicas: 10, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
    await bringUp();
    change({ template: template('checkout:2') });
    await cluster.settle();
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:2')?.spec?.replicas]).toEqual([8, 5]);
    change({ replicas: 15 });
    await cluster.settle();
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:2')?.spec?.replicas]).toEqual([11, 7]);
    await bringUp();
    expect([setOf('checkout:1')?.spec?.replicas, setOf('checkout:2')?.spec?.replicas]).toEqual([0, 15]);
  });

  it('recreates: nothing new before the last old pod is gone', async () => {
    deploy({ strategy: { type: 'Recreate' } });
    await bringUp();
    const before = cluster.pods().map(({ metadata }) => metadata.name);
    for (const name of before) cluster.client.modify('pods', namespace, name, ({ metadata }) => void (metadata.finalizers = ['example.com/wait']));
    change({ template: template('checkout:2') });
    await cluster.settle();
    expect(cluster.pods().map(({ metadata }) => metadata.name).toSorted()).toEqual(before.toSorted());
    for (const name of before) cluster.client.modify('pods', namespace, name, ({ metadata }) => void delete metadata.finalizers);
    await bringUp();
    expect(setOf('checkout:2')?.status?.readyReplicas).toBe(2);
  });

  it('forgets the oldest sets beyond the limit', async () => {
    deploy({ revisionHistoryLimit: 1 });
    for (const image of ['checkout:2', 'checkout:3', 'checkout:4']) {
      await bringUp();
      change({ template: template(image) });
    }
    await bringUp();
    expect(sets().map(({ spec }) => spec?.template?.spec?.containers[0]?.image).toSorted()).toEqual(['checkout:3', 'checkout:4']);
    expect(revision()).toBe('4');
  });

  it('adopts a matching set of nobody and releases pods that lost their label', async () => {
    deploy();
    await bringUp();
    const [pod] = cluster.pods();
    const name = pod?.metadata.name ?? '';
    cluster.client.modify('pods', namespace, name, ({ metadata }) => void (metadata.labels = { app: 'aside' }));
    await bringUp();
    expect(cluster.client.get('pods', namespace, name)?.metadata.ownerReferences).toBeUndefined();
    expect(cluster.pods()).toHaveLength(3);
    const [set] = sets();
    cluster.client.modify('replicasets.apps', namespace, set?.metadata.name ?? '', ({ metadata }) => void delete metadata.ownerReferences);
    await cluster.settle();
    expect(sets()[0]?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'checkout', controller: true });
  });

  it('says when a quota refuses its pods, and tries again', async () => {
    cluster.stop();
    cluster = startWorkloadCluster(1, { admission: true });
    cluster.client.create('resourcequotas', { metadata: { name: 'compute', namespace }, spec: { hard: { pods: '1' } } });
    cluster.client.modify('resourcequotas', namespace, 'compute', (copy) => void (copy.status = { hard: { pods: '1' }, used: { pods: '0' } }), 'status');
    deploy();
    await expect.poll(() => condition('ReplicaFailure'), { timeout: 20_000 }).toMatch(/^True FailedCreate: pods "checkout-\w+-\w{5}" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=1, limited: pods=1$/);
    const set = sets()[0]?.metadata.name ?? '';
    expect(cluster.pods()).toHaveLength(1);
    expect(cluster.events('ReplicaSet', set)[1]).toMatch(/^FailedCreate: Error creating: pods "checkout-\w+-\w{5}" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=1, limited: pods=1$/);
    cluster.client.delete('resourcequotas', namespace, 'compute');
    await expect.poll(() => cluster.pods().length, { timeout: 20_000 }).toBe(2);
    await expect.poll(() => condition('ReplicaFailure'), { timeout: 20_000 }).toBeUndefined();
  });
});
