/** The recorded rollout, with real kubectl. The test stands in for scheduler and kubelet: one image gets ready, the other never. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer, type RunningApiServer } from '../../../../../playground/cluster/api-server.ts';
import type { Pod } from '../../../../../playground/cluster/controllers/workloads/shared/kinds.ts';
import { startWorkloadControllers } from '../../../../../playground/cluster/controllers/workloads/start.ts';
import { findProgram, requirement } from '../../../../support/requirements.ts';

const present = requirement('kubectl');
let directory: string;
let server: RunningApiServer;
let stopControllers: () => void;
let stopPods: () => void;
const log: string[] = [];

function standInForKubelet({ plane: { client } }: RunningApiServer): () => void {
  const look = ({ metadata: { namespace = '', name, deletionTimestamp }, spec, status }: Pod): void => {
    if (deletionTimestamp !== undefined) return client.delete('pods', namespace, name, { graceSeconds: 0 });
    if (spec?.nodeName === undefined) client.bind(namespace, name, 'node1');
    else if (spec.containers[0]?.image === 'registry.local/busybox:1' && status?.phase === 'Pending') {
      client.modify('pods', namespace, name, (copy) => {
        copy.status = { ...copy.status, phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: copy.metadata.creationTimestamp }] };
      }, 'status');
    }
  };
  return client.watch('pods', { added: look, modified: look });
}

/** Output and exit code, as the recording has them. */
function kubectl(...words: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(findProgram('kubectl') ?? 'kubectl', ['--kubeconfig', server.adminKubeconfig, '-n', 'shop', ...words], { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}[exit ${error === null ? 0 : String(error.code)}]`);
    });
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rollout-'));
  server = await startApiServer({ directory, port: 0, addresses: { apiService: '127.96.0.1', services: 96 }, log: (line) => log.push(line) });
  const { client } = server.plane;
  client.create('namespaces', { metadata: { name: 'shop' } });
  client.create('serviceaccounts', { metadata: { name: 'default', namespace: 'shop' } });
  client.create('nodes', { metadata: { name: 'node1' } });
  stopPods = standInForKubelet(server);
  const controllers = startWorkloadControllers(client, { timing: { speed: 1 }, log: (line) => log.push(line) });
  stopControllers = () => controllers.stop();
});
afterAll(async () => {
  stopControllers?.();
  stopPods?.();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe.skipIf(!present)('kubectl', () => {
  it('rolls out, back, on and again', async () => {
    const recorded = await readFile('test/fixtures/kubernetes-1.36/manifests.yaml', 'utf8');
    const file = join(directory, 'deployments.yaml');
    await writeFile(file, recorded.split('---\n').filter((document) => document.includes('kind: Deployment') && /name: (checkout|payments),/.test(document)).join('---\n'));
    expect(await kubectl('create', '--validate=false', '-f', file)).toBe('deployment.apps/checkout created\ndeployment.apps/payments created\n[exit 0]');
    expect(await kubectl('rollout', 'status', 'deploy/checkout', '--timeout=50s')).toContain('deployment "checkout" successfully rolled out\n[exit 0]');
    expect(await kubectl('rollout', 'restart', 'deploy/checkout')).toBe('deployment.apps/checkout restarted\n[exit 0]');
    expect(await kubectl('rollout', 'status', 'deploy/checkout', '--timeout=50s')).toContain('deployment "checkout" successfully rolled out\n[exit 0]');
    expect(await kubectl('rollout', 'history', 'deploy/checkout')).toBe('deployment.apps/checkout \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n[exit 0]');

    expect(await kubectl('set', 'image', 'deploy/payments', 'payments=registry.local/busybox:1')).toBe('deployment.apps/payments image updated\n[exit 0]');
    expect(await kubectl('rollout', 'status', 'deploy/payments', '--timeout=50s')).toContain('successfully rolled out\n[exit 0]');
    expect(await kubectl('rollout', 'undo', 'deploy/payments', '--to-revision=1')).toBe('deployment.apps/payments rolled back\n[exit 0]');
    expect(await kubectl('rollout', 'undo', 'deploy/payments', '--to-revision=9')).toBe('error: unable to find specified revision 9 in history\n[exit 1]');
    expect(await kubectl('rollout', 'status', 'deploy/payments', '--timeout=2s')).toBe('Waiting for deployment "payments" rollout to finish: 1 old replicas are pending termination...\nerror: timed out waiting for the condition\n[exit 1]');
    expect(await kubectl('rollout', 'history', 'deploy/payments')).toContain('2         <none>\n3         <none>\n');

    expect(await kubectl('rollout', 'pause', 'deploy/checkout')).toBe('deployment.apps/checkout paused\n[exit 0]');
    expect(await kubectl('set', 'env', 'deploy/checkout', 'LOG_LEVEL=debug')).toBe('deployment.apps/checkout env updated\n[exit 0]');
    expect(await kubectl('scale', 'deploy/checkout', '--replicas=1')).toBe('deployment.apps/checkout scaled\n[exit 0]');
    expect(await kubectl('rollout', 'undo', 'deploy/checkout')).toContain('cannot rollback a paused deployment');
    expect(await kubectl('rollout', 'resume', 'deploy/checkout')).toBe('deployment.apps/checkout resumed\n[exit 0]');
    expect(await kubectl('rollout', 'status', 'deploy/checkout', '--timeout=50s')).toContain('successfully rolled out\n[exit 0]');
    expect(await kubectl('get', 'deploy', 'checkout', '-o', 'jsonpath={.status.availableReplicas} {.metadata.annotations.deployment\\.kubernetes\\.io/revision}')).toBe('1 3[exit 0]');
    const described = await kubectl('describe', 'deploy', 'checkout');
    expect(described).toMatch(/Progressing {4}True {4}NewReplicaSetAvailable/);
    expect(described).toMatch(/OldReplicaSets: {2}checkout-\w+ \(0\/0 replicas created\), checkout-\w+ \(0\/0 replicas created\)\nNewReplicaSet: {3}checkout-\w+ \(1\/1 replicas created\)/);
    expect(described).toMatch(/Normal {2}ScalingReplicaSet {2}\S+ +deployment-controller {2}Scaled up replica set checkout-\w+ from 0 to 2/);
    expect(log).toEqual([]);
  });

  it('reads and undoes the history of stateful and daemon sets', async () => {
    const file = join(directory, 'sets.yaml');
    const pods = (app: string) => `selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: main, image: "registry.local/busybox:1", env: [{name: LEVEL, value: low}]}]}`;
    await writeFile(file, `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: orders, namespace: shop}
