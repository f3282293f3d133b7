import { describe, expect, test } from 'vitest';
import type { StoredObject } from '../../../../playground/cluster/objects/object.ts';
import { tableOf } from '../../../../playground/cluster/resources/tables/index.ts';
import { recordedObjects, recordedTable } from './recorded.ts';

const recordedAt = Date.parse('2026-11-22T11:56:19Z');

const shown = (key: string, object: StoredObject, now = recordedAt): string[] => {
  const { columns, row } = tableOf(key);
  const cells = row(object, now);
  expect(cells).toHaveLength(columns.length);
  return cells.filter((_, index) => columns[index]?.priority === 0).map((cell) => String(cell));
};

const byName = (file: string, kind: string): StoredObject[] => recordedObjects(file).filter((object) => object.kind === kind);

describe('rows of recorded objects', () => {
  test.each([
    ['replicasets.apps', 'ReplicaSet', 'objects.json.txt', 'kubectl -n shop get replicasets'],
    ['services', 'Service', 'objects.json.txt', 'kubectl -n shop get services'],
    ['jobs.batch', 'Job', 'objects.json.txt', 'kubectl -n shop get jobs'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'objects.json.txt', 'kubectl -n shop get pvc'],
    ['resourcequotas', 'ResourceQuota', 'objects.json.txt', 'kubectl -n shop get resourcequota'],
    ['pods', 'Pod', 'pods.json.txt', 'kubectl -n shop get pods'],
  ])('%s', (key, kind, file, command) => {
    const expected = recordedTable('get.txt', command);
    // The objects were recorded after the tables; these had changed by then.
    const objects = byName(file, kind).filter(({ metadata: { name } }) => key !== 'replicasets.apps' || !/^(checkout|payments)-/.test(name));
    expect(objects).not.toHaveLength(0);
    for (const object of objects) expect(expected).toContainEqual(shown(key, object));
  });
});

test('events, with the time since each was seen', () => {
  const expected = recordedTable('get.txt', 'kubectl -n shop get events');
  const withoutTime = expected.map(([, ...cells]) => cells);
  const objects = byName('events.json.txt', 'Event');
  expect(objects.length).toBeGreaterThan(20);
  const found = objects.map((object) => shown('events', object).slice(1));
  expect(withoutTime.filter((cells) => !found.some((row) => JSON.stringify(row) === JSON.stringify(cells)))).toEqual([]);
  const scheduled = objects.find(({ metadata }) => metadata.name === 'cart-67f5784978-8hd5l.18ea5bebc769db78');
  expect(scheduled && tableOf('events').row(scheduled, Date.parse('2026-11-22T11:56:59Z'))).toEqual([
    '2m29s', 'Normal', 'Scheduled', 'pod/cart-67f5784978-8hd5l', '', 'default-scheduler, default-scheduler-vm',
    'Successfully assigned shop/cart-67f5784978-8hd5l to node1', '2m29s', 1, 'cart-67f5784978-8hd5l.18ea5bebc769db78',
  ]);
});

