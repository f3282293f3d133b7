/** What a container sees: variables, files, names. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.ts';
import { collector, image, sh, startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

let cluster: KubeletCluster;
beforeAll(async () => {
  cluster = await startKubeletCluster();
  cluster.client.create('configmaps', { metadata: { name: 'settings', namespace: 'shop' }, data: { LOG_LEVEL: 'info', 'app.yaml': 'level: 1\n' } });
  cluster.client.create('secrets', { metadata: { name: 'password', namespace: 'shop' }, data: { token: Buffer.from('s3cret').toString('base64') } });
});
afterAll(() => cluster.stop());

const ready = (name: string) => cluster.until(name, 'ready', ({ status }) => status?.containerStatuses?.[0]?.ready === true);

it('has the variables of its pod, and no others', async () => {
  cluster.pod('variables', {
    ...sh('sleep 1000', {
      envFrom: [{ prefix: 'CFG_', configMapRef: { name: 'settings' } }],
      env: [
        { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'password', key: 'token' } } }, { name: 'GREETING', value: 'hello $(TOKEN) $(NOBODY) $$(TOKEN)' },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }, { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'MAYBE', valueFrom: { configMapKeyRef: { name: 'nothing', key: 'x', optional: true } } },
      ],
      resources: { limits: { memory: '64Mi' } },
    }),
    enableServiceLinks: false,
  });
  const pod = await ready('variables');
  const { stdout } = await cluster.exec('variables', 'main', ['env']);
  const variables = Object.fromEntries(stdout.trimEnd().split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  expect(variables).toMatchObject({
    'CFG_LOG_LEVEL': 'info', TOKEN: 's3cret', GREETING: 'hello s3cret $(NOBODY) $(TOKEN)', NODE: 'node1', IP: pod.status?.podIP, LIMIT: '64', HOSTNAME: 'variables', HOME: '/root',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '6443',
  });
  for (const name of ['NODE_OPTIONS', 'CONTAINER_SANDBOX', 'MAYBE']) expect(variables).not.toHaveProperty(name);
});

it.each([
  ['search-secret', { secretKeyRef: { name: 'search-token', key: 'token' } }, 'secret "search-token" not found'],
  ['search-map', { configMapKeyRef: { name: 'absent', key: 'x' } }, 'configmap "absent" not found'],
  ['search-key', { configMapKeyRef: { name: 'settings', key: 'y' } }, "couldn't find key y in ConfigMap shop/settings"],
  ['search-secret-key', { secretKeyRef: { name: 'password', key: 'y' } }, "couldn't find key y in Secret shop/password"],
])('waits for what its variables name: %s', async (name, valueFrom, message) => {
  cluster.pod(name, sh('sleep 1000', { env: [{ name: 'TOKEN', valueFrom }] }));
  const pod = await cluster.until(name, 'refused', ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError');
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(message);
  expect(cluster.events(name)).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'Failed', message: `Error: ${message}` }));
  await expect(cluster.logs(name, 'main')).rejects.toThrow(`container "main" in pod "${name}" is waiting to start: CreateContainerConfigError`);
});

it('has its volumes as files, which follow their objects', async () => {
  const claimed = join(cluster.directory, 'claimed');
  mkdirSync(claimed);
  cluster.client.create('persistentvolumes', { metadata: { name: 'disk' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: claimed } } });
  cluster.client.create('persistentvolumeclaims', { metadata: { name: 'data', namespace: 'shop' }, spec: { volumeName: 'disk', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } });
  cluster.client.modify('persistentvolumeclaims', 'shop', 'data', (copy) => void (copy.status = { phase: 'Bound' }), 'status');
  cluster.pod('volumes', {
    containers: [{
      name: 'main', image, command: ['sh', '-c', 'echo kept > /data/file; sleep 1000'],
      volumeMounts: [
        { name: 'config', mountPath: '/etc/app', readOnly: true }, { name: 'config', mountPath: '/etc/one.yaml', subPath: 'app.yaml' }, { name: 'data', mountPath: '/data' }, { name: 'all', mountPath: '/var/run/all' },
      ],
    }],
    volumes: [
      { name: 'config', configMap: { name: 'settings' } }, { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'all', projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { secret: { name: 'password', items: [{ key: 'token', path: 'deep/password' }] } }, { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }] } },
    ],
  }, { labels: { app: 'volumes' } });
  await ready('volumes');
  const cat = async (...files: string[]): Promise<string> => (await cluster.exec('volumes', 'main', ['cat', ...files])).stdout;
  expect(await cat('/etc/app/app.yaml', '/etc/one.yaml')).toBe('level: 1\nlevel: 1\n');
  expect(await cat('/var/run/all/token', '/var/run/all/deep/password', '/var/run/all/labels')).toBe('token of volumess3cretapp="volumes"');
  expect((await cluster.exec('volumes', 'main', ['sh', '-c', 'ls /etc/app && pwd'])).stdout).toContain('LOG_LEVEL\napp.yaml\n');
  await waitFor('the file on the volume', () => readFileSync(join(claimed, 'file'), 'utf8') === 'kept\n');
  cluster.client.modify('configmaps', 'shop', 'settings', (copy) => void (copy.data = { LOG_LEVEL: 'debug', 'app.yaml': 'level: 2\n', new: 'x' }));
  await waitFor('the new file', async () => (await cat('/etc/app/app.yaml', '/etc/app/new')) === 'level: 2\nx');
  expect((await cluster.exec('volumes', 'main', ['ls', '/etc/app'])).stdout).toBe('LOG_LEVEL\napp.yaml\nnew\n');
});

it('waits for a volume whose source is missing', async () => {
  cluster.pod('unmounted', { ...sh('sleep 1000'), volumes: [{ name: 'config', configMap: { name: 'later' } }] });
  await waitFor('the event', () => cluster.events('unmounted').some(({ reason, message }) => reason === 'FailedMount' && message === 'MountVolume.SetUp failed for volume "config" : configmap "later" not found'));
  expect(cluster.get('unmounted')?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating');
  cluster.client.create('configmaps', { metadata: { name: 'later', namespace: 'shop' }, data: {} });
  await ready('unmounted');
});

it('runs Node programs that see their address, names and files', async () => {
  const program = "const fs = require('node:fs'); const http = require('node:http'); http.createServer((_, answer) => answer.end(fs.readFileSync('/etc/app/LOG_LEVEL'))).listen(8080, () => { fs.writeFileSync('/tmp/started', 'x'); console.log(require('node:os').hostname()); })";
  cluster.pod('program', {
    containers: [{ name: 'main', image, command: [process.execPath, '-e', program], volumeMounts: [{ name: 'config', mountPath: '/etc/app' }], readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } }],
    volumes: [{ name: 'config', configMap: { name: 'settings' } }],
  });
  const pod = await ready('program');
  expect(await (await fetch(`http://${pod.status?.podIP}:8080/`)).text()).toMatch(/^(info|debug)$/);
  expect(await cluster.logs('program', 'main')).toBe('program\n');
  expect((await cluster.exec('program', 'main', ['cat', '/tmp/started'])).stdout).toBe('x');
  expect((await cluster.exec('program', 'main', ['wget', '-q', '-O', '-', 'http://localhost:8080/'])).stdout).toMatch(/^(info|debug)$/);
});

it('runs other commands inside: exit codes, input, what is not there', async () => {
  cluster.pod('inside', sh('sleep 1000'));
  await ready('inside');
  expect(await cluster.exec('inside', 'main', ['sh', '-c', 'cat; echo problem >&2; exit 7'], Readable.from(['input']))).toEqual({ code: 7, stdout: 'input', stderr: 'problem\n' });
  expect((await cluster.exec('inside', 'main', ['cat', '/etc/hostname'])).stdout).toBe('inside\n');
  await expect(cluster.exec('inside', 'main', ['nothing'])).rejects.toThrow('exec: "nothing": executable file not found in $PATH');
  await cluster.exec('inside', 'main', ['kill', '-9', '1']);
  await cluster.until('inside', 'restarted', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
});

it('reads logs: tail, times, previous, follow', async () => {
  cluster.pod('talks', { ...sh('for n in 1 2 3; do echo line $n; done; echo partly >&2; while [ ! -f /tmp/go ]; do sleep 0.05; done; printf last; exit 1'), restartPolicy: 'OnFailure' });
  await waitFor('its lines', async () => cluster.get('talks')?.status?.phase === 'Running' && (await cluster.logs('talks', 'main')).includes('partly'));
  expect(await cluster.logs('talks', 'main', { tailLines: 2, timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 3\n\S+Z partly\n$/);
  await expect(cluster.logs('talks', 'main', { previous: true })).rejects.toThrow('previous terminated container "main" in pod "talks" not found');
  const sink = collector();
  const pod = cluster.get('talks');
  if (pod === undefined) throw new Error('no pod');
  const following = cluster.kubelets.runtime.logs(pod, 'main', { follow: true, previous: false, timestamps: false, tailLines: 1 }, sink.stream, new AbortController().signal);
  await cluster.exec('talks', 'main', ['touch', '/tmp/go']);
  await following;
  expect(sink.text()).toBe('partly\nlast');
  await cluster.until('talks', 'running again', ({ status }) => status?.containerStatuses?.[0]?.state?.running !== undefined && status.containerStatuses[0].restartCount === 1);
  expect(await cluster.logs('talks', 'main', { previous: true, limitBytes: 6 })).toBe('line 1');
});
