import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.ts';
import { sh, startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

let cluster: KubeletCluster;
beforeAll(async () => {
  cluster = await startKubeletCluster();
});
afterAll(() => cluster.stop());

it('takes a container out of service and back by its readiness', async () => {
  cluster.pod('reader', sh('touch /tmp/ready; exec sleep 1000', { readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 } }));
  const conditions = (value: string) => cluster.until('reader', value, ({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status === value);
  await conditions('True');
  await cluster.exec('reader', 'main', ['rm', '/tmp/ready']);
  const pod = await conditions('False');
  expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ reason: 'ContainersNotReady', message: 'containers with unready status: [main]' });
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({ ready: false, started: true, restartCount: 0 });
  expect(cluster.events('reader').find(({ reason }) => reason === 'Unhealthy')?.message).toMatch(/^Readiness probe failed: cat: .*No such file or directory/);
  await cluster.exec('reader', 'main', ['touch', '/tmp/ready']);
  await conditions('True');
});

it('restarts what its liveness probe finds dead', async () => {
  cluster.pod('dead', { ...sh('sleep 1000', { livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 } }), terminationGracePeriodSeconds: 1 });
  const pod = await cluster.until('dead', 'restarted', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
  const messages = cluster.events('dead').map(({ message }) => message);
  expect(messages).toContain('Liveness probe failed: ');
  expect(messages).toContain('Container main failed liveness probe, will be restarted');
});

it('asks by HTTP and TCP, after the startup probe', async () => {
  cluster.pod('serves', sh('mkdir -p /tmp/w; echo ok > /tmp/w/healthz; httpd -f -p 8080 -h /tmp/w', {
    ports: [{ name: 'http', containerPort: 8080 }],
    startupProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1 },
  }));
  await cluster.until('serves', 'started', ({ status }) => status?.containerStatuses?.[0]?.started === true);
  await waitFor('readiness failed', () => cluster.events('serves').some(({ message }) => message === 'Readiness probe failed: HTTP probe failed with statuscode: 404'));
  await cluster.exec('serves', 'main', ['touch', '/tmp/w/ready']);
  const pod = await cluster.until('serves', 'ready', ({ status }) => status?.containerStatuses?.[0]?.ready === true);
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

it('says that nobody listens', async () => {
  cluster.pod('silent', sh('sleep 1000', { readinessProbe: { httpGet: { path: '/', port: 9 }, periodSeconds: 1 } }));
  const pod = await cluster.until('silent', 'running', ({ status }) => status?.phase === 'Running');
  const address = pod.status?.podIP ?? '';
  await waitFor('a look', () => cluster.events('silent').some(({ reason }) => reason === 'Unhealthy'));
  expect(cluster.events('silent').find(({ reason }) => reason === 'Unhealthy')?.message).toBe(`Readiness probe failed: Get "http://${address}:9/": dial tcp ${address}:9: connect: connection refused`);
});

it('runs hooks after the start and before the end', async () => {
  cluster.pod('hooked', { ...sh('echo main; trap "exit 0" TERM; while true; do sleep 0.05; done', {
    lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo after > /tmp/after'] } }, preStop: { exec: { command: ['sh', '-c', 'exit 3'] } } },
  }) });
  await cluster.until('hooked', 'ready', ({ status }) => status?.containerStatuses?.[0]?.ready === true);
  expect((await cluster.exec('hooked', 'main', ['cat', '/tmp/after'])).stdout).toBe('after\n');
  cluster.client.delete('pods', 'shop', 'hooked', {});
  await waitFor('it is gone', () => cluster.get('hooked') === undefined);
  expect(cluster.events('hooked').map(({ reason }) => reason)).toContain('FailedPreStopHook');
});
