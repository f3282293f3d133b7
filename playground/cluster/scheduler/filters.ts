/** Why a pod can't run on a node: the first check that says no speaks, in the scheduler's words. */
import type { ClusterClient } from '../client.ts';
import { matchesPodsNodeAffinity, namedNodes } from './node-affinity.ts';
import { refusalOfPodAffinity } from './pod-affinity.ts';
import { podRequests } from './requests.ts';
import type { NodeView, PodObject, Snapshot } from './snapshot.ts';
import { toleratesTaint, untolerated } from './taints.ts';
import { refusalOfSpread } from './topology-spread.ts';
import { refusalsOfVolumes, type PodClaims } from './volumes.ts';

export type Check = 'NodeUnschedulable' | 'NodeName' | 'TaintToleration' | 'NodeAffinity' | 'NodePorts' | 'NodeResourcesFit' | 'VolumeBinding' | 'PodTopologySpread' | 'InterPodAffinity';

export interface Refusal {
  check: Check;
  reasons: readonly string[];
  /** Could other pods' leaving help? */
  resolvable: boolean;
}

export interface Attempt {
  client: ClusterClient;
  pod: PodObject;
  claims: PodClaims;
  snapshot: Snapshot;
}

export function refusalOf(attempt: Attempt, view: NodeView): Refusal | undefined {
  const named = namedNodes(attempt.pod);
  if (named !== undefined && !named.has(view.name)) return { check: 'NodeAffinity', reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"], resolvable: false };
  for (const check of checks) {
    const refusal = check(attempt, view);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

const checks: readonly ((attempt: Attempt, view: NodeView) => Refusal | undefined)[] = [
  ({ pod }, { node }) =>
    (node.spec?.unschedulable === true && !toleratesTaint(pod.spec?.tolerations, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })
      ? refused('NodeUnschedulable', 'node(s) were unschedulable') : undefined),
  ({ pod }, { name }) => ((pod.spec?.nodeName ?? name) === name ? undefined : refused('NodeName', "node(s) didn't match the requested node name")),
  ({ pod }, { node }) =>
    (untolerated(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']).length === 0 ? undefined : refused('TaintToleration', 'node(s) had untolerated taint(s)')),
  ({ pod }, view) => (matchesPodsNodeAffinity(pod, view) ? undefined : refused('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")),
  ({ pod }, view) => (portsCollide(pod, view) ? { ...refused('NodePorts', "node(s) didn't have free ports for the requested pod ports"), resolvable: true } : undefined),
  ({ pod }, view) => refusalOfResources(pod, view),
  ({ client, claims }, view) => {
    const reasons = refusalsOfVolumes(client, claims, view);
    return reasons.length === 0 ? undefined : refused('VolumeBinding', ...reasons);
  },
  ({ pod, snapshot }, view) => {
    const refusal = refusalOfSpread(pod, view, snapshot);
    if (refusal === undefined) return undefined;
    const reason = "node(s) didn't match pod topology spread constraints";
    return refusal === 'skew' ? { ...refused('PodTopologySpread', reason), resolvable: true } : refused('PodTopologySpread', `${reason} (missing required label)`);
  },
  ({ pod, snapshot }, view) => {
    const refusal = refusalOfPodAffinity(pod, view, snapshot);
    if (refusal === undefined) return undefined;
    return { ...refused('InterPodAffinity', affinityReasons[refusal]), resolvable: refusal !== 'affinity' };
  },
];

const affinityReasons = {
  affinity: "node(s) didn't match pod affinity rules",
  'anti-affinity': "node(s) didn't match pod anti-affinity rules",
  'existing anti-affinity': "node(s) didn't satisfy existing pods anti-affinity rules",
};

const refused = (check: Check, ...reasons: string[]): Refusal => ({ check, reasons, resolvable: false });

function refusalOfResources(pod: PodObject, view: NodeView): Refusal | undefined {
  const reasons: string[] = [];
  let resolvable = true;
  if (BigInt(view.pods.length + 1) * 1_000n > (view.allocatable['pods'] ?? 0n)) reasons.push('Too many pods');
  const requests = podRequests(pod);
  for (const resource of inOrder(Object.keys(requests))) {
    const asked = requests[resource] ?? 0n;
    const allocatable = view.allocatable[resource] ?? 0n;
    if (asked === 0n || (resource === 'ephemeral-storage' && view.allocatable[resource] === undefined)) continue;
    if (asked <= allocatable - (view.requested[resource] ?? 0n)) continue;
    reasons.push(`Insufficient ${resource}`);
    if (asked > allocatable) resolvable = false;
  }
  return reasons.length === 0 ? undefined : { check: 'NodeResourcesFit', reasons, resolvable };
}

const wellKnown = ['cpu', 'memory', 'ephemeral-storage'];
const inOrder = (resources: string[]): string[] => [...wellKnown.filter((name) => resources.includes(name)), ...resources.filter((name) => !wellKnown.includes(name)).sort()];

interface HostPort { address: string; protocol: string; port: number }

function hostPorts({ spec }: PodObject): HostPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].flatMap(({ ports = [] }) => ports.flatMap(({ hostIP, protocol, hostPort = 0 }) =>
    (hostPort > 0 ? [{ address: hostIP === undefined || hostIP === '' ? '0.0.0.0' : hostIP, protocol: protocol ?? 'TCP', port: hostPort }] : [])));
}

function portsCollide(pod: PodObject, view: NodeView): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  const taken = view.pods.flatMap(hostPorts);
  const everywhere = '0.0.0.0';
  return wanted.some(({ address, protocol, port }) => taken.some((other) =>
    other.port === port && other.protocol === protocol && (other.address === address || address === everywhere || other.address === everywhere)));
}
