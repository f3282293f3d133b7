/** A control plane without network or kubelets, and short ways to put things into it. */
import { createControlPlane } from '../../../../../playground/cluster/control-plane.ts';
import type { ClusterClient } from '../../../../../playground/cluster/client.ts';
import type { ClusterControllerSettings } from '../../../../../playground/cluster/controllers/cluster/settings.ts';
import type { ObjectOf } from '../../../../../playground/cluster/objects/object.ts';
import type { Container, NodeSpec, PodSpec } from '../../../../../playground/cluster/objects/types.ts';

export interface Parts {
  client: ClusterClient;
  lines: string[];
  node(name: string, more?: { labels?: Record<string, string>; spec?: NodeSpec; allocatable?: Record<string, string> }): ObjectOf<'nodes'>;
  pod(name: string, more?: { labels?: Record<string, string>; spec?: Partial<PodSpec>; requests?: Record<string, string>; owner?: { kind: string; apiVersion: string; name: string; uid: string } }): ObjectOf<'pods'>;
  /** As the kubelet would: running at an address. */
  run(name: string, address: string, ready: boolean): void;
  events(about: string): ObjectOf<'events'>[];
  stop(): void;
}

export function createParts(): Parts {
  const lines: string[] = [];
  const plane = createControlPlane({ log: (line) => lines.push(line) });
  const { client } = plane;
  client.create('namespaces', { metadata: { name: 'shop' }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  client.create('serviceaccounts', { metadata: { name: 'default', namespace: 'shop' } });
  return {
    client, lines,
    node: (name, { labels = {}, spec = {}, allocatable = {} } = {}) => {
      client.create('nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec });
      const amounts = { cpu: '4', memory: '8Gi', pods: '110', ...allocatable };
      return client.modify('nodes', undefined, name, (copy) => {
        copy.status = { allocatable: amounts, capacity: amounts, conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }] };
      }, 'status') as ObjectOf<'nodes'>;
    },
    pod: (name, { labels = {}, spec = {}, requests, owner } = {}) => {
      const container: Container = { name: 'main', image: 'registry.local/busybox:1', ...(requests === undefined ? {} : { resources: { requests } }) };
      const ownerReferences = owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }] };
      return client.create('pods', { metadata: { name, namespace: 'shop', labels, ...ownerReferences }, spec: { containers: [container], ...spec } });
    },
    run: (name, address, ready) => {
      client.modify('pods', 'shop', name, (copy) => {
        copy.status = { ...copy.status, phase: 'Running', podIP: address, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: copy.metadata.creationTimestamp }] };
      }, 'status');
    },
    events: (about) => client.list('events').filter(({ involvedObject }) => involvedObject.name === about),
    stop: () => plane.stop(),
  };
}

export const settingsFor = (parts: Parts, more: Partial<ClusterControllerSettings> = {}): ClusterControllerSettings => ({
  timing: { speed: 20 }, log: (line) => parts.lines.push(line), usage: { usage: () => undefined }, volumes: { directory: '/nowhere' }, certificateAuthority: 'PEM', ...more,
});
