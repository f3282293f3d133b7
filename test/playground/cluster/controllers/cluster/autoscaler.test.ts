import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startAutoscaler } from '../../../../../playground/cluster/controllers/cluster/autoscaler/autoscaler.ts';
import { limitReplicas, type History } from '../../../../../playground/cluster/controllers/cluster/autoscaler/limits.ts';
import type { MetricSpec } from '../../../../../playground/cluster/objects/types.ts';
import { waitFor } from '../../../../support/wait-for.ts';
import { createParts, settingsFor, type Parts } from './parts.ts';

let parts: Parts;
let autoscaler: { stop(): void };
/** Millicores per pod. */
let load: Record<string, number>;

beforeEach(() => {
  parts = createParts();
  load = {};
  autoscaler = startAutoscaler(parts.client, settingsFor(parts, {
    timing: { speed: 100 },
    usage: {
      usage: ({ metadata }) => {
        const milli = load[metadata.name];
        return milli === undefined ? undefined : { at: new Date(Date.now() + 60_000).toISOString(), windowMilliseconds: 15_000, containers: [{ name: 'main', cpuNanocores: milli * 1e6, memoryBytes: milli * 1_048_576 }] };
      },
    },
  }));
});
afterEach(() => {
  autoscaler.stop();
  parts.stop();
});

function deployment(replicas: number, requests?: Record<string, string>): void {
  const container = { name: 'main', image: 'registry.local/busybox:1', ...(requests === undefined ? {} : { resources: { requests } }) };
  parts.client.create('deployments.apps', { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } } } });
  for (let index = 0; index < replicas; index += 1) {
    parts.pod(`web-${index}`, { labels: { app: 'web' }, ...(requests === undefined ? {} : { requests }) });
    parts.run(`web-${index}`, `127.244.0.${index + 10}`, true);
    parts.client.modify('pods', 'shop', `web-${index}`, ({ status, metadata }) => {
      if (status !== undefined) status.startTime = metadata.creationTimestamp;
    }, 'status');
  }
}
const cpu: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };
const scaler = (more: { metrics?: MetricSpec[]; name?: string; minReplicas?: number } = {}): void => void parts.client.create('horizontalpodautoscalers.autoscaling', {
  metadata: { name: 'web', namespace: 'shop' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: more.name ?? 'web' }, minReplicas: more.minReplicas ?? 1, maxReplicas: 5, metrics: more.metrics ?? [cpu] },
});
const status = () => parts.client.get('horizontalpodautoscalers.autoscaling', 'shop', 'web')?.status;
const condition = (type: string): [string | undefined, string | undefined, string | undefined] => {
  const found = status()?.conditions?.find((candidate) => candidate.type === type);
  return [found?.status, found?.reason, found?.message];
};
const replicas = (): number | undefined => parts.client.get('deployments.apps', 'shop', 'web')?.spec?.replicas;
const messages = (): string[] => parts.events('web').map(({ type, reason, message }) => `${type} ${reason} ${message}`);

