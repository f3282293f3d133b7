import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeExpired } from '../../../../../playground/cluster/controllers/cluster/event-expiry.ts';
import { startNodeLifecycle } from '../../../../../playground/cluster/controllers/cluster/node-lifecycle.ts';
import { startPodGarbageCollection } from '../../../../../playground/cluster/controllers/cluster/pod-gc.ts';
import { startTaintEviction } from '../../../../../playground/cluster/controllers/cluster/taint-eviction.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

let parts: Parts;
let stops: { stop(): void }[];

beforeEach(() => {
  parts = createParts();
  const settings = settingsFor(parts, { timing: { speed: 100 } });
  stops = [startNodeLifecycle(parts.client, settings), startTaintEviction(parts.client, settings), startPodGarbageCollection(parts.client, settings)];
});
afterEach(() => {
  for (const part of [...stops, parts]) part.stop();
});

const taints = (name: string): string[] => (parts.client.get('nodes', undefined, name)?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort();
const pod = (name: string) => parts.client.get('pods', 'shop', name);
const isLeaving = (name: string): boolean => pod(name) === undefined || pod(name)?.metadata.deletionTimestamp !== undefined;
const heartbeat = (name: string): void => void parts.client.modify('nodes', undefined, name, (copy) => {
  copy.status = { ...copy.status, conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', lastHeartbeatTime: new Date().toISOString() }] };
}, 'status');

describe('nodes', () => {
  test('are registered, cordoned and uncordoned', async () => {
    parts.node('node1');
    await waitFor('the event', () => parts.events('node1').length > 0);
    expect(parts.events('node1')).toMatchObject([{ reason: 'RegisteredNode', type: 'Normal', message: 'Node node1 event: Registered Node node1 in Controller', source: { component: 'node-controller' } }]);
    await waitFor('its annotation', () => parts.client.get('nodes', undefined, 'node1')?.metadata.annotations?.['node.alpha.kubernetes.io/ttl'] === '0');
    const cordon = (unschedulable: boolean): void => void parts.client.modify('nodes', undefined, 'node1', (copy) => {
      copy.spec = { ...copy.spec, unschedulable };
    });
    cordon(true);
    await waitFor('the taint', () => taints('node1').length > 0);
    expect(taints('node1')).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
    cordon(false);
    await waitFor('no taint', () => taints('node1').length === 0);
  });

  test('that fall silent are unknown, lose who does not tolerate that, and come back', async () => {
    parts.node('node1');
    parts.pod('impatient', { spec: { nodeName: 'node1', tolerations: [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 100 }] } });
    parts.pod('patient', { spec: { nodeName: 'node1', tolerations: [{ operator: 'Exists' }] } });
    parts.run('patient', '127.244.0.9', true);
    // A few signs of life tell how often this one gives them.
    for (const pause of [300, 300, 300]) {
      await sleep(pause);
      heartbeat('node1');
    }
    await waitFor('it is unknown', () => {
      const ready = parts.client.get('nodes', undefined, 'node1')?.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'Unknown' && ready.reason === 'NodeStatusUnknown' && ready.message === 'Kubelet stopped posting node status.';
    });
    await waitFor('the taints', () => taints('node1').length === 2);
    expect(taints('node1')).toEqual(['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);
    await waitFor('eviction', () => isLeaving('impatient'));
    expect(parts.events('impatient')).toMatchObject([{ reason: 'TaintManagerEviction', type: 'Normal', message: 'Marking for deletion Pod shop/impatient' }]);
    expect(isLeaving('patient')).toBe(false);
    expect(pod('patient')?.status?.conditions).toMatchObject([{ type: 'Ready', status: 'False' }]);
    expect(parts.events('patient').map(({ reason, message }) => [reason, message])).toEqual([['NodeNotReady', 'Node is not ready']]);
    heartbeat('node1');
    await waitFor('no taints', () => taints('node1').length === 0);
  });

  test('that are removed take their pods along', async () => {
    parts.node('node1');
    parts.pod('left-behind', { spec: { nodeName: 'node1' } });
    parts.client.delete('nodes', undefined, 'node1');
    await waitFor('the pod is gone', () => pod('left-behind') === undefined);
    expect(parts.events('node1').map(({ reason }) => reason)).toContain('RemovingNode');
  });
});

test('a NoExecute taint without a toleration evicts at once', async () => {
  parts.node('node1');
  parts.pod('web', { spec: { nodeName: 'node1' } });
  parts.client.modify('nodes', undefined, 'node1', (copy) => {
    copy.spec = { ...copy.spec, taints: [{ key: 'maintenance', effect: 'NoExecute' }] };
  });
  await waitFor('eviction', () => isLeaving('web'));
  expect(taints('node1')).toEqual(['maintenance:NoExecute']);
});

test('events are forgotten an hour after they were last seen', () => {
  const web = parts.pod('web');
  parts.client.event(web, { type: 'Normal', reason: 'Tested', message: 'once' });
  const hour = 3_600_000;
  removeExpired(parts.client, Date.now() + hour - 60_000);
  expect(parts.events('web')).toHaveLength(1);
  removeExpired(parts.client, Date.now() + hour + 60_000);
  expect(parts.events('web')).toHaveLength(0);
});
