import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PodSpec } from '../../../../playground/cluster/objects/types.ts';
import { schedule } from '../../../../playground/cluster/scheduler/attempt.ts';
import { createParts, type Parts } from '../controllers/cluster/parts.ts';

let parts: Parts;

beforeEach(() => {
  parts = createParts();
  for (const [name, zone] of [['node1', 'a'], ['node2', 'a'], ['node3', 'b']] as const) parts.node(name, { labels: { zone } });
});
afterEach(() => parts.stop());

function place(name: string, app: string, spec: Partial<PodSpec>): string {
  const outcome = schedule(parts.client, parts.pod(name, { labels: { app }, spec }), []);
  return outcome.kind === 'refused' ? outcome.message : outcome.node;
}
const zoneOf = (node: string): string => parts.client.get('nodes', undefined, node)?.metadata.labels?.['zone'] ?? node;
const selector = (app: string) => ({ matchLabels: { app } });
const needs = (topologyKey: string, app: string): Partial<PodSpec> => ({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: selector(app) }] } } });
const avoids = (topologyKey: string, app: string): Partial<PodSpec> => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: selector(app) }] } } });

describe('where pods want to be among others', () => {
  test('with another pod of their zone, and nowhere without it', () => {
    expect(place('cache', 'cache', { nodeSelector: { zone: 'b' } })).toBe('node3');
    expect(place('web', 'web', needs('zone', 'cache'))).toBe('node3');
    expect(place('lonely', 'lonely', needs('zone', 'nobody'))).toBe("0/3 nodes are available: 3 node(s) didn't match pod affinity rules. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.");
  });

  test('the first of a group that wants to be together may start anywhere, the others follow', () => {
    const zone = zoneOf(place('first', 'group', needs('zone', 'group')));
    expect(zoneOf(place('second', 'group', needs('zone', 'group')))).toBe(zone);
  });

  test('apart: one per node, also against those that were there first', () => {
    const nodes = ['one', 'two', 'three'].map((name) => place(name, 'db', avoids('kubernetes.io/hostname', 'db')));
    expect(nodes.toSorted()).toEqual(['node1', 'node2', 'node3']);
    expect(place('four', 'db', avoids('kubernetes.io/hostname', 'db'))).toContain("3 node(s) didn't match pod anti-affinity rules");
    expect(place('plain', 'db', {})).toContain("3 node(s) didn't satisfy existing pods anti-affinity rules");
    expect(place('other', 'other', {})).toMatch(/^node/);
  });

  test('spread over zones within the skew, nodes without the label left out', () => {
    parts.node('bare');
    const spread: Partial<PodSpec> = { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector('web') }] };
    const zones = [1, 2, 3, 4].map((index) => zoneOf(place(`web-${index}`, 'web', spread)));
    expect(zones.toSorted()).toEqual(['a', 'a', 'b', 'b']);
    expect(place('web-5', 'web', { ...spread, nodeSelector: { zone: 'a' } })).toMatch(/^node/);
    expect(place('web-6', 'web', { ...spread, nodeSelector: { 'kubernetes.io/hostname': 'bare' } })).toContain("1 node(s) didn't match pod topology spread constraints (missing required label), 3 node(s) didn't match Pod's node affinity/selector");
  });

  test('preferences and the emptier node decide between those that would do', () => {
    const preferred: Partial<PodSpec> = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] } }] } } };
    expect(place('picky', 'picky', preferred)).toBe('node3');
    const large = { name: 'main', image: 'registry.local/busybox:1', resources: { requests: { cpu: '2', memory: '4Gi' } } };
    expect(new Set([place('l1', 'large', { containers: [large] }), place('l2', 'large', { containers: [large] }), place('l3', 'large', { containers: [large] })]).size).toBe(3);
  });

  test('a daemon set’s pod has one node, the others did not satisfy it', () => {
    const pinned: Partial<PodSpec> = { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node2'] }] }] } } } };
    expect(place('agent', 'agent', pinned)).toBe('node2');
    parts.node('small', { allocatable: { pods: '0' } });
    const other = structuredClone(pinned);
    const [term] = other.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields ?? [];
    if (term !== undefined) term.values = ['small'];
    expect(place('agent-2', 'agent', other)).toBe("0/4 nodes are available: 1 Too many pods, 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.");
  });
});