describe('the autoscaler', () => {
  test('adds replicas when they are busy', async () => {
    load = { 'web-0': 180, 'web-1': 120 };
    deployment(2, { cpu: '100m' });
    scaler();
    await waitFor('more replicas', () => replicas() === 5 && messages().length > 0);
    expect(messages()).toEqual(['Normal SuccessfulRescale New size: 5; reason: cpu resource utilization (percentage of request) above target']);
    await waitFor('its status', () => status()?.currentMetrics);
    expect(status()?.currentMetrics).toEqual([{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 150, averageValue: '150m' } } }]);
    expect(condition('ScalingActive')).toEqual(['True', 'ValidMetricFound', 'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)']);
  });

  test('leaves alone what is near enough', async () => {
    load = { 'web-0': 54, 'web-1': 52 };
    deployment(2, { cpu: '100m' });
    scaler();
    await waitFor('a look', () => status()?.desiredReplicas === 2);
    expect(condition('AbleToScale')).toEqual(['True', 'ReadyForNewScale', 'recommended size matches current size']);
    expect(condition('ScalingLimited')).toEqual(['False', 'DesiredWithinRange', 'the desired count is within the acceptable range']);
    expect(replicas()).toBe(2);
  });

  test('takes replicas away only when nobody has asked for them for a while', async () => {
    load = { 'web-0': 5, 'web-1': 5 };
    deployment(2, { cpu: '100m' });
    scaler();
    await waitFor('it holds on', () => condition('AbleToScale')[1] === 'ScaleDownStabilized');
    expect(replicas()).toBe(2);
    await waitFor('fewer replicas', () => replicas() === 1);
    await waitFor('the event', () => messages().length > 0);
    expect(messages()).toEqual(['Normal SuccessfulRescale New size: 1; reason: All metrics below target']);
  });

  test('says which container has no request', async () => {
    load = { 'web-0': 100 };
    deployment(1);
    scaler();
    await waitFor('the condition', () => condition('ScalingActive')[1] === 'FailedGetResourceMetric');
    const why = 'failed to get cpu utilization: missing request for cpu in container main of Pod web-0';
    expect(condition('ScalingActive')).toEqual(['False', 'FailedGetResourceMetric', `the HPA was unable to compute the replica count: ${why}`]);
    expect(messages()).toEqual([`Warning FailedGetResourceMetric ${why}`, `Warning FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`].toSorted((left, right) => messages().indexOf(left) - messages().indexOf(right)));
  });

  test('says that there are no metrics, and that there is no target', async () => {
    deployment(1, { cpu: '100m' });
    scaler();
    await waitFor('the condition', () => condition('ScalingActive')[2] === 'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API');
    parts.client.delete('deployments.apps', 'shop', 'web');
    await waitFor('the other condition', () => condition('AbleToScale')[1] === 'FailedGetScale');
    expect(condition('AbleToScale')[2]).toBe('the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found');
  });

  test('scales by an average value of memory', async () => {
    load = { 'web-0': 300 };
    deployment(1, { memory: '100Mi' });
    scaler({ metrics: [{ type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } } }] });
    await waitFor('three', () => replicas() === 3 && status()?.currentMetrics !== undefined);
    expect(status()?.currentMetrics).toEqual([{ type: 'Resource', resource: { name: 'memory', current: { averageValue: '300Mi' } } }]);
  });
});

test('however the load moves: within minimum and maximum, never down before the window is over', () => {
  fc.assert(fc.property(fc.array(fc.record({ wait: fc.integer({ min: 1, max: 400 }), asked: fc.integer({ min: 0, max: 40 }) }), { minLength: 1, maxLength: 30 }), (steps) => {
    const history: History = { recommendations: [], changes: [] };
    const spec = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 20 };
    let now = 0;
    let current = 3;
    const asked: { at: number; replicas: number }[] = [{ at: 0, replicas: current }];
    for (const step of steps) {
      now += step.wait * 1_000;
      if (asked.length === 1) asked[0] = { at: now, replicas: current };
      asked.push({ at: now, replicas: step.asked });
      const { replicas: next } = limitReplicas(spec, history, current, step.asked, { speed: 1 }, now);
      expect(next).toBeGreaterThanOrEqual(2);
      expect(next).toBeLessThanOrEqual(20);
      // What was there when the policies' fifteen seconds began.
      const before = history.changes.filter(({ at }) => now - at <= 15_000).reduce((count, { by }) => count - by, current);
      expect(next).toBeLessThanOrEqual(Math.max(current, before * 2, before + 4));
      const highest = Math.min(20, Math.max(2, ...asked.filter(({ at }) => now - at <= 300_000).map(({ replicas }) => replicas)));
      expect(next).toBeGreaterThanOrEqual(Math.min(current, highest));
      if (next !== current) history.changes.push({ at: now, by: next - current });
      current = next;
    }
  }));
});
