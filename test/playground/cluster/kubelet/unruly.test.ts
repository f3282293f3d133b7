/** Containers that a real node survives too. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyboxImages } from '../../../../playground/cluster/kubelet/busybox.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { collector, image, sh, startKubeletCluster, type KubeletCluster } from './kubelet-cluster.ts';

let cluster: KubeletCluster;
beforeAll(async () => {
  const registry = busyboxImages();
  cluster = await startKubeletCluster({
    images: {
      pull: (reference) => {
        if (reference.includes('throws')) throw new Error('the registry broke');
        return registry.pull(reference);
      },
    },
  });
});
afterAll(() => cluster.stop());

const running = (name: string) => cluster.until(name, 'running', ({ status }) => status?.phase === 'Running');
const lives = async (name: string): Promise<void> => {
  cluster.pod(name, sh('echo fine; sleep 1000'));
  await running(name);
  await waitFor('its log', async () => (await cluster.logs(name, 'main')) === 'fine\n');
};

it('writes without end: the log is bounded, and others get their turn', async () => {
  cluster.pod('floods', { ...sh('yes "a line of text that is written again and again"'), terminationGracePeriodSeconds: 0 });
  const pod = await running('floods');
  const folder = join(cluster.directory, 'kubelet', 'nodes', 'node1', 'logs', `shop_floods_${pod.metadata.uid}`, 'main');
  await waitFor('a rotation', () => existsSync(join(folder, '0.log.1')));
  await lives('beside-the-flood');
  expect(readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)).toBeLessThan(25 * 1024 * 1024);
  expect((await cluster.logs('floods', 'main', { tailLines: 2 })).split('\n')).toHaveLength(3);
  cluster.client.delete('pods', 'shop', 'floods');
  await waitFor('its end', () => cluster.get('floods') === undefined);
});

it('a followed log ends when its pod is deleted', async () => {
  cluster.pod('followed', { ...sh('echo begun; sleep 1000'), terminationGracePeriodSeconds: 0 });
  const pod = await running('followed');
  const sink = collector();
  const following = cluster.kubelets.runtime.logs(pod, 'main', { follow: true, previous: false, timestamps: false }, sink.stream, new AbortController().signal);
  await waitFor('its first line', () => sink.text() === 'begun\n');
  cluster.client.delete('pods', 'shop', 'followed');
  await following;
  expect(sink.text()).toBe('begun\n');
});

it('commands, variables and images that nothing can be made of', async () => {
  cluster.pod('nul-argument', { containers: [{ name: 'main', image, command: ['/bin/echo', 'a\0b'] }] });
  cluster.pod('nul-command', { containers: [{ name: 'main', image, command: ['/bin/ec\0ho'] }] });
  cluster.pod('nul-variable', sh('env', { env: [{ name: 'A', value: 'x\0y' }] }));
  cluster.pod('lines', sh('printf "%s" "$$A"; sleep 1000', { env: [{ name: 'A', value: 'one\ntwo\n' }] }));
  for (const name of ['nul-argument', 'nul-command', 'nul-variable']) {
    await cluster.until(name, 'refused', ({ status }) => {
      const { state, lastState } = status?.containerStatuses?.[0] ?? {};
      return (state?.terminated ?? lastState?.terminated)?.reason === 'StartError';
    });
  }
  await running('lines');
  await waitFor('both lines', async () => (await cluster.logs('lines', 'main')).startsWith('one\ntwo'));
  for (const [index, strange] of ['throws:1', '../../etc/passwd', 'a b', '$(id)', 'x'.repeat(2_000), 'registry.local/busybox@sha256:0'].entries()) {
    cluster.pod(`image-${index}`, { containers: [{ name: 'main', image: strange, command: ['/bin/true'] }] });
  }
  await waitFor('word of the broken registry', () => cluster.logged.some((line) => line.includes('the registry broke')));
  await lives('beside-strange-images');
  expect(cluster.get('image-1')?.status?.phase).toBe('Pending');
});

it('volumes stay in their pod\'s folder', async () => {
  cluster.client.create('configmaps', { metadata: { name: 'keys', namespace: 'shop' }, data: { good: 'inside' } });
  const outside = join(cluster.directory, 'outside');
  for (const path of ['../../../outside', '/outside', 'a/../../outside']) {
    expect(() => cluster.pod('refused', { ...sh('sleep 1'), volumes: [{ name: 'keys', configMap: { name: 'keys', items: [{ key: 'good', path }] } }] })).toThrow('is invalid');
    expect(() => cluster.pod('refused', { ...sh('sleep 1', { volumeMounts: [{ name: 'scratch', mountPath: '/scratch', subPath: path }] }), volumes: [{ name: 'scratch', emptyDir: {} }] })).toThrow('is invalid');
  }
  cluster.pod('climbs', {
    ...sh('sleep 1000', { env: [{ name: 'UP', value: '../../../../../../..' }], volumeMounts: [
      { name: 'keys', mountPath: '/keys' }, { name: 'host', mountPath: '/host' }, { name: 'scratch', mountPath: '/scratch', subPathExpr: '$(UP)/outside' },
    ] }),
    volumes: [
      { name: 'keys', configMap: { name: 'keys', items: [{ key: 'good', path: 'fine' }] } },
      { name: 'host', hostPath: { path: '/outside', type: 'DirectoryOrCreate' } }, { name: 'scratch', emptyDir: {} },
    ],
  });
  await waitFor('what becomes of it', () => cluster.get('climbs')?.status?.phase === 'Running' || cluster.events('climbs').some(({ type }) => type === 'Warning'));
  expect(existsSync(outside)).toBe(false);
  await lives('beside-the-climber');
});
