import { afterAll, beforeAll, expect, it } from 'vitest';
import { sh, startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

let cluster: KubeletCluster;
beforeAll(async () => {
  cluster = await startKubeletCluster();
});
afterAll(() => cluster.stop());

it('runs a command as a pod and says so in its status', async () => {
  cluster.pod('runs', sh('echo started; exec sleep 1000'));
  const pod = await cluster.until('runs', 'ready', ({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true);
  expect(pod.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^127\./) as string });
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({ ready: true, started: true, restartCount: 0, containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/) as string });
  expect(await cluster.logs('runs', 'main')).toBe('started\n');
  expect(cluster.events('runs').map(({ reason, message }) => `${reason} ${message}`).sort()).toEqual([
    'Created Container created', 'Pulled Container image "registry.local/busybox:1" already present on machine and can be accessed by the pod', 'Started Container started',
  ]);
});

it('restarts what crashes, at once first and then behind a back-off', async () => {
  cluster.pod('crashes', sh('echo "FATAL: no"; exit 3'));
  const pod = await cluster.until('crashes', 'held back', ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff' && status.containerStatuses[0].restartCount >= 2);
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(/^back-off (20s|40s|1m20s|2m40s|5m0s) restarting failed container=main pod=crashes_shop\([0-9a-f-]{36}\)$/);
  expect(cluster.events('crashes').find(({ reason }) => reason === 'BackOff')?.message).toMatch(/^Back-off restarting failed container main in pod crashes_shop\(/);
  cluster.client.delete('pods', 'shop', 'crashes', {});
  await cluster.until('runs', 'crashes is gone', () => cluster.get('crashes') === undefined);
});
