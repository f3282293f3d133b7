/** Networking, storage, access and what extends the API. */
import { group, status } from './build.ts';
import type { BuiltIn, Group } from './build.ts';

export const networking: Group = group('networking.k8s.io', 'v1', {
  namespaced: [
    { plural: 'ingresses', kind: 'Ingress', shortNames: ['ing'], hash: '39NQlfNR+bo=', subresources: [status('Ingress')] },
    { plural: 'networkpolicies', kind: 'NetworkPolicy', shortNames: ['netpol'], hash: 'YpfwF18m1G8=' },
  ],
  cluster: [{ plural: 'ingressclasses', kind: 'IngressClass', hash: 'l/iqIbDgFyQ=' }],
});

export const discoveryGroup: Group = group('discovery.k8s.io', 'v1', {
  namespaced: [{ plural: 'endpointslices', kind: 'EndpointSlice', hash: 'Nx3SIv6I0mE=' }],
});

export const eventsGroup: Group = group('events.k8s.io', 'v1', {
  namespaced: [{ plural: 'events', kind: 'Event', type: 'EventsEvent', shortNames: ['ev'], hash: 'r2yiGXH7wu8=' }],
});

export const rbac: Group = group('rbac.authorization.k8s.io', 'v1', {
  namespaced: [
    { plural: 'rolebindings', kind: 'RoleBinding', hash: 'eGsCzGH6b1g=' },
    { plural: 'roles', kind: 'Role', hash: '7FuwZcIIItM=' },
  ],
  cluster: [
    { plural: 'clusterrolebindings', kind: 'ClusterRoleBinding', hash: '48tpQ8gZHFc=' },
    { plural: 'clusterroles', kind: 'ClusterRole', hash: 'bYE5ZWDrJ44=' },
  ],
});

export const storage: Group = group('storage.k8s.io', 'v1', {
  cluster: [{ plural: 'storageclasses', kind: 'StorageClass', shortNames: ['sc'], hash: 'K+m6uJwbjGY=' }],
});

export const coordination: Group = group('coordination.k8s.io', 'v1', {
  namespaced: [{ plural: 'leases', kind: 'Lease', hash: 'gqkMMb/YqFM=' }],
});

export const scheduling: Group = group('scheduling.k8s.io', 'v1', {
  cluster: [{ plural: 'priorityclasses', kind: 'PriorityClass', shortNames: ['pc'], hash: '1QwjyaZjj3Y=' }],
});

export const apiextensions: Group = group('apiextensions.k8s.io', 'v1', {
  cluster: [
    { plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', shortNames: ['crd', 'crds'], categories: ['api-extensions'], hash: 'jfWCUB31mvA=', subresources: [status('CustomResourceDefinition')] },
  ],
});

export const apiregistration: Group = group('apiregistration.k8s.io', 'v1', {
  cluster: [{ plural: 'apiservices', kind: 'APIService', categories: ['api-extensions'], hash: 'InPBPD7+PqM=', subresources: [status('APIService')] }],
});

export const admissionregistration: Group = group('admissionregistration.k8s.io', 'v1', {
  cluster: [
    { plural: 'mutatingwebhookconfigurations', kind: 'MutatingWebhookConfiguration', categories: ['api-extensions'], hash: 'Sqi0GUgDaX0=' },
    { plural: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration', categories: ['api-extensions'], hash: 'B0wHjQmsGNk=' },
  ],
});

/** Questions: they are answered, never stored. */
const review = (plural: string, kind: string): BuiltIn => ({ plural, kind, verbs: ['create'] });

export const authentication: Group = group('authentication.k8s.io', 'v1', {
  cluster: [review('selfsubjectreviews', 'SelfSubjectReview'), review('tokenreviews', 'TokenReview')],
});

export const authorization: Group = group('authorization.k8s.io', 'v1', {
  namespaced: [review('localsubjectaccessreviews', 'LocalSubjectAccessReview')],
  cluster: [
    review('selfsubjectaccessreviews', 'SelfSubjectAccessReview'), review('selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
    review('subjectaccessreviews', 'SubjectAccessReview'),
  ],
});

/** Computed from what the processes use. */
export const metrics: Group = group('metrics.k8s.io', 'v1beta1', {
  namespaced: [{ plural: 'pods', kind: 'PodMetrics', singular: '', verbs: ['get', 'list'] }],
  cluster: [{ plural: 'nodes', kind: 'NodeMetrics', singular: '', verbs: ['get', 'list'] }],
});
