import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.ts';
import { image, sh, startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

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
  await waitFor('its line', async () => (await cluster.logs('runs', 'main')) === 'started\n');
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

it('kills a container beyond its memory limit: OOMKilled, 137', async () => {
  cluster.pod('greedy', sh('(a=x; while true; do a=$a$a$a$a; sleep 0.05; done) & wait; sleep 1000', { resources: { limits: { memory: '24Mi' } } }));
  const pod = await cluster.until('greedy', 'killed', ({ status }) => status?.containerStatuses?.[0]?.lastState?.terminated !== undefined);
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  cluster.client.delete('pods', 'shop', 'greedy', { graceSeconds: 0 });
});

it('lets a command end in its grace period, and kills what does not listen', async () => {
  cluster.pod('polite', { ...sh('trap "echo bye; exit 0" TERM; while true; do sleep 0.05; done'), terminationGracePeriodSeconds: 30, restartPolicy: 'Never' });
  cluster.pod('deaf', { ...sh('echo on; sleep 1000'), terminationGracePeriodSeconds: 1 });
  for (const name of ['polite', 'deaf']) await cluster.until(name, 'running', ({ status }) => status?.phase === 'Running');
  const seen: string[] = [];
  const end = cluster.client.watch('pods', { modified: (pod) => {
    const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
    if (ended !== undefined) seen.push(`${pod.metadata.name} ${ended.exitCode}`);
  } });
  for (const name of ['polite', 'deaf']) cluster.client.delete('pods', 'shop', name, {});
  await waitFor('both are gone', () => cluster.get('polite') === undefined && cluster.get('deaf') === undefined);
  await waitFor('both ends were seen', () => new Set(seen).size >= 2);
  end();
  expect(new Set(seen)).toEqual(new Set(['polite 0', 'deaf 137']));
  expect(cluster.events('deaf').map(({ message }) => message)).toContain('Stopping container main');
});

it('runs init containers first, in order, and ends with Succeeded', async () => {
  const step = (name: string, script: string) => ({ name, image, command: ['sh', '-c', script], volumeMounts: [{ name: 'work', mountPath: '/work' }] });
  cluster.pod('steps', {
    restartPolicy: 'Never', volumes: [{ name: 'work', emptyDir: {} }],
    initContainers: [step('first', 'echo one > /work/list'), step('second', 'echo two >> /work/list')], containers: [step('main', 'cat /work/list')],
  });
  const pod = await cluster.until('steps', 'done', ({ status }) => status?.phase === 'Succeeded');
  expect(await cluster.logs('steps', 'main')).toBe('one\ntwo\n');
  expect(pod.status?.initContainerStatuses?.map(({ state, ready }) => [state?.terminated?.reason, ready])).toEqual([['Completed', true], ['Completed', true]]);
  expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
});

it('says what a command that is not there means', async () => {
  cluster.pod('absent', { containers: [{ name: 'main', image, command: ['no-such-program'] }] });
  const pod = await cluster.until('absent', 'failed', ({ status }) => status?.containerStatuses?.[0]?.state?.terminated?.reason === 'StartError');
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 128, message: expect.stringContaining('exec: "no-such-program": executable file not found in $PATH') as string,
  });
});

it('can not make a container without a command', async () => {
  cluster.pod('idle', { containers: [{ name: 'main', image }] });
  const pod = await cluster.until('idle', 'refused', ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerError');
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(/^failed to generate container "[0-9a-f]{64}" spec: failed to generate spec: no command specified$/);
  cluster.client.delete('pods', 'shop', 'idle', { graceSeconds: 0 });
});

it('starts again at once what a probe killed for the first time', async () => {
  cluster.pod('unlucky', { ...sh('sleep 1000', { livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 } }), terminationGracePeriodSeconds: 1 });
  await cluster.until('unlucky', 'restarted twice', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2);
  expect(cluster.events('unlucky').map(({ reason }) => reason)).not.toContain('BackOff');
  cluster.client.delete('pods', 'shop', 'unlucky', { graceSeconds: 0 });
});

it('holds back an image that is in no registry', async () => {
  cluster.pod('typo', { containers: [{ name: 'main', image: 'registry.local/payments:v2-typo' }] });
  await cluster.until('typo', 'held', ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff');
  const messages = cluster.events('typo').map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  expect(messages).toContain('Warning Failed Error: ErrImagePull');
  expect(messages).toContain('Normal BackOff Back-off pulling image "registry.local/payments:v2-typo"');
  expect(messages).toContain('Warning Failed Failed to pull image "registry.local/payments:v2-typo": failed to pull and unpack image "registry.local/payments:v2-typo": failed to resolve reference "registry.local/payments:v2-typo": failed to do request: Head "https://registry.local/v2/payments/manifests/v2-typo": dial tcp: lookup registry.local: no such host');
});

it('takes pods away from a node short of memory', async () => {
  cluster.pod('victim', { ...sh('sleep 1000'), nodeName: 'node2', terminationGracePeriodSeconds: 1 });
  await cluster.until('victim', 'running', ({ status }) => status?.phase === 'Running');
  cluster.kubelets.node('node2').set({ memoryPressure: true });
  const pod = await cluster.until('victim', 'evicted', ({ status }) => status?.phase === 'Failed');
  expect(pod.status).toMatchObject({ reason: 'Evicted', message: expect.stringMatching(/^The node was low on resource: memory\. Threshold quantity: 100Mi, available: /) as string });
  expect(cluster.client.get('nodes', undefined, 'node2')?.status?.conditions?.find(({ type }) => type === 'MemoryPressure')).toMatchObject({ status: 'True', reason: 'KubeletHasInsufficientMemory' });
  cluster.kubelets.node('node2').set({ memoryPressure: false });
});

it('does nothing about its pods while its node has lost the API server, and then catches up', async () => {
  cluster.pod('cut-off', { ...sh('sleep 1000'), nodeName: 'node2', terminationGracePeriodSeconds: 1 });
  const pod = await cluster.until('cut-off', 'running', ({ status }) => status?.phase === 'Running');
  cluster.kubelets.node('node2').set({ notReady: true });
  await expect(cluster.logs('cut-off', 'main')).rejects.toThrow(/^Get "https:\/\/127\.[\d.]+:10250\/containerLogs\/shop\/cut-off\/main": dial tcp .*: connect: connection refused$/);
  cluster.client.delete('pods', 'shop', 'cut-off', { graceSeconds: 5 });
  cluster.pod('bystander', sh('exit 0'));
  await cluster.until('bystander', 'restarted', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
  expect(cluster.get('cut-off')?.metadata).toMatchObject({ uid: pod.metadata.uid, deletionTimestamp: expect.any(String) as string });
  cluster.kubelets.node('node2').set({ notReady: false });
  await waitFor('it is gone', () => cluster.get('cut-off') === undefined);
});

it('restarts a container whose image changes, and only that', async () => {
  cluster.pod('changes', { ...sh('sleep 1000'), terminationGracePeriodSeconds: 1 });
  await cluster.until('changes', 'running', ({ status }) => status?.phase === 'Running');
  cluster.client.modify('pods', 'shop', 'changes', (copy) => {
    const [container] = copy.spec?.containers ?? [];
    if (container !== undefined) container.image = 'registry.local/busybox:1.36';
    copy.metadata.generation = 2;
  });
  await cluster.until('changes', 'restarted', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].image.endsWith(':1.36'));
  expect(cluster.events('changes').map(({ message }) => message)).toContain('Container main definition changed, will be restarted');
});