spec:
  replicas: 2
  serviceName: orders
  ${pods('orders')}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  ${pods('agent')}
`);
    expect(await kubectl('create', '--validate=false', '-f', file)).toBe('statefulset.apps/orders created\ndaemonset.apps/agent created\n[exit 0]');
    for (const target of ['statefulset/orders', 'daemonset/agent']) {
      expect(await kubectl('rollout', 'status', target, '--timeout=50s')).toContain('[exit 0]');
      expect(await kubectl('set', 'env', target, 'LEVEL=high')).toContain('env updated\n[exit 0]');
      expect(await kubectl('rollout', 'status', target, '--timeout=50s')).toContain('[exit 0]');
      expect(await kubectl('rollout', 'history', target)).toContain('REVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n');
      expect(await kubectl('rollout', 'history', target, '--revision=1')).toMatch(/LEVEL:\s+low/);
      expect(await kubectl('rollout', 'undo', target)).toContain('rolled back\n[exit 0]');
      expect(await kubectl('rollout', 'status', target, '--timeout=50s')).toContain('[exit 0]');
      expect(await kubectl('get', target, '-o', 'jsonpath={.spec.template.spec.containers[0].env[0].value}')).toBe('low[exit 0]');
      expect(await kubectl('rollout', 'history', target)).toContain('2         <none>\n3         <none>\n');
    }
    expect(log).toEqual([]);
  });
});
