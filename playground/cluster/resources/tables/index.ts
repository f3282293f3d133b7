/** How `kubectl get` shows each kind. */
import type { KnownKey } from '../../objects/object.ts';
import type { TableDefinition } from '../resource.ts';
import { apiServices, configMaps, leases, mutatingWebhooks, namespaces, nodes, priorityClasses, secrets, serviceAccounts, validatingWebhooks } from './cluster.ts';
import { events } from './events.ts';
import { endpoints, endpointSlices, ingressClasses, ingresses, networkPolicies, services } from './networking.ts';
import { pods, podTemplates } from './pods.ts';
import { autoscalers, clusterRoleBindings, disruptionBudgets, resourceQuotas, roleBindings } from './policy.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from './storage.ts';
import { age, ageColumn, nameColumn } from './table.ts';
import { controllerRevisions, cronJobs, daemonSets, deployments, jobs, replicaSets, replicationControllers, statefulSets } from './workloads.ts';

/** By `plural.group`; kinds without a printer of their own show their name and when they were created. */
export const tableOf = (key: string): TableDefinition => Object.hasOwn(tables, key) ? tables[key as KnownKey] ?? createdAt : createdAt;

/** What a custom resource shows without printer columns. */
export const nameAndAge: TableDefinition = {
  columns: [nameColumn, { ...ageColumn, type: 'date' }],
  row: (object, now) => [object.metadata.name, age(object, now)],
};

/** Of kinds for which Kubernetes has no printer: roles, limit ranges, CRDs. */
const createdAt: TableDefinition = {
  columns: [nameColumn, { name: 'Created At', type: 'date', format: '', description: 'When the object was created.', priority: 0 }],
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

const tables: Partial<Record<KnownKey | 'events.events.k8s.io', TableDefinition>> = {
  pods, podtemplates: podTemplates, replicationcontrollers: replicationControllers, services, endpoints, events, 'events.events.k8s.io': events,
  configmaps: configMaps, secrets, serviceaccounts: serviceAccounts, namespaces, nodes, resourcequotas: resourceQuotas,
  persistentvolumes: persistentVolumes, persistentvolumeclaims: persistentVolumeClaims, 'storageclasses.storage.k8s.io': storageClasses,
  'deployments.apps': deployments, 'replicasets.apps': replicaSets, 'statefulsets.apps': statefulSets, 'daemonsets.apps': daemonSets,
  'controllerrevisions.apps': controllerRevisions, 'jobs.batch': jobs, 'cronjobs.batch': cronJobs,
  'ingresses.networking.k8s.io': ingresses, 'ingressclasses.networking.k8s.io': ingressClasses, 'networkpolicies.networking.k8s.io': networkPolicies,
  'endpointslices.discovery.k8s.io': endpointSlices, 'horizontalpodautoscalers.autoscaling': autoscalers, 'poddisruptionbudgets.policy': disruptionBudgets,
  'rolebindings.rbac.authorization.k8s.io': roleBindings, 'clusterrolebindings.rbac.authorization.k8s.io': clusterRoleBindings,
  'leases.coordination.k8s.io': leases, 'priorityclasses.scheduling.k8s.io': priorityClasses, 'apiservices.apiregistration.k8s.io': apiServices,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': validatingWebhooks, 'mutatingwebhookconfigurations.admissionregistration.k8s.io': mutatingWebhooks,
};
