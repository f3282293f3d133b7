/** Every kind of object the cluster has: the built-in ones and those of CRDs. */
import type { ClusterClient } from '../../client.ts';
import type { ResourceKey } from '../../objects/object.ts';

export interface KnownKind {
  key: ResourceKey;
  group: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

const namespaced: Record<string, Record<string, string>> = {
  '': {
    pods: 'Pod', podtemplates: 'PodTemplate', replicationcontrollers: 'ReplicationController', services: 'Service', endpoints: 'Endpoints', configmaps: 'ConfigMap', secrets: 'Secret',
    events: 'Event', persistentvolumeclaims: 'PersistentVolumeClaim', serviceaccounts: 'ServiceAccount', resourcequotas: 'ResourceQuota', limitranges: 'LimitRange',
  },
  apps: { deployments: 'Deployment', replicasets: 'ReplicaSet', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet', controllerrevisions: 'ControllerRevision' },
  batch: { jobs: 'Job', cronjobs: 'CronJob' },
  'networking.k8s.io': { ingresses: 'Ingress', networkpolicies: 'NetworkPolicy' },
  'discovery.k8s.io': { endpointslices: 'EndpointSlice' },
  autoscaling: { horizontalpodautoscalers: 'HorizontalPodAutoscaler' },
  policy: { poddisruptionbudgets: 'PodDisruptionBudget' },
  'rbac.authorization.k8s.io': { roles: 'Role', rolebindings: 'RoleBinding' },
  'coordination.k8s.io': { leases: 'Lease' },
};

const clusterWide: Record<string, Record<string, string>> = {
  '': { namespaces: 'Namespace', nodes: 'Node', persistentvolumes: 'PersistentVolume' },
  'networking.k8s.io': { ingressclasses: 'IngressClass' },
  'rbac.authorization.k8s.io': { clusterroles: 'ClusterRole', clusterrolebindings: 'ClusterRoleBinding' },
  'storage.k8s.io': { storageclasses: 'StorageClass' },
  'apiextensions.k8s.io': { customresourcedefinitions: 'CustomResourceDefinition' },
  'scheduling.k8s.io': { priorityclasses: 'PriorityClass' },
  'apiregistration.k8s.io': { apiservices: 'APIService' },
  'admissionregistration.k8s.io': { validatingwebhookconfigurations: 'ValidatingWebhookConfiguration', mutatingwebhookconfigurations: 'MutatingWebhookConfiguration' },
};

const describe = (group: string, plural: string, kind: string, isNamespaced: boolean): KnownKind =>
  ({ key: group === '' ? plural : `${plural}.${group}`, group, plural, kind, namespaced: isNamespaced });

export const builtInKinds: readonly KnownKind[] = [[namespaced, true], [clusterWide, false]].flatMap(([groups, isNamespaced]) =>
  Object.entries(groups as typeof namespaced).flatMap(([group, kinds]) => Object.entries(kinds).map(([plural, kind]) => describe(group, plural, kind, isNamespaced === true))));

export function customKinds(client: ClusterClient): KnownKind[] {
  return client.list('customresourcedefinitions.apiextensions.k8s.io')
    .filter(({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true)
    .map(({ spec }) => describe(spec.group, spec.names.plural, spec.names.kind, spec.scope === 'Namespaced'));
}
