import { afterEach, beforeEach, expect, test } from 'vitest';
import { startDisruptionBudgets } from '../../../../../playground/cluster/controllers/cluster/disruption-budgets.ts';
import { startQuotas } from '../../../../../playground/cluster/controllers/cluster/quotas.ts';
import type { PodDisruptionBudgetSpec } from '../../../../../playground/cluster/objects/types.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

let parts: Parts;
let stops: { stop(): void }[];

beforeEach(() => {
  parts = createParts();
  stops = [startDisruptionBudgets(parts.client, settingsFor(parts)), startQuotas(parts.client, settingsFor(parts))];
});
afterEach(() => {
  for (const part of [...stops, parts]) part.stop();
});

const status = (name: string) => parts.client.get('poddisruptionbudgets.policy', 'shop', name)?.status;
const budget = (name: string, spec: PodDisruptionBudgetSpec): void => void parts.client.create('poddisruptionbudgets.policy', { metadata: { name, namespace: 'shop' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } });

test('a budget allows what is healthy beyond what it wants', async () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'registry.local/busybox:1' }] } };
  const set = parts.client.create('replicasets.apps', { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template } });
  for (const index of [1, 2, 3]) {
    parts.pod(`web-${index}`, { labels: { app: 'web' }, owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: set.metadata.uid } });
    parts.run(`web-${index}`, `127.244.0.${index + 10}`, index < 3);
  }
  budget('count', { minAvailable: 1 });
  budget('share', { minAvailable: '67%' });
  budget('unavailable', { maxUnavailable: 1 });
  await waitFor('all three', () => ['count', 'share', 'unavailable'].every((name) => status(name)?.expectedPods === 3));
  expect(status('count')).toMatchObject({ currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }] });
  expect(status('share')).toMatchObject({ currentHealthy: 2, desiredHealthy: 3, disruptionsAllowed: 0, conditions: [{ status: 'False', reason: 'InsufficientPods' }] });
  expect(status('unavailable')).toMatchObject({ desiredHealthy: 2, disruptionsAllowed: 0 });
  parts.run('web-3', '127.244.0.13', true);
  await waitFor('one more', () => status('unavailable')?.disruptionsAllowed === 1);
  expect(status('count')?.disruptionsAllowed).toBe(2);
});

test('a quota counts what is not finished, with its requests and storage', async () => {
  parts.client.create('resourcequotas', { metadata: { name: 'compute', namespace: 'shop' }, spec: { hard: { pods: '14', 'requests.cpu': '4', memory: '8Gi', 'limits.memory': '8Gi', 'count/deployments.apps': '5', configmaps: '9', 'requests.storage': '10Gi' } } });
  parts.pod('one', { requests: { cpu: '250m', memory: '64Mi' } });
  parts.pod('two', { requests: { cpu: '1', memory: '1Gi' } });
  parts.pod('done', { requests: { cpu: '3' } });
  parts.client.create('configmaps', { metadata: { name: 'settings', namespace: 'shop' } });
  parts.client.create('persistentvolumeclaims', { metadata: { name: 'data', namespace: 'shop' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'x', resources: { requests: { storage: '1536Mi' } } } });
  parts.client.modify('pods', 'shop', 'done', (copy) => {
    copy.status = { phase: 'Failed' };
  }, 'status');
  const used = () => parts.client.get('resourcequotas', 'shop', 'compute')?.status?.used;
  await waitFor('the count', () => used()?.['pods'] === '2' && used()?.['configmaps'] === '1' && used()?.['requests.storage'] !== '0');
  expect(used()).toEqual({ pods: '2', 'requests.cpu': '1250m', memory: '1088Mi', 'limits.memory': '0', 'count/deployments.apps': '0', configmaps: '1', 'requests.storage': '1536Mi' });
  expect(parts.client.get('resourcequotas', 'shop', 'compute')?.status?.hard).toMatchObject({ pods: '14', memory: '8Gi' });
});
