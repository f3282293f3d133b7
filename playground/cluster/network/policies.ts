/** NetworkPolicies: whether one end may reach the other. Pure, over what the cluster holds now. */
import type { ObjectOf } from '../objects/object.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { LabelSelector, NetworkPolicyPeer, NetworkPolicyPort } from '../objects/types.ts';
import { inNetwork } from './in-network.ts';

type Pod = ObjectOf<'pods'>;
type Policy = ObjectOf<'networkpolicies.networking.k8s.io'>;

export interface Connection {
  /** Undefined: from outside the pods (a node, the ingress, a person), which policies here never stop. */
  from: Pod | undefined;
  /** Undefined: not a pod. */
  to: Pod | undefined;
  toAddress: string;
  /** Of the pod, after the service's translation. */
  port: number;
  protocol: 'TCP' | 'UDP';
}

export interface NetworkPolicies {
  allows(connection: Connection): boolean;
}

/** What is asked of a cluster here. */
export interface PoliciesAndNamespaces {
  list(resource: 'networkpolicies.networking.k8s.io', where: { namespace: string }): readonly Policy[];
  get(resource: 'namespaces', namespace: undefined, name: string): ObjectOf<'namespaces'> | undefined;
}

export function createNetworkPolicies(client: PoliciesAndNamespaces): NetworkPolicies {
  const of = (pod: Pod, direction: 'Ingress' | 'Egress'): Policy[] =>
    client
      .list('networkpolicies.networking.k8s.io', { namespace: pod.metadata.namespace ?? '' })
      .filter(({ spec }) => (spec?.policyTypes ?? ['Ingress']).includes(direction) && matchesSelector(spec?.podSelector ?? {}, pod.metadata.labels ?? {}));
  const namespaceLabels = (name: string | undefined): Record<string, string> => client.get('namespaces', undefined, name ?? '')?.metadata.labels ?? {};
  const isPeer = (peer: NetworkPolicyPeer, policy: Policy, pod: Pod | undefined, address: string): boolean => {
    if (peer.ipBlock !== undefined) return inNetwork(address, peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some((except) => inNetwork(address, except));
    if (pod === undefined) return false;
    if (peer.namespaceSelector === undefined) return pod.metadata.namespace === policy.metadata.namespace && selects(peer.podSelector, pod.metadata.labels);
    return selects(peer.namespaceSelector, namespaceLabels(pod.metadata.namespace)) && selects(peer.podSelector, pod.metadata.labels);
  };

  return {
    allows: ({ from, to, toAddress, port, protocol }) => {
      if (from === undefined) return true;
      const fits = (ports: NetworkPolicyPort[] | undefined) => ports === undefined || ports.length === 0 || ports.some((allowed) => isPort(allowed, to, port, protocol));
      const out = of(from, 'Egress');
      const leaves = out.length === 0 || out.some((policy) => (policy.spec?.egress ?? []).some((rule) =>
        fits(rule.ports) && (rule.to === undefined || rule.to.length === 0 || rule.to.some((peer) => isPeer(peer, policy, to, toAddress)))));
      if (!leaves || to === undefined) return leaves;
      const into = of(to, 'Ingress');
      return into.length === 0 || into.some((policy) => (policy.spec?.ingress ?? []).some((rule) =>
        fits(rule.ports) && (rule.from === undefined || rule.from.length === 0 || rule.from.some((peer) => isPeer(peer, policy, from, from.status?.podIP ?? '')))));
    },
  };
}

const selects = (selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean => selector === undefined || matchesSelector(selector, labels ?? {});

function isPort(allowed: NetworkPolicyPort, to: Pod | undefined, port: number, protocol: string): boolean {
  if ((allowed.protocol ?? 'TCP') !== protocol) return false;
  if (allowed.port === undefined) return true;
  if (typeof allowed.port === 'number') return port >= allowed.port && port <= (allowed.endPort ?? allowed.port);
  return (to?.spec?.containers ?? []).some((container) => (container.ports ?? []).some((named) => named.name === allowed.port && named.containerPort === port));
}
