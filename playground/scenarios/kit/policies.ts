/** NetworkPolicies as scenarios break and judge them. */
import { createNetworkPolicies } from '../../cluster/network/policies.ts';
import type { ObjectOf } from '../../cluster/objects/object.ts';
import type { World } from '../world.ts';

export type Policy = ObjectOf<'networkpolicies.networking.k8s.io'>;
type Pod = ObjectOf<'pods'>;
type Spec = NonNullable<Policy['spec']>;
export type IngressRule = NonNullable<Spec['ingress']>[number];
export type EgressRule = NonNullable<Spec['egress']>[number];

/** Pods with these labels; the shop's when there is no namespace. */
export interface End {
  labels: Record<string, string>;
  namespace?: string;
}

export const named = (name: string, namespace?: string): End => ({ labels: { 'app.kubernetes.io/name': name }, ...(namespace === undefined ? {} : { namespace }) });

export function editPolicy(world: World, name: string, change: (spec: Spec) => void, namespace?: string): Promise<void> {
  return world.cluster.edit('networkpolicies.networking.k8s.io', name, ({ spec }) => {
    if (spec) change(spec);
  }, namespace);
}

/** Lets in pods of these names, on one port. */
export const lettingIn = (names: readonly string[], port: number): IngressRule => ({
  ports: [{ port, protocol: 'TCP' }], from: names.map((name) => ({ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } })),
});

/** Whether the policies there are now let one pod reach another. */
export async function policiesAllow(world: World, from: End, to: End, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Promise<boolean> {
  const [policies, namespaces] = await Promise.all([
    world.cluster.list('networkpolicies.networking.k8s.io', { namespace: null }), world.cluster.list('namespaces', { namespace: null }),
  ]);
  const { allows } = createNetworkPolicies({
    list: (_kind, { namespace }) => policies.filter(({ metadata }) => metadata.namespace === namespace),
    get: (_kind, _namespace, name) => namespaces.find(({ metadata }) => metadata.name === name),
  });
  const pod = ({ labels, namespace = world.namespace }: End, podIP: string): Pod => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', namespace, labels, uid: '', resourceVersion: '', creationTimestamp: '' }, spec: { containers: [] }, status: { podIP },
  });
  return allows({ from: pod(from, '192.0.2.1'), to: pod(to, '192.0.2.2'), toAddress: '192.0.2.2', port, protocol });
}
