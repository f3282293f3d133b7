import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../../../playground/cluster/cluster.ts';
import { startCluster } from '../../../../../playground/cluster/start.ts';
import { findProgram, requirement } from '../../../../support/requirements.ts';
import { waitFor } from '../../../../support/wait-for.ts';

const run = promisify(execFile);
const usable = requirement('kubectl');
let directory: string;
let cluster: Cluster;
let stop: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cluster-'));
  cluster = await startCluster({ directory: join(directory, 'cluster'), port: 0, bare: true, images: { pull: () => ({ error: 'not found' }) }, nodes: [{ name: 'node1' }, { name: 'node2', labels: { disk: 'ssd' } }], timing: { speed: 20 } });
  stop = cluster.stop;
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

async function kubectl(...words: string[]): Promise<string> {
  const { stdout, stderr } = await run(findProgram('kubectl') ?? 'kubectl', ['--kubeconfig', cluster.adminKubeconfig, ...words], { shell: false });
  return stdout + stderr;
}
async function apply(yaml: string): Promise<void> {
  const file = join(directory, 'manifests.yaml');
  writeFileSync(file, yaml);
  await kubectl('apply', '-f', file);
}
const container = (command: string, more = ''): string => `[{name: main, image: "registry.local/busybox:1", command: ["/bin/sh", "-c", "${command}"]${more}}]`;

describe.skipIf(!usable)('with kubectl', () => {
  test('a claim gets a directory that the pod writes into, and both go together', async () => {
    await apply(`
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: playground.local/directory
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: db}
spec:
  nodeSelector: {disk: ssd}
  terminationGracePeriodSeconds: 1
  containers: ${container('echo hello > /data/file; sleep 1000', ', volumeMounts: [{name: data, mountPath: /data}]')}
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`);
    await kubectl('wait', 'pod/db', '--for=condition=Ready', '--timeout=60s');
    expect(await kubectl('get', 'pod', 'db', '-o', 'jsonpath={.spec.nodeName}')).toBe('node2');
    const volume = await kubectl('get', 'pvc', 'data', '-o', 'jsonpath={.spec.volumeName}');
    const file = join(directory, 'cluster', 'volumes', volume, 'file');
    await waitFor('the file', () => existsSync(file));
    expect(await kubectl('get', 'pv', volume)).toMatch(/1Gi\s+RWO\s+Delete\s+Bound\s+default\/data\s+standard/);
    expect(await kubectl('describe', 'pvc', 'data')).toMatch(/Normal\s+ProvisioningSucceeded.*Successfully provisioned volume pvc-/);
    await kubectl('delete', 'pod/db', 'pvc/data', '--timeout=60s');
    await waitFor('the volume is gone', async () => (await kubectl('get', 'pv')).includes('No resources found'));
    expect(existsSync(file)).toBe(false);
  });

  test('what the scheduler refuses, describe explains; a cordoned node counts as one', async () => {
    await kubectl('cordon', 'node1');
    await apply(`
apiVersion: v1
kind: Pod
metadata: {name: large}
spec:
  containers: ${container('sleep 1', ', resources: {requests: {memory: 900Ti}}')}
`);
    const message = '0/2 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
    await waitFor('the event', async () => (await kubectl('describe', 'pod', 'large')).includes(`default-scheduler  ${message}`));
    await waitFor('the taint', async () => (await kubectl('describe', 'node', 'node1')).includes('node.kubernetes.io/unschedulable:NoSchedule'));
    await kubectl('uncordon', 'node1');
    await waitFor('no taint', async () => /Taints:\s+<none>/.test(await kubectl('describe', 'node', 'node1')));
    expect(await kubectl('delete', 'pod', 'large')).toContain('deleted');
  });

  test('owners: foreground, orphan, and a namespace with everything in it', async () => {
    await kubectl('create', 'namespace', 'doomed');
    const deployment = (name: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: doomed}
spec:
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {terminationGracePeriodSeconds: 1, containers: ${container('sleep 1000')}}}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: doomed}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
---`;
    await apply(['first', 'second'].map(deployment).join('\n'));
    await kubectl('-n', 'doomed', 'rollout', 'status', 'deploy/first', '--timeout=60s');
    await waitFor('endpoints', async () => /first\s+127\./.test(await kubectl('-n', 'doomed', 'get', 'endpoints')));
    await kubectl('-n', 'doomed', 'delete', 'deploy/first', '--cascade=foreground', '--timeout=60s');
    expect(await kubectl('-n', 'doomed', 'get', 'rs,pods', '-l', 'app=first')).toContain('No resources found');
    await kubectl('-n', 'doomed', 'delete', 'deploy/second', '--cascade=orphan');
    expect(await kubectl('-n', 'doomed', 'get', 'rs', '-l', 'app=second', '-o', 'jsonpath={.items[*].metadata.ownerReferences}')).toBe('');
    await kubectl('delete', 'namespace', 'doomed', '--timeout=60s');
    expect(await kubectl('-n', 'doomed', 'get', 'all')).toContain('No resources found');
  });

  test('the autoscaler sees what a process really burns', async () => {
    await apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy}
spec:
  selector: {matchLabels: {app: busy}}
  template: {metadata: {labels: {app: busy}}, spec: {terminationGracePeriodSeconds: 1, containers: ${container('while true; do :; done', ', resources: {requests: {cpu: 20m}}')}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: busy}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: busy}
  maxReplicas: 2
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
`);
    await waitFor('the event', async () => (await kubectl('get', 'events')).includes('New size: 2; reason: cpu resource utilization (percentage of request) above target'));
    expect(await kubectl('get', 'hpa', 'busy')).toMatch(/busy\s+Deployment\/busy\s+cpu: \d+%\/50%\s+1\s+2/);
    await kubectl('delete', 'hpa/busy', 'deploy/busy', '--timeout=60s');
  });
});
