/** Which lists are maps or sets and what is only ever written whole, for field ownership and OpenAPI. Lists not named here are written whole. */

/** Structs whose fields go together. */
export const atomicTypes: ReadonlySet<string> = new Set([
  'LabelSelector', 'ObjectReference', 'LocalObjectReference', 'ConfigMapKeySelector', 'SecretKeySelector', 'FileKeySelector', 'ObjectFieldSelector', 'ResourceFieldSelector',
  'NodeSelector', 'NodeSelectorTerm', 'SecretReference', 'TypedLocalObjectReference', 'ScopedResourceSelectorRequirement', 'ScopeSelector', 'TopologySelectorTerm',
  'OwnerReference', 'RoleRef', 'Subject', 'EndpointAddress', 'EndpointPort', 'SliceEndpointPort',
]);

/** `Type.field` of maps whose keys go together. */
export const atomicMaps: ReadonlySet<string> = new Set(['PodSpec.nodeSelector', 'ServiceSpec.selector', 'ReplicationControllerSpec.selector', 'LabelSelector.matchLabels']);

export const setLists: ReadonlySet<string> = new Set(['ObjectMeta.finalizers', 'NodeSpec.podCIDRs']);

const byType = ['type'];
const byName = ['name'];

/** Keys of the lists whose items are told apart by them. */
export const mapLists: Readonly<Record<string, readonly string[]>> = {
  'ObjectMeta.ownerReferences': ['uid'],
  'PodSpec.volumes': byName, 'PodSpec.containers': byName, 'PodSpec.initContainers': byName, 'PodSpec.ephemeralContainers': byName, 'PodSpec.imagePullSecrets': byName,
  'PodSpec.hostAliases': ['ip'], 'PodSpec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'], 'PodSpec.schedulingGates': byName, 'PodSpec.resourceClaims': byName,
  'Container.ports': ['containerPort', 'protocol'], 'Container.env': byName, 'Container.volumeMounts': ['mountPath'], 'Container.volumeDevices': ['devicePath'],
  'EphemeralContainer.ports': ['containerPort', 'protocol'], 'EphemeralContainer.env': byName, 'EphemeralContainer.volumeMounts': ['mountPath'], 'EphemeralContainer.volumeDevices': ['devicePath'],
  'ResourceRequirements.claims': byName,
  'PodStatus.conditions': byType, 'PodStatus.podIPs': ['ip'], 'PodStatus.resourceClaimStatuses': byName,
  'ContainerStatus.volumeMounts': ['mountPath'], 'ContainerStatus.allocatedResourcesStatus': byName,
  'ServiceSpec.ports': ['port', 'protocol'], 'ServiceStatus.conditions': byType,
  'ServiceAccount.secrets': byName,
  'NodeStatus.conditions': byType, 'NodeStatus.addresses': byType,
  'NamespaceStatus.conditions': byType, 'PersistentVolumeClaimStatus.conditions': byType, 'ReplicationControllerStatus.conditions': byType,
  'DeploymentStatus.conditions': byType, 'ReplicaSetStatus.conditions': byType, 'StatefulSetStatus.conditions': byType, 'DaemonSetStatus.conditions': byType,
  'HorizontalPodAutoscalerStatus.conditions': byType, 'PodDisruptionBudgetStatus.conditions': byType,
  'CustomResourceDefinitionStatus.conditions': byType, 'APIServiceStatus.conditions': byType,
  'ValidatingWebhookConfiguration.webhooks': byName, 'MutatingWebhookConfiguration.webhooks': byName, 'ValidatingWebhook.matchConditions': byName, 'MutatingWebhook.matchConditions': byName,
};

/** Key fields that are filled in when they are left out. */
export const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };
