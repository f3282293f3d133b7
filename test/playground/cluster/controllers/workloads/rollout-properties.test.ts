import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isActive, isReady } from '../../../../../playground/cluster/controllers/workloads/shared/pods.ts';
import { sameTemplate } from '../../../../../playground/cluster/controllers/workloads/shared/templates.ts';
import type { DeploymentSpec } from '../../../../../playground/cluster/objects/types.ts';
import { namespace, startWorkloadCluster, type WorkloadCluster } from './workload-cluster.ts';

type Act =
  | { do: 'scale'; to: number }
  | { do: 'image'; number: number }
  | { do: 'undo'; which: number }
  | { do: 'pause'; paused: boolean }
  | { do: 'ready' | 'unready' | 'delete'; which: number }
  | { do: 'remove' };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('scale' as const), to: fc.nat(7) }),
  fc.record({ do: fc.constant('image' as const), number: fc.nat(3) }),
  fc.record({ do: fc.constant('undo' as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant('pause' as const), paused: fc.boolean() }),
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ready' as const), which: fc.nat(9) }) },
  fc.record({ do: fc.constantFrom('unready' as const, 'delete' as const), which: fc.nat(9) }),
  fc.record({ do: fc.constant('remove' as const) }),
);

const limit = fc.oneof(fc.nat(3), fc.constantFrom('25%', '50%', '100%', '0%'));
const start = fc.record({ replicas: fc.nat(6), maxSurge: limit, maxUnavailable: limit }).filter(({ maxSurge, maxUnavailable }) => !(isZero(maxSurge) && isZero(maxUnavailable)));
const isZero = (value: string | number): boolean => value === 0 || value === '0%';

const template = (number: number) => ({ metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'checkout', image: `checkout:${number}` }] } });

function world(cluster: WorkloadCluster) {
  const deployment = () => cluster.client.get('deployments.apps', namespace, 'checkout');
  const sets = () => cluster.client.list('replicasets.apps', { namespace });
  const change = (spec: Partial<DeploymentSpec>): void => void cluster.client.modify('deployments.apps', namespace, 'checkout', (copy) => Object.assign(copy.spec ?? {}, spec));
  const revisionOf = (object: { metadata: { annotations?: Record<string, string> } } | undefined): number => Number(object?.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  const active = () => cluster.pods().filter(isActive);
  return {
    deployment, sets, change, revisionOf, active,
    available: () => active().filter(isReady).length,
    perform(step: Act): void {
      const pods = active();
      const pod = 'which' in step && pods.length > 0 ? pods[step.which % pods.length] : undefined;
      switch (step.do) {
        case 'scale': return change({ replicas: step.to });
        case 'image': return change({ template: template(step.number) });
        case 'pause': return change({ paused: step.paused });
        case 'undo': {
          const target = sets()[step.which % Math.max(1, sets().length)];
          const { 'pod-template-hash': _, ...labels } = target?.spec?.template?.metadata?.labels ?? {};
          if (target?.spec?.template !== undefined) change({ template: { ...structuredClone(target.spec.template), metadata: { ...target.spec.template.metadata, labels } } });
          return;
        }
        case 'ready': return pod === undefined ? undefined : cluster.makeReady(pod);
        case 'unready': return pod === undefined || !isReady(pod) ? undefined : cluster.makeUnready(pod);
        case 'delete': return pod === undefined ? undefined : cluster.client.delete('pods', namespace, pod.metadata.name);
        case 'remove': cluster.removeDeleted();
      }
    },
  };
}

const share = (value: number | string, total: number, round: (share: number) => number): number => (typeof value === 'number' ? value : round((parseInt(value, 10) * total) / 100));

it('a rollout stays within its limits and ends with the template that was asked for, whatever happens on the way', async () => {
  await fc.assert(fc.asyncProperty(start, fc.array(act, { minLength: 1, maxLength: 25 }), async ({ replicas, maxSurge, maxUnavailable }, acts) => {
    const cluster = startWorkloadCluster();
    const { deployment, sets, change, revisionOf, active, available, perform } = world(cluster);
    cluster.client.create('deployments.apps', {
      metadata: { name: 'checkout', namespace },
      spec: {
        replicas, selector: { matchLabels: { app: 'checkout' } }, template: template(0), progressDeadlineSeconds: 600, revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      },
    });
    await cluster.settle();
    let revision = revisionOf(deployment());
    for (const step of acts) {
      perform(step);
      const wanted = deployment()?.spec?.replicas ?? 0;
      const surge = share(maxSurge, wanted, Math.ceil);
      const unavailable = Math.max(share(maxUnavailable, wanted, Math.floor), surge === 0 ? 1 : 0);
      const before = available();
      await cluster.settle();
      expect(active().length).toBeLessThanOrEqual(wanted + surge);
      // A new size may take ready pods away: each set gives its share.
      const least = step.do === 'scale' ? 0 : Math.min(before, wanted - unavailable);
      expect(available()).toBeGreaterThanOrEqual(least);
      expect(revisionOf(deployment())).toBeGreaterThanOrEqual(revision);
      revision = revisionOf(deployment());
      expect(new Set(sets().map(revisionOf)).size).toBe(sets().length);
    }
    change({ paused: false });
    for (let round = 0; round < 60; round += 1) {
      await cluster.settle();
      const resting = cluster.pods().every((pod) => isActive(pod) && isReady(pod));
      if (resting) break;
      cluster.removeDeleted();
      cluster.makeAllReady();
    }
    const wanted = deployment()?.spec?.replicas ?? 0;
    const running = sets().filter(({ spec }) => (spec?.replicas ?? 0) > 0);
    const newest = sets().find((set) => sameTemplate(set.spec?.template, deployment()?.spec?.template));
    expect(running.map(({ metadata }) => metadata.name)).toEqual(wanted === 0 ? [] : [newest?.metadata.name]);
    expect(active()).toHaveLength(wanted);
    expect(revisionOf(newest)).toBe(Math.max(...sets().map(revisionOf)));
    expect(revisionOf(deployment())).toBe(revisionOf(newest));
    expect(deployment()?.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
    expect(cluster.log).toEqual([]);
    cluster.stop();
  }), { numRuns: 40 });
});
