import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { thousandths } from '../../../../playground/cluster/objects/quantity.ts';
import { schedule, summarize } from '../../../../playground/cluster/scheduler/attempt.ts';
import type { ObjectOf } from '../../../../playground/cluster/objects/object.ts';
import type { PodSpec, Taint, Toleration } from '../../../../playground/cluster/objects/types.ts';
import { createParts, type Parts } from '../controllers/cluster/parts.ts';

const zones = ['a', 'b'];
const taint = fc.record({ key: fc.constantFrom('gpu', 'spot'), effect: fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule') });
const node = fc.record({
  cpu: fc.integer({ min: 1, max: 4 }), memory: fc.integer({ min: 1, max: 4 }), pods: fc.integer({ min: 1, max: 4 }), zone: fc.constantFrom(...zones),
  unschedulable: fc.boolean(), taints: fc.uniqueArray(taint, { maxLength: 2, selector: ({ key, effect }) => key + effect }),
});
const pod = fc.record({
  cpu: fc.integer({ min: 0, max: 3_000 }), memory: fc.integer({ min: 0, max: 3_000 }), zone: fc.option(fc.constantFrom(...zones, 'c'), { nil: undefined }), tolerated: fc.uniqueArray(fc.constantFrom('gpu', 'spot')),
  apart: fc.boolean(), port: fc.option(fc.constantFrom(8080, 9090), { nil: undefined }),
});
type NodeShape = typeof node extends fc.Arbitrary<infer Shape> ? Shape : never;
type PodShape = typeof pod extends fc.Arbitrary<infer Shape> ? Shape : never;

function specOf({ zone, tolerated, apart, port, cpu, memory }: PodShape): Partial<PodSpec> {
  const tolerations: Toleration[] = tolerated.map((key) => ({ key, operator: 'Exists' }));
  return {
    tolerations, ...(zone === undefined ? {} : { nodeSelector: { zone } }),
    ...(apart ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { apart: 'yes' } } }] } } } : {}),
    containers: [{ name: 'main', image: 'registry.local/busybox:1', resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } }, ...(port === undefined ? {} : { ports: [{ containerPort: port, hostPort: port, protocol: 'TCP' }] }) }],
  };
}

function place(parts: Parts, nodes: readonly NodeShape[], pods: readonly PodShape[]): string[] {
  for (const [index, { cpu, memory, pods: most, zone, unschedulable, taints }] of nodes.entries()) {
    parts.node(`node-${index}`, { labels: { zone }, spec: { ...(unschedulable ? { unschedulable } : {}), taints }, allocatable: { cpu: String(cpu), memory: `${memory}Gi`, pods: String(most) } });
  }
  return pods.map((shape, index) => {
    const created = parts.pod(`pod-${index}`, { labels: { apart: shape.apart ? 'yes' : 'no' }, spec: specOf(shape) });
    const outcome = schedule(parts.client, created, []);
    return outcome.kind === 'refused' ? outcome.message : outcome.node;
  });
}

const requests = ({ spec }: ObjectOf<'pods'>, resource: string): bigint => (spec?.containers ?? []).reduce((sum, { resources }) => sum + thousandths(resources?.requests?.[resource]), 0n);

test('no node is ever over-committed; taints, selectors, ports and antipathies hold', () => {
  fc.assert(fc.property(fc.array(node, { minLength: 1, maxLength: 4 }), fc.array(pod, { minLength: 1, maxLength: 12 }), (nodes, pods) => {
    const parts = createParts();
    place(parts, nodes, pods);
    for (const [index, shape] of nodes.entries()) {
      const name = `node-${index}`;
      const here = parts.client.list('pods').filter(({ spec }) => spec?.nodeName === name);
      expect(here.length).toBeLessThanOrEqual(shape.pods);
      expect(here.reduce((sum, each) => sum + requests(each, 'cpu'), 0n)).toBeLessThanOrEqual(thousandths(String(shape.cpu)));
      expect(here.reduce((sum, each) => sum + requests(each, 'memory'), 0n)).toBeLessThanOrEqual(thousandths(`${shape.memory}Gi`));
      expect(here.length === 0 || !shape.unschedulable).toBe(true);
      const hard: Taint[] = shape.taints.filter(({ effect }) => effect !== 'PreferNoSchedule');
      for (const { spec } of here) {
        expect(hard.every(({ key }) => spec?.tolerations?.some((toleration) => toleration.key === key))).toBe(true);
        expect([undefined, shape.zone]).toContain(spec?.nodeSelector?.['zone']);
      }
      expect(here.filter(({ metadata }) => metadata.labels?.['apart'] === 'yes').length).toBeLessThanOrEqual(1);
      const ports = here.flatMap(({ spec }) => spec?.containers.flatMap((container) => container.ports ?? []) ?? []).map(({ hostPort }) => hostPort);
      expect(new Set(ports).size).toBe(ports.length);
    }
    parts.stop();
  }), { numRuns: 60 });
});

test('a refusal speaks for every node: reasons of one kind per node, and one word on preemption for each', () => {
  fc.assert(fc.property(fc.array(node, { minLength: 1, maxLength: 4 }), fc.array(pod, { minLength: 1, maxLength: 8 }), (nodes, pods) => {
    const parts = createParts();
    const refusals = place(parts, nodes, pods).filter((outcome) => !outcome.startsWith('node-'));
    for (const message of refusals) {
      const [, why = '', preemption = ''] = /^0\/\d+ nodes are available: (.*)\. no new claims to deallocate, preemption: 0\/\d+ nodes are available: (.*)\.$/.exec(message) ?? [];
      const counts = (text: string): { count: number; reason: string }[] => text.split(/, (?=\d)/).map((part) => ({ count: Number(part.split(' ')[0]), reason: part.slice(part.indexOf(' ') + 1) }));
      const resources = counts(why).filter(({ reason }) => /^Insufficient|^Too many/.test(reason));
      const others = counts(why).filter(({ reason }) => !/^Insufficient|^Too many/.test(reason)).reduce((sum, { count }) => sum + count, 0);
      // A node that is short of several resources is named for each.
      expect(others + Math.max(0, ...resources.map(({ count }) => count))).toBeLessThanOrEqual(nodes.length);
      expect(others + resources.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(nodes.length);
      expect(counts(preemption).reduce((sum, { count }) => sum + count, 0)).toBe(nodes.length);
      expect(message.startsWith(`0/${nodes.length} nodes`)).toBe(true);
    }
    parts.stop();
  }), { numRuns: 60 });
});

test('reasons are counted and sorted as text', () => {
  expect(summarize(12, ['Too many pods', 'Insufficient cpu', ...Array.from({ length: 10 }, () => 'node(s) were unschedulable')])).toBe('0/12 nodes are available: 1 Insufficient cpu, 1 Too many pods, 10 node(s) were unschedulable.');
});
