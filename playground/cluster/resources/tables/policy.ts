/** Quotas, budgets, autoscalers, and who may do what. */
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus, RoleRef, Subject } from '../../objects/types.ts';
import { age, ageColumn, column, nameColumn, table, wide } from './table.ts';

export const resourceQuotas = table<'resourcequotas'>(
  [nameColumn, column('Request', 'What is requested or counted, of what may be.'), column('Limit', 'Sum of the limits, of what it may be.'), ageColumn],
  (object, now) => {
    const hard = object.status?.hard ?? {};
    const used = object.status?.used ?? {};
    const texts = Object.keys(hard).sort().map((name) => ({ name, text: `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}` }));
    const pick = (limits: boolean) => texts.filter(({ name }) => name.startsWith('limits.') === limits).map(({ text }) => text).join(', ');
    return [object.metadata.name, pick(false), pick(true), age(object, now)];
  },
);

export const disruptionBudgets = table<'poddisruptionbudgets.policy'>(
  [
    nameColumn, column('Min Available', 'Pods that must stay.'), column('Max Unavailable', 'Pods that may be missing.'),
    column('Allowed Disruptions', 'Pods that may be evicted now.', 'integer'), ageColumn,
  ],
  (object, now) => [
    object.metadata.name, String(object.spec?.minAvailable ?? 'N/A'), String(object.spec?.maxUnavailable ?? 'N/A'), object.status?.disruptionsAllowed ?? 0, age(object, now),
  ],
);

export const autoscalers = table<'horizontalpodautoscalers.autoscaling'>(
  [
    nameColumn, column('Reference', 'What it scales.'), column('Targets', 'Each metric now and as it should be.'), column('MinPods', 'Fewest pods.'),
    column('MaxPods', 'Most pods.'), column('Replicas', 'Pods now.'), ageColumn,
  ],
  (object, now) => {
    const target = object.spec?.scaleTargetRef;
    return [
      object.metadata.name, `${target?.kind ?? ''}/${target?.name ?? ''}`, metricsText(object.spec?.metrics, object.status?.currentMetrics),
      object.spec?.minReplicas === undefined ? '<unset>' : String(object.spec.minReplicas), object.spec?.maxReplicas ?? 0, object.status?.currentReplicas ?? 0, age(object, now),
    ];
  },
);

const bindingColumns = [
  nameColumn, column('Role', 'Role it gives.'), ageColumn, wide('Users', 'Users it gives the role to.'), wide('Groups', 'Groups it gives the role to.'),
  wide('ServiceAccounts', 'Service accounts it gives the role to.'),
];

const bindingCells = ({ kind, name }: RoleRef, given: readonly Subject[] | null | undefined): [string, string, string, string] => {
  const subjects = given ?? [];
  const named = (wanted: string) => subjects.filter((subject) => subject.kind === wanted).map((subject) => subject.name).join(', ');
  const accounts = subjects.filter((subject) => subject.kind === 'ServiceAccount').map((subject) => `${subject.namespace ?? ''}/${subject.name}`).join(', ');
  return [`${kind}/${name}`, named('User'), named('Group'), accounts];
};

export const roleBindings = table<'rolebindings.rbac.authorization.k8s.io'>(bindingColumns, (object, now) => {
  const [role, ...subjects] = bindingCells(object.roleRef, object.subjects);
  return [object.metadata.name, role, age(object, now), ...subjects];
});

export const clusterRoleBindings = table<'clusterrolebindings.rbac.authorization.k8s.io'>(bindingColumns, (object, now) => {
  const [role, ...subjects] = bindingCells(object.roleRef, object.subjects);
  return [object.metadata.name, role, age(object, now), ...subjects];
});

/** Lists may be null: Go writes an empty one so. */
const metricsText = (specs: readonly MetricSpec[] | null | undefined, statuses: readonly MetricStatus[] | null | undefined): string => {
  if (!specs || specs.length === 0) return '<none>';
  const texts = specs.map((spec, index) => metricText(spec, statuses?.[index]));
  return texts.length > 2 ? `${texts.slice(0, 2).join(', ')} + ${texts.length - 2} more...` : texts.join(', ');
};

const metricText = (spec: MetricSpec, status: MetricStatus | undefined): string => {
  switch (spec.type) {
    case 'Resource': return spec.resource === undefined ? '' : `${spec.resource.name}: ${utilization(spec.resource.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return spec.containerResource === undefined ? '' : `${spec.containerResource.name}: ${utilization(spec.containerResource.target, status?.containerResource?.current)}`;
    case 'Pods': return `${status?.pods?.current.averageValue ?? '<unknown>'}/${spec.pods?.target.averageValue ?? ''}`;
    case 'Object': return valueText(spec.object?.target, status?.object?.current);
    case 'External': return valueText(spec.external?.target, status?.external?.current);
    default: return '<unknown type>';
  }
};

const utilization = (target: MetricTarget, current: MetricValueStatus | undefined): string => {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? '<unknown>'}/${target.averageValue}`;
  const now = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
  return `${now}/${target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
};

const valueText = (target: MetricTarget | undefined, current: MetricValueStatus | undefined): string =>
  target?.averageValue === undefined
    ? `${current?.value ?? '<unknown>'}/${target?.value ?? ''}`
    : `${current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`;
