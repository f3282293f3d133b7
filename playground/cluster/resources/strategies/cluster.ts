/** Namespaces, nodes, leases, webhooks. */
import type { StoredObject } from '../../objects/object.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';

export const clusterStrategies: Record<string, Strategy> = {
  namespaces: strategy({
    namespaced: false,
    nameRule: 'label',
    defaults: nameLabel,
    initialStatus: () => ({ phase: 'Active' }),
    prepareCreate: (object) => void (as(object, 'namespaces').spec = { finalizers: ['kubernetes'] }),
    prepareUpdate: (next, previous) => void (next['spec'] = structuredClone(previous['spec'])),
    selectableFields: (object) => ({ 'status.phase': as(object, 'namespaces').status?.phase ?? '' }),
  }),
  nodes: strategy({
    namespaced: false,
    initialStatus: (object) => (typeof object['status'] === 'object' && object['status'] !== null ? (object['status'] as Record<string, unknown>) : {}),
    selectableFields: (object) => ({ 'spec.unschedulable': String(as(object, 'nodes').spec?.unschedulable ?? false) }),
  }),
  'leases.coordination.k8s.io': strategy({}),
  'apiservices.apiregistration.k8s.io': strategy({ namespaced: false }),
  'customresourcedefinitions.apiextensions.k8s.io': strategy({ namespaced: false, initialStatus: () => ({ conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: [] }), generationOf: ['spec'] }),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': strategy({ namespaced: false, generationOf: ['webhooks'] }),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': strategy({ namespaced: false, generationOf: ['webhooks'] }),
};

function nameLabel({ metadata }: StoredObject): void {
  if ((metadata.name ?? '') !== '') metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}
