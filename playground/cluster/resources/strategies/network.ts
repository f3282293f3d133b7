/** Services and what leads to them. */
import type { StoredObject } from '../../objects/object.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { setEndpointSliceDefaults, setEndpointsDefaults, setIngressDefaults, setNetworkPolicyDefaults, setServiceDefaults } from './defaults/network.ts';
import { validateEndpointSlice, validateIngress, validateNetworkPolicy } from './validation/network.ts';
import { validateService, validateServiceUpdate } from './validation/service.ts';

export const networkStrategies: Record<string, Strategy> = {
  services: strategy({
    nameRule: 'label1035',
    defaults: (object) => setServiceDefaults(as(object, 'services')),
    initialStatus: () => ({ loadBalancer: {} }),
    prepareUpdate: keepAddresses,
    validate: (object) => validateService(as(object, 'services')),
    validateUpdate: (next, previous) => validateServiceUpdate(as(next, 'services'), as(previous, 'services')),
    selectableFields(object) {
      const { spec } = as(object, 'services');
      return { 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' };
    },
  }),
  endpoints: strategy({ defaults: (object) => setEndpointsDefaults(as(object, 'endpoints')) }),
  'endpointslices.discovery.k8s.io': strategy({
    defaults: (object) => setEndpointSliceDefaults(as(object, 'endpointslices.discovery.k8s.io')),
    generationOf: ['endpoints', 'ports', 'addressType', 'metadata.labels', 'metadata.annotations'],
    validate: (object) => validateEndpointSlice(as(object, 'endpointslices.discovery.k8s.io')),
  }),
  'ingresses.networking.k8s.io': strategy({
    defaults: (object) => setIngressDefaults(as(object, 'ingresses.networking.k8s.io')),
    initialStatus: () => ({ loadBalancer: {} }),
    generationOf: ['spec'],
    validate: (object) => validateIngress(as(object, 'ingresses.networking.k8s.io')),
  }),
  'ingressclasses.networking.k8s.io': strategy({ namespaced: false, generationOf: ['spec'] }),
  'networkpolicies.networking.k8s.io': strategy({
    defaults: (object) => setNetworkPolicyDefaults(as(object, 'networkpolicies.networking.k8s.io')),
    generationOf: ['spec'],
    validate: (object) => validateNetworkPolicy(as(object, 'networkpolicies.networking.k8s.io')),
  }),
};

/** An update that doesn't speak of addresses and node ports keeps them. */
function keepAddresses(next: StoredObject, previous: StoredObject): void {
  const { spec } = as(next, 'services');
  const before = as(previous, 'services').spec;
  if (spec === undefined || before === undefined || spec.type === 'ExternalName') return;
  if ((spec.clusterIP ?? '') === '' && before.clusterIP !== undefined) {
    spec.clusterIP = before.clusterIP;
    if (before.clusterIPs !== undefined) spec.clusterIPs ??= [...before.clusterIPs];
  }
  if (before.ipFamilies !== undefined) spec.ipFamilies ??= [...before.ipFamilies];
  if (before.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= before.ipFamilyPolicy;
  if (spec.type === 'ClusterIP') return;
  for (const port of spec.ports ?? []) {
    const same = before.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
    if (same?.nodePort !== undefined) port.nodePort ??= same.nodePort;
  }
}
