/** What the API adds to services, endpoints, ingresses and network policies. */
import type { EndpointSlice, Endpoints, Ingress, NetworkPolicy, Service } from '../../../objects/types.ts';
import { fill } from './fill.ts';

export function setServiceDefaults({ spec }: Service): void {
  if (spec === undefined) return;
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else ((spec.sessionAffinityConfig ??= {}).clientIP ??= {}).timeoutSeconds ??= 10_800;
  for (const port of spec.ports ?? []) {
    fill(port, { protocol: 'TCP' });
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  const reachable = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (reachable || (spec.externalIPs ?? []).length > 0) fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  if (spec.type !== 'ExternalName') {
    spec.internalTrafficPolicy ??= 'Cluster';
    spec.ipFamilyPolicy ??= 'SingleStack';
    if (spec.ipFamilies === undefined || spec.ipFamilies.length === 0) spec.ipFamilies = ['IPv4'];
    if ((spec.clusterIP ?? '') !== '') spec.clusterIPs ??= [spec.clusterIP ?? ''];
  }
}

export function setEndpointsDefaults({ subsets }: Endpoints): void {
  for (const { ports } of subsets ?? []) for (const port of ports ?? []) fill(port, { protocol: 'TCP' });
}

export function setEndpointSliceDefaults({ ports }: EndpointSlice): void {
  for (const port of ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

export function setIngressDefaults({ spec }: Ingress): void {
  for (const { http } of spec?.rules ?? []) for (const path of http?.paths ?? []) if ((path.pathType as string | undefined) === undefined) path.pathType = '';
}

export function setNetworkPolicyDefaults({ spec }: NetworkPolicy): void {
  if (spec === undefined) return;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = ['Ingress', ...((spec.egress ?? []).length > 0 ? ['Egress'] : [])];
}
