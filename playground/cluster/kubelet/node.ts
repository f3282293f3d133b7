/** A node's object: registered, kept alive, its conditions set from outside when a fault is wanted. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type as systemType } from 'node:os';
import { StatusError } from '../api/status.ts';
import { sped, type NodeSettings } from '../options.ts';
import type { NodeCondition, NodeStatus } from '../objects/types.ts';
import type { NodeFaults } from './faults.ts';
import type { Shared } from './shared.ts';
import { atMicrosecond, atSecond } from './times.ts';

export interface NodeKeeper {
  set(faults: Partial<NodeFaults>): void;
  stop(): void;
}

const leaseMilliseconds = 10_000;
const statusMilliseconds = 300_000;

export function keepNode(shared: Shared): NodeKeeper {
  const { client, node, settings, faults } = shared;
  let posted = 0;
  let postedImages = -1;

  const register = (): void => {
    if (client.get('nodes', undefined, node.name) !== undefined) return;
    const { arch: architecture, os } = platform();
    client.create('nodes', {
      metadata: {
        name: node.name,
        annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
        labels: {
          'beta.kubernetes.io/arch': architecture, 'beta.kubernetes.io/os': os, 'kubernetes.io/arch': architecture, 'kubernetes.io/hostname': node.name, 'kubernetes.io/os': os, ...node.labels,
        },
      },
      spec: node.taints === undefined || node.taints.length === 0 ? {} : { taints: node.taints.map((taint) => ({ ...taint })) },
      status: nodeStatus(shared, [], faults),
    });
    client.modify('nodes', undefined, node.name, (copy) => void (copy.status = nodeStatus(shared, copy.status?.conditions ?? [], faults)), 'status');
  };
  const postStatus = (): void => {
    client.modify('nodes', undefined, node.name, (copy) => void (copy.status = { ...copy.status, ...nodeStatus(shared, copy.status?.conditions ?? [], faults) }), 'status');
    posted = Date.now();
    postedImages = shared.images.list().length;
  };
  const renew = (): void => {
    const renewTime = atMicrosecond();
    const spec = { holderIdentity: node.name, leaseDurationSeconds: 40, renewTime };
    if (client.modify('leases.coordination.k8s.io', 'kube-node-lease', node.name, (copy) => void (copy.spec = { ...copy.spec, ...spec })) !== undefined) return;
    const owner = client.get('nodes', undefined, node.name);
    client.create('leases.coordination.k8s.io', {
      metadata: {
        name: node.name, namespace: 'kube-node-lease',
        ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: owner.metadata.uid }] }),
      },
      spec,
    });
  };
  const beat = (): void => {
    if (faults.notReady) return;
    try {
      register();
      renew();
      if (Date.now() - posted >= sped(shared.timing, statusMilliseconds) || shared.images.list().length !== postedImages) postStatus();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      settings.log(`kubelet ${node.name}: ${error.message}`);
    }
  };

  register();
  beat();
  const timer = setInterval(beat, sped(shared.timing, leaseMilliseconds));
  timer.unref();
  return {
    set: (changes) => {
      Object.assign(faults, changes);
      if (faults.notReady) return;
      beat();
      postStatus();
    },
    stop: () => clearInterval(timer),
  };
}

export function allocatableOf(node: NodeSettings): Record<string, string> {
  return {
    cpu: node.capacity?.cpu ?? String(cpus().length),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: node.capacity?.memory ?? `${Math.floor(totalmem() / 1_024)}Ki`,
    pods: node.capacity?.pods ?? '110',
  };
}

function nodeStatus(shared: Shared, before: readonly NodeCondition[], faults: NodeFaults): NodeStatus {
  const { node, address } = shared;
  const { arch: architecture, os } = platform();
  const identity = (what: string): string => createHash('sha256').update(`${what} ${node.name}`).digest('hex').slice(0, 32);
  const bootId = identity('boot').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return {
    addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: node.name }],
    allocatable: allocatableOf(node),
    capacity: allocatableOf(node),
    conditions: nodeConditions(before, faults),
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    images: shared.images.list(),
    nodeInfo: {
      architecture, bootID: bootId, containerRuntimeVersion: 'containerd://1.6.20', kernelVersion: release(), kubeProxyVersion: '', kubeletVersion: 'v1.36.2',
      machineID: identity('machine'), operatingSystem: os, osImage: osImage(), systemUUID: identity('machine'),
    },
  };
}

function nodeConditions(before: readonly NodeCondition[], faults: NodeFaults): NodeCondition[] {
  const now = atSecond();
  const condition = (type: string, holds: boolean, [reason, message]: readonly [string, string]): NodeCondition => {
    const status = holds ? 'True' : 'False';
    const old = before.find((candidate) => candidate.type === type);
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: old?.status === status ? old.lastTransitionTime ?? now : now, reason, message };
  };
  return [
    condition('MemoryPressure', faults.memoryPressure, faults.memoryPressure ? ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'] : ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available']),
    condition('DiskPressure', faults.diskPressure, faults.diskPressure ? ['KubeletHasDiskPressure', 'kubelet has disk pressure'] : ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure']),
    condition('PIDPressure', false, ['KubeletHasSufficientPID', 'kubelet has sufficient PID available']),
    condition('Ready', true, ['KubeletReady', 'kubelet is posting ready status']),
  ];
}

const platform = (): { arch: string; os: string } => ({ arch: arch() === 'x64' ? 'amd64' : arch(), os: systemType().toLowerCase() });

function osImage(): string {
  try {
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? systemType();
  } catch {
    return systemType();
  }
}
