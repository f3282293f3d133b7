/** Nodes, namespaces, configuration, leases, webhooks: what is no workload, network or storage. */
import type { ObjectOf } from '../../objects/object.ts';
import { age, ageColumn, column, nameColumn, table, wide } from './table.ts';

export const nodes = table<'nodes'>(
  [
    nameColumn, column('Status', 'Whether pods can run on it.'), column('Roles', 'Roles it has by its labels.'), ageColumn, column('Version', 'Version of its kubelet.'),
    wide('Internal-IP', 'Its address inside the cluster.'), wide('External-IP', 'Its address from outside.'), wide('OS-Image', 'Its operating system.'),
    wide('Kernel-Version', 'Its kernel.'), wide('Container-Runtime', 'Runtime and version.'),
  ],
  (object, now) => {
    const address = (wanted: string) => object.status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
    const info = object.status?.nodeInfo;
    return [
      object.metadata.name, nodeStatus(object), nodeRoles(object), age(object, now), info?.kubeletVersion ?? '',
      address('InternalIP'), address('ExternalIP'), info?.osImage || '<unknown>', info?.kernelVersion || '<unknown>', info?.containerRuntimeVersion || '<unknown>',
    ];
  },
);

export const namespaces = table<'namespaces'>(
  [nameColumn, column('Status', 'Phase of the namespace.'), ageColumn],
  (object, now) => [object.metadata.name, object.status?.phase ?? '', age(object, now)],
);

export const configMaps = table<'configmaps'>(
  [nameColumn, column('Data', 'Number of entries.'), ageColumn],
  (object, now) => [object.metadata.name, Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length, age(object, now)],
);

export const secrets = table<'secrets'>(
  [nameColumn, column('Type', 'What it is for.'), column('Data', 'Number of entries.'), ageColumn],
  (object, now) => [object.metadata.name, object.type ?? '', Object.keys(object.data ?? {}).length, age(object, now)],
);

export const serviceAccounts = table<'serviceaccounts'>([nameColumn, ageColumn], (object, now) => [object.metadata.name, age(object, now)]);

export const leases = table<'leases.coordination.k8s.io'>(
  [nameColumn, column('Holder', 'Who holds it.'), ageColumn],
  (object, now) => [object.metadata.name, object.spec?.holderIdentity ?? '', age(object, now)],
);

export const priorityClasses = table<'priorityclasses.scheduling.k8s.io'>(
  [
    nameColumn, column('Value', 'Priority of its pods.', 'integer'), column('Global-Default', 'Whether it is for pods that name none.', 'boolean'), ageColumn,
    column('PreemptionPolicy', 'Whether its pods push others aside.'),
  ],
  (object, now) => [object.metadata.name, object.value ?? 0, object.globalDefault ?? false, age(object, now), object.preemptionPolicy ?? 'PreemptLowerPriority'],
);

const webhookColumns = [nameColumn, column('Webhooks', 'Number of webhooks.', 'integer'), ageColumn];
export const validatingWebhooks = table<'validatingwebhookconfigurations.admissionregistration.k8s.io'>(webhookColumns, (object, now) => [
  object.metadata.name, object.webhooks?.length ?? 0, age(object, now),
]);
export const mutatingWebhooks = table<'mutatingwebhookconfigurations.admissionregistration.k8s.io'>(webhookColumns, (object, now) => [
  object.metadata.name, object.webhooks?.length ?? 0, age(object, now),
]);

export const apiServices = table<'apiservices.apiregistration.k8s.io'>(
  [nameColumn, column('Service', 'Service that answers for it.'), column('Available', 'Whether it can be reached.'), ageColumn],
  (object, now) => {
    const service = object.spec?.service;
    const condition = object.status?.conditions?.find(({ type }) => type === 'Available');
    const available = condition === undefined ? 'Unknown' : condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
    return [object.metadata.name, service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`, available, age(object, now)];
  },
);

const nodeStatus = ({ spec, status }: ObjectOf<'nodes'>): string => {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
};

const nodeRoles = ({ metadata }: ObjectOf<'nodes'>): string => {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) =>
    key.startsWith(prefix) && key.length > prefix.length ? [key.slice(prefix.length)] : key === 'kubernetes.io/role' && value !== '' ? [value] : []);
  return [...new Set(roles)].sort().join(',') || '<none>';
};