const object = (kind: string, fields: Record<string, unknown>, metadata: Partial<StoredObject['metadata']> = {}): StoredObject =>
  ({ apiVersion: 'v1', kind, metadata: { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-22T11:54:29Z', ...metadata }, ...fields });

const container = (name: string, state: object, more: object = {}) => ({ name, image: 'i', imageID: '', ready: false, restartCount: 0, state, ...more });
const specOf = (containers: number, initial: object[] = []) => ({
  containers: Array.from({ length: containers }, (_, index) => ({ name: `c${index}` })), ...(initial.length === 0 ? {} : { initContainers: initial }),
});

describe('the state of a pod', () => {
  const stateOf = (spec: object, status: object, metadata = {}): string[] => shown('pods', object('Pod', { spec, status }, metadata)).slice(1, 4);
  const waiting = (reason: string) => ({ waiting: { reason } });
  const running = { running: {} };
  const ended = (exitCode: number, reason?: string) => ({ terminated: { exitCode, ...(reason === undefined ? {} : { reason }) } });

  test.each<[string, object, object, object, string[]]>([
    ['one that waits for an init container', specOf(1, [{ name: 'a' }, { name: 'b' }]), { phase: 'Pending', initContainerStatuses: [container('a', running), container('b', waiting('PodInitializing'))], containerStatuses: [container('c0', waiting('PodInitializing'))] }, {}, ['0/1', 'Init:0/2', '0']],
    ['one whose second init container runs', specOf(1, [{ name: 'a' }, { name: 'b' }]), { phase: 'Pending', initContainerStatuses: [container('a', ended(0, 'Completed')), container('b', running)] }, {}, ['0/1', 'Init:1/2', '0']],
    ['one whose init container fails', specOf(1, [{ name: 'a' }]), { phase: 'Pending', initContainerStatuses: [container('a', waiting('CrashLoopBackOff'), { restartCount: 3 })] }, {}, ['0/1', 'Init:CrashLoopBackOff', '3']],
    ['one whose init container ended without a reason', specOf(1, [{ name: 'a' }]), { phase: 'Pending', initContainerStatuses: [container('a', ended(7))] }, {}, ['0/1', 'Init:ExitCode:7', '0']],
    ['one that is through with initialization', specOf(1, [{ name: 'a' }]), { phase: 'Pending', initContainerStatuses: [container('a', ended(0, 'Completed'))], containerStatuses: [container('c0', waiting('PodInitializing'))] }, {}, ['0/1', 'PodInitializing', '0']],
    ['one with a sidecar', specOf(1, [{ name: 'a', restartPolicy: 'Always' }]), { phase: 'Running', initContainerStatuses: [container('a', running, { ready: true, started: true, restartCount: 2 })], containerStatuses: [container('c0', running, { ready: true })] }, {}, ['2/2', 'Running', '2']],
    ['a crash loop', specOf(1), { phase: 'Running', containerStatuses: [container('c0', waiting('CrashLoopBackOff'), { restartCount: 5, lastState: { terminated: { exitCode: 1, finishedAt: '2026-11-22T11:55:20Z' } } })] }, {}, ['0/1', 'CrashLoopBackOff', '5 (59s ago)']],
    ['one that is finished', specOf(1), { phase: 'Succeeded', containerStatuses: [container('c0', ended(0, 'Completed'))] }, {}, ['0/1', 'Completed', '0']],
    ['one of whose containers finished', specOf(2), { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [container('c0', ended(0, 'Completed')), container('c1', running, { ready: true })] }, {}, ['1/2', 'NotReady', '0']],
    ['one killed by a signal', specOf(1), { phase: 'Failed', containerStatuses: [container('c0', { terminated: { exitCode: 137, signal: 9 } })] }, {}, ['0/1', 'Signal:9', '0']],
    ['one that was evicted', specOf(1), { phase: 'Failed', reason: 'Evicted' }, {}, ['0/1', 'Evicted', '0']],
    ['one behind a gate', specOf(1), { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }, {}, ['0/1', 'SchedulingGated', '0']],
    ['one that starts', specOf(1), { phase: 'Pending', containerStatuses: [container('c0', waiting('ContainerCreating'))] }, {}, ['0/1', 'ContainerCreating', '0']],
    ['one that is being deleted', specOf(1), { phase: 'Running', containerStatuses: [container('c0', running, { ready: true })] }, { deletionTimestamp: '2026-11-22T11:56:30Z' }, ['1/1', 'Terminating', '0']],
    ['one that failed and is being deleted', specOf(1), { phase: 'Failed', containerStatuses: [container('c0', ended(1, 'Error'))] }, { deletionTimestamp: '2026-11-22T11:56:30Z' }, ['0/1', 'Error', '0']],
    ['one on a node that is lost', specOf(1), { phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: '2026-11-22T11:56:30Z' }, ['0/1', 'Unknown', '0']],
  ])('%s', (_, spec, status, metadata, expected) => expect(stateOf(spec, status, metadata)).toEqual(expected));
});

test.each<[string, StoredObject, string[]]>([
  ['nodes', object('Node', { spec: { unschedulable: true }, status: { conditions: [{ type: 'Ready', status: 'Unknown' }], nodeInfo: { kubeletVersion: 'v1.36.2' } } }, { labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/edge': '' } }), ['x', 'NotReady,SchedulingDisabled', 'edge,worker', '110s', 'v1.36.2']],
  ['services', object('Service', { spec: { type: 'LoadBalancer', clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5'], ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }] } }), ['x', 'LoadBalancer', '10.96.0.5', '<pending>', '80:30080/TCP,53/UDP', '110s']],
  ['horizontalpodautoscalers.autoscaling', object('HorizontalPodAutoscaler', { spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' }, minReplicas: 1, maxReplicas: 4, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }, { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } }] }, status: { currentReplicas: 2, currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 10 } } }] } }), ['x', 'Deployment/cart', 'cpu: 10%/50%, memory: <unknown>/1Gi', '1', '4', '2', '110s']],
  ['poddisruptionbudgets.policy', object('PodDisruptionBudget', { spec: { maxUnavailable: '25%' }, status: { disruptionsAllowed: 1 } }), ['x', 'N/A', '25%', '1', '110s']],
  ['cronjobs.batch', object('CronJob', { spec: { schedule: '*/5 * * * *', suspend: false }, status: { active: [{}], lastScheduleTime: '2026-11-22T11:55:19Z' } }), ['x', '*/5 * * * *', '<none>', 'False', '1', '60s', '110s']],
  ['persistentvolumes', object('PersistentVolume', { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], persistentVolumeReclaimPolicy: 'Delete', claimRef: { namespace: 'shop', name: 'data' }, storageClassName: 'standard' }, status: { phase: 'Bound' } }), ['x', '1Gi', 'RWO,ROX', 'Delete', 'Bound', 'shop/data', 'standard', '<unset>', '', '110s']],
  ['storageclasses.storage.k8s.io', object('StorageClass', { provisioner: 'playground' }, { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }), ['x (default)', 'playground', 'Delete', 'Immediate', 'false', '110s']],
  ['ingresses.networking.k8s.io', object('Ingress', { spec: { rules: [{ host: 'a' }, { host: 'b' }, { host: 'c' }, { host: 'd' }], tls: [{}] }, status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } } }), ['x', '<none>', 'a,b,c + 1 more...', '127.0.0.1', '80, 443', '110s']],
  ['resourcequotas', object('ResourceQuota', { status: { hard: { pods: '4', 'limits.cpu': '2', 'requests.cpu': '1' }, used: { pods: '1' } } }), ['x', 'pods: 1/4, requests.cpu: 0/1', 'limits.cpu: 0/2', '110s']],
  ['rolebindings.rbac.authorization.k8s.io', object('RoleBinding', { roleRef: { kind: 'ClusterRole', name: 'view' } }), ['x', 'ClusterRole/view', '110s']],
  ['clusterroles.rbac.authorization.k8s.io', object('ClusterRole', {}), ['x', '2026-11-22T11:54:29Z']],
  ['deployments.apps', object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 } }), ['x', '1/2', '2', '1', '110s']],
  ['endpoints', object('Endpoints', { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80 }, { port: 81 }] }] }), ['x', '10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...', '110s']],
  ['endpoints', object('Endpoints', {}), ['x', '<none>', '110s']],
  ['endpointslices.discovery.k8s.io', object('EndpointSlice', { addressType: 'IPv4', ports: null, endpoints: null }), ['x', 'IPv4', '<unset>', '<unset>', '110s']],
  ['endpointslices.discovery.k8s.io', object('EndpointSlice', { addressType: 'IPv4', ports: [{ port: 8080 }], endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }] }), ['x', 'IPv4', '8080', '10.0.0.1,10.0.0.2', '110s']],
  ['controllerrevisions.apps', object('ControllerRevision', { revision: 3 }, { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u', controller: true }] }), ['x', 'statefulset.apps/db', '3', '110s']],
])('a row of %s', (key, subject, expected) => expect(shown(key, subject)).toEqual(expected));
