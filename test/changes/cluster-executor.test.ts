/** A change of a cluster through the whole executor: draft, preview, approval, run, verification; and back by itself when it did not help. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../playground/cluster/cluster.ts';
import { busyboxImages } from '../../playground/cluster/kubelet/busybox.ts';
import { startCluster } from '../../playground/cluster/start.ts';
import type { ClusterAction } from '../../src/changes/action.ts';
import { kinds } from '../../src/changes/actions/kinds.ts';
import type { Change } from '../../src/changes/change.ts';
import { lockKeyOf } from '../../src/changes/lock-key.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { targetsWith, until } from '../support/changes.ts';
import { findProgram, requirement } from '../support/requirements.ts';
import { clusterTarget } from './actions/cluster-world.ts';
import type { Bench } from './bench.ts';
import { ana, openBench } from './bench.ts';

describe.skipIf(!requirement('kubectl'))('on a playground cluster', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sre-agent-executor-'));
  let cluster: Cluster;
  let bench: Bench;
  const image = () => cluster.client.get('deployments.apps', 'shop', 'checkout')?.spec?.template.spec?.containers[0]?.image;

  beforeAll(async () => {
    cluster = await startCluster({ directory: path.join(directory, 'cluster'), port: 0, images: busyboxImages(), bare: true });
    cluster.apply(`
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: checkout } }
  template:
    metadata: { labels: { app: checkout } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: web, image: 'registry.local/busybox:1', command: [sleep, '100000'] }]
`);
    await until(() => Promise.resolve(cluster.client.get('deployments.apps', 'shop', 'checkout')?.status?.readyReplicas === 2), 'two pods are ready', 90_000);
    bench = await openBench({ soak_seconds: 1, verification_deadline_seconds: 15, two_person_from: 'never' }, {
      kinds, targets: targetsWith({ clusters: [clusterTarget(cluster.adminKubeconfig)] }), programs: { kubectl: findProgram('kubectl') },
      redact: createRedactor({ knownSecrets: () => [cluster.adminKubeconfig] }).redactSync,
      verify: () => Promise.resolve({ keys: [], unread: [] }),
      pace: { pollMilliseconds: 500, undoDeadlineMilliseconds: 60_000 },
    });
  });
  afterAll(async () => {
    await bench?.close();
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const setImage = (tag: string): ClusterAction => ({ kind: 'kubectl.set_image', target: 'production', namespace: 'shop', workload: 'deployment', name: 'checkout', container: 'web', image: `registry.local/busybox:${tag}` });

  async function proposed(action: ClusterAction): Promise<Change> {
    const { incident } = await bench.store.incidents.openOrJoin({ alert: { source: 'manual', fingerprint: JSON.stringify(action), status: 'firing', title: 'Checkout', description: '', severity: 'warning', labels: {}, startedAt: '2026-01-01T00:00:00.000Z' } as never, channel: 'C1', title: 'Checkout' });
    const { id } = await bench.store.changes.draft(incident.id, { action, title: 'Another image', rationale: 'It worked', findings: ['F1'], findingKeys: [], proposedBy: 'rules' }, lockKeyOf(action));
    await bench.executor.preview(id);
    return bench.get(id);
  }

  async function run(change: Change): Promise<Change> {
    expect(await bench.decide(change, ana)).toMatchObject({ outcome: 'approved' });
    await bench.executor.execute(change.id, bench.signal);
    return bench.get(change.id);
  }

  test('a good one is done: what ran is in the timeline, and the rollout was waited for', async () => {
    const change = await proposed(setImage('1.1'));
    expect(change).toMatchObject({ state: 'proposed', lockKey: 'cluster/production/shop', risk: { level: 'medium' } });
    expect((await run(change)).state).toBe('done');
    expect(image()).toBe('registry.local/busybox:1.1');
    const verified = (await bench.events(change)).find((event) => event.type === 'change.verified');
    expect(verified).toMatchObject({ checks: expect.arrayContaining([expect.stringMatching(/2 of 2 pods updated, 2 ready, 2 available/)]) });
  });

  test('one whose image can not be pulled is undone by itself, and the pods are back', async () => {
    const change = await proposed(setImage('2'));
    expect((await run(change)).state).toBe('undone');
    expect(image()).toBe('registry.local/busybox:1.1');
    await until(() => Promise.resolve(cluster.client.get('deployments.apps', 'shop', 'checkout')?.status?.readyReplicas === 2), 'two pods are ready again', 60_000);
  });

  test('what moved between approval and run is stale', async () => {
    const change = await proposed(setImage('1.2'));
    cluster.client.modify('deployments.apps', 'shop', 'checkout', (copy) => { if (copy.spec) copy.spec.replicas = 1; });
    expect((await run(change)).state).toBe('stale');
    expect(image()).toBe('registry.local/busybox:1.1');
    expect((await bench.events(change)).at(-1)).toMatchObject({ type: 'change.stale', reason: expect.stringMatching(/^generation was \d+ when this was approved and is \d+ now/) });
  });
});
