/** What every object of the cluster has, and which type belongs to which resource. */
import type * as types from './types.ts';

export interface StoredMeta extends types.ObjectMeta {
  name: string;
  /** UUID. */
  uid: string;
  /** Decimal; grows with every write to the cluster. */
  resourceVersion: string;
  /** RFC 3339 in whole seconds, UTC. */
  creationTimestamp: string;
}

/** An object as the store keeps it: complete, and never changed in place. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: StoredMeta;
  [field: string]: unknown;
}

export type Stored<T> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & { apiVersion: string; kind: string; metadata: StoredMeta };
/** What a client may send: the server fills in the rest. */
export type New<T> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & { metadata: types.ObjectMeta };

/** Resources by `plural.group` (core: `plural`), with the type of their objects. Custom resources are any other key. */
export interface KnownResources {
  namespaces: types.Namespace;
  nodes: types.Node;
  pods: types.Pod;
  podtemplates: types.PodTemplate;
  replicationcontrollers: types.ReplicationController;
  services: types.Service;
  endpoints: types.Endpoints;
  configmaps: types.ConfigMap;
  secrets: types.Secret;
  events: types.Event;
  persistentvolumes: types.PersistentVolume;
  persistentvolumeclaims: types.PersistentVolumeClaim;
  serviceaccounts: types.ServiceAccount;
  resourcequotas: types.ResourceQuota;
  limitranges: types.LimitRange;
  'deployments.apps': types.Deployment;
  'replicasets.apps': types.ReplicaSet;
  'statefulsets.apps': types.StatefulSet;
  'daemonsets.apps': types.DaemonSet;
  'controllerrevisions.apps': types.ControllerRevision;
  'jobs.batch': types.Job;
  'cronjobs.batch': types.CronJob;
  'ingresses.networking.k8s.io': types.Ingress;
  'ingressclasses.networking.k8s.io': types.IngressClass;
  'networkpolicies.networking.k8s.io': types.NetworkPolicy;
  'endpointslices.discovery.k8s.io': types.EndpointSlice;
  'horizontalpodautoscalers.autoscaling': types.HorizontalPodAutoscaler;
  'poddisruptionbudgets.policy': types.PodDisruptionBudget;
  'roles.rbac.authorization.k8s.io': types.Role;
  'rolebindings.rbac.authorization.k8s.io': types.RoleBinding;
  'clusterroles.rbac.authorization.k8s.io': types.ClusterRole;
  'clusterrolebindings.rbac.authorization.k8s.io': types.ClusterRoleBinding;
  'storageclasses.storage.k8s.io': types.StorageClass;
  'customresourcedefinitions.apiextensions.k8s.io': types.CustomResourceDefinition;
  'leases.coordination.k8s.io': types.Lease;
  'priorityclasses.scheduling.k8s.io': types.PriorityClass;
  'apiservices.apiregistration.k8s.io': types.APIService;
  'validatingwebhookconfigurations.admissionregistration.k8s.io': types.ValidatingWebhookConfiguration;
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': types.MutatingWebhookConfiguration;
}

export type KnownKey = keyof KnownResources;
/** `plural.group`, or `plural` in the core group. */
export type ResourceKey = KnownKey | (string & {});
export type ObjectOf<K extends ResourceKey> = K extends KnownKey ? Stored<KnownResources[K]> : StoredObject;
export type NewObjectOf<K extends ResourceKey> = K extends KnownKey ? New<KnownResources[K]> : { metadata: types.ObjectMeta; [field: string]: unknown };
