import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startScheduler } from '../../../../playground/cluster/scheduler/scheduler.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { createParts, type Parts } from '../controllers/cluster/parts.ts';

let parts: Parts;
let scheduler: { stop(): void };

beforeEach(() => {
  parts = createParts();
  scheduler = startScheduler(parts.client, { timing: { speed: 50 }, log: (line) => parts.lines.push(line) });
});
afterEach(() => {
  scheduler.stop();
  parts.stop();
});

const nodeOf = (pod: string): string | undefined => parts.client.get('pods', 'shop', pod)?.spec?.nodeName;
const refusal = (pod: string): string | undefined => parts.client.get('pods', 'shop', pod)?.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message;
const refused = (pod: string): Promise<string> => waitFor(`${pod} is refused`, () => refusal(pod));

describe('what the scheduler says', () => {
  test('it assigned the pod', async () => {
    parts.node('node1');
    parts.pod('web');
    await waitFor('a node', () => nodeOf('web') === 'node1' && parts.events('web').length > 0);
    expect(parts.events('web')).toMatchObject([{ reason: 'Scheduled', type: 'Normal', message: 'Successfully assigned shop/web to node1', action: 'Binding', reportingComponent: 'default-scheduler' }]);
  });

  test('there is no node at all', async () => {
    parts.pod('web');
    expect(await refused('web')).toBe('no nodes available to schedule pods');
  });

  test('the request is more than any node has', async () => {
    parts.node('node1');
    parts.pod('recommender', { requests: { cpu: '64', memory: '200Gi' } });
    const message = '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    expect(await refused('recommender')).toBe(message);
    await waitFor('the event', () => parts.events('recommender').length > 0);
    expect(parts.events('recommender')[0]).toMatchObject({ reason: 'FailedScheduling', type: 'Warning', message, action: 'Scheduling' });
    expect(parts.client.get('pods', 'shop', 'recommender')?.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]);
  });

  test('nodes are full, cordoned, tainted, of the wrong kind', async () => {
    parts.node('node1', { allocatable: { cpu: '1' } });
    parts.node('node2', { spec: { unschedulable: true } });
    parts.node('node3', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } });
    parts.node('node4', { labels: { disk: 'hdd' } });
    parts.pod('first', { requests: { cpu: '800m' }, spec: { nodeName: 'node1' } });
    parts.pod('web', { requests: { cpu: '500m' }, spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'NotIn', values: ['hdd'] }] }] } } } } });
    expect(await refused('web')).toBe("0/4 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. "
      + 'no new claims to deallocate, preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.');
    parts.client.modify('nodes', undefined, 'node2', (copy) => {
      delete copy.spec?.unschedulable;
    });
    await waitFor('room on the uncordoned node', () => nodeOf('web') === 'node2');
  });

  test('a claim is missing, or not bound', async () => {
    parts.node('node1');
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'orders-data' } }];
    parts.pod('orders-db-0', { spec: { volumes } });
    expect(await refused('orders-db-0')).toBe('0/1 nodes are available: persistentvolumeclaim "orders-data" not found. not found');
    parts.client.create('persistentvolumeclaims', { metadata: { name: 'orders-data', namespace: 'shop' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast-ssd', resources: { requests: { storage: '1Gi' } } } });
    await waitFor('the other message', () => refusal('orders-db-0') === '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found');
  });
});

test('a pod that leaves makes room for one that waits', async () => {
  parts.node('node1', { allocatable: { pods: '1' } });
  parts.pod('first');
  await waitFor('first', () => nodeOf('first'));
  parts.pod('second');
  expect(await refused('second')).toBe('0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.');
  parts.client.delete('pods', 'shop', 'first', { graceSeconds: 0 });
  await waitFor('second', () => nodeOf('second'));
});

test('an important pod takes the place of the least important ones', async () => {
  parts.node('node1', { allocatable: { cpu: '2' } });
  parts.pod('low', { requests: { cpu: '1' }, spec: { priority: 1, nodeName: 'node1' } });
  parts.pod('middle', { requests: { cpu: '1' }, spec: { priority: 5, nodeName: 'node1' } });
  const { metadata } = parts.pod('high', { requests: { cpu: '1' }, spec: { priority: 10 } });
  await waitFor('the victim is marked or gone', () => parts.client.get('pods', 'shop', 'low')?.metadata.deletionTimestamp !== undefined || parts.client.get('pods', 'shop', 'low') === undefined);
  expect(parts.client.get('pods', 'shop', 'middle')?.metadata.deletionTimestamp).toBeUndefined();
  expect(parts.events('low')).toMatchObject([{ reason: 'Preempted', type: 'Normal', message: `Preempted by pod ${metadata.uid} on node node1` }]);
  parts.client.delete('pods', 'shop', 'low', { graceSeconds: 0 });
  await waitFor('high', () => nodeOf('high') === 'node1');
});

test('gated pods and those of other schedulers are left alone', async () => {
  parts.node('node1');
  parts.pod('gated', { spec: { schedulingGates: [{ name: 'example.com/wait' }] } });
  parts.pod('foreign', { spec: { schedulerName: 'other' } });
  parts.pod('plain');
  await waitFor('plain', () => nodeOf('plain'));
  expect([nodeOf('gated'), nodeOf('foreign'), refusal('gated')]).toEqual([undefined, undefined, undefined]);
  parts.client.modify('pods', 'shop', 'gated', (copy) => {
    if (copy.spec !== undefined) delete copy.spec.schedulingGates;
  });
  await waitFor('gated', () => nodeOf('gated'));
});
