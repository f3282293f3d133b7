/** Quotas, limit ranges, autoscalers, disruption budgets, priority classes. */
import { compareQuantities } from '../../../objects/quantity.ts';
import type { Stored } from '../../../objects/object.ts';
import type { HorizontalPodAutoscaler, LimitRange, LimitRangeItem, MetricSpec, PodDisruptionBudget, PriorityClass, ResourceQuota } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, invalidValue, notNegativeQuantity, notSupported, required } from './errors.ts';
import { qualifiedNameProblems } from './names.ts';
import { validateSelector } from './selectors.ts';
import { amountErrors } from './workloads.ts';

const quotaResources = new Set([
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage',
  'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers',
]);
const whole = new Set(['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers']);

export function validateQuota({ spec }: Stored<ResourceQuota>): FieldError[] {
  return Object.entries(spec?.hard ?? {}).flatMap(([name, amount]) => {
    const field = `spec.hard[${name}]`;
    const problems = qualifiedNameProblems(name).map((problem) => invalidValue(field, name, problem));
    const known = quotaResources.has(name) || name.includes('/') || name.startsWith('requests.hugepages-') || name.startsWith('hugepages-');
    return [
      ...(problems.length > 0 ? problems : known ? [] : [invalidValue(field, name, 'must be a standard resource type or fully qualified'), invalidValue(field, name, 'must be a standard resource for quota')]),
      ...notNegativeQuantity(field, amount),
      ...((whole.has(name) || name.startsWith('count/')) && /[munM]?m$/.test(amount) ? [invalidValue(field, amount, 'must be an integer')] : []),
    ];
  });
}

export function validateLimitRange({ spec }: Stored<LimitRange>): FieldError[] {
  const seen = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, index) => {
    const field = `spec.limits[${index}]`;
    const doubled = seen.has(item.type) ? [{ reason: 'FieldValueDuplicate' as const, field: `${field}.type`, detail: `Duplicate value: ${JSON.stringify(item.type)}` }] : [];
    seen.add(item.type);
    return [...((item.type ?? '') === '' ? [required(`${field}.type`)] : []), ...doubled, ...limitErrors(item, field)];
  });
}

function limitErrors(item: LimitRangeItem, field: string): FieldError[] {
  const names = new Set([item.max, item.min, item.default, item.defaultRequest].flatMap((amounts) => Object.keys(amounts ?? {})));
  return [...names].toSorted().flatMap((name) => {
    const [max, min, usual, request] = [item.max?.[name], item.min?.[name], item.default?.[name], item.defaultRequest?.[name]];
    const above = (first: string | undefined, second: string | undefined): boolean => first !== undefined && second !== undefined && compareQuantities(first, second) > 0;
    return [
      ...(above(min, max) ? [invalidValue(`${field}.min[${name}]`, min, `min value ${min} is greater than max value ${max}`)] : []),
      ...(above(min, request) ? [invalidValue(`${field}.defaultRequest[${name}]`, request, `min value ${min} is greater than default request value ${request}`)] : []),
      ...(above(request, max) ? [invalidValue(`${field}.defaultRequest[${name}]`, request, `default request value ${request} is greater than max value ${max}`)] : []),
      ...(above(request, usual) ? [invalidValue(`${field}.defaultRequest[${name}]`, request, `default request value ${request} is greater than default limit value ${usual}`)] : []),
      ...(above(min, usual) ? [invalidValue(`${field}.default[${name}]`, min, `min value ${min} is greater than default value ${usual}`)] : []),
      ...(above(usual, max) ? [invalidValue(`${field}.default[${name}]`, usual, `default value ${usual} is greater than max value ${max}`)] : []),
    ];
  });
}

export function validateAutoscaler({ spec }: Stored<HorizontalPodAutoscaler>): FieldError[] {
  const { minReplicas = 1, maxReplicas = 0, scaleTargetRef, metrics = [] } = spec ?? {};
  return [
    ...(minReplicas < 1 ? [invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')] : []),
    ...(maxReplicas < 1 ? [invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0')] : []),
    ...(maxReplicas < minReplicas ? [invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')] : []),
    ...((scaleTargetRef?.kind ?? '') === '' ? [required('spec.scaleTargetRef.kind')] : []),
    ...((scaleTargetRef?.name ?? '') === '' ? [required('spec.scaleTargetRef.name')] : []),
    ...metrics.flatMap((metric, index) => metricErrors(metric, `spec.metrics[${index}]`)),
  ];
}

function metricErrors(metric: MetricSpec, field: string): FieldError[] {
  const sources: Record<string, keyof MetricSpec> = { Resource: 'resource', ContainerResource: 'containerResource', Pods: 'pods', Object: 'object', External: 'external' };
  if ((metric.type ?? '') === '') return [required(`${field}.type`, 'must specify a metric source type')];
  const source = sources[metric.type];
  if (source === undefined) return [notSupported(`${field}.type`, metric.type, Object.keys(sources).toSorted())];
  if (metric[source] === undefined) return [required(`${field}.${source}`, `must populate information for the given metric source`)];
  if (metric.type !== 'Resource') return [];
  const { name, target } = metric.resource ?? {};
  return [
    ...((name ?? '') === '' ? [required(`${field}.resource.name`, 'must specify a resource name')] : []),
    ...(target?.averageUtilization !== undefined && target.averageUtilization < 1 ? [invalidValue(`${field}.resource.target.averageUtilization`, target.averageUtilization, 'must be greater than 0')] : []),
    ...(target?.averageUtilization === undefined && target?.averageValue === undefined ? [required(`${field}.resource.target.averageUtilization`, 'must set either a target raw value or a target utilization')] : []),
  ];
}

export function validateDisruptionBudget({ spec }: Stored<PodDisruptionBudget>): FieldError[] {
  const { minAvailable, maxUnavailable, selector } = spec ?? {};
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...(minAvailable === undefined ? [] : amountErrors(minAvailable, 'spec.minAvailable')),
    ...(maxUnavailable === undefined ? [] : amountErrors(maxUnavailable, 'spec.maxUnavailable')),
    ...validateSelector(selector, 'spec.selector'),
  ];
}

export function validatePriorityClassUpdate(next: Stored<PriorityClass>, previous: Stored<PriorityClass>): FieldError[] {
  return [
    ...(next.value === previous.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...(next.preemptionPolicy === previous.preemptionPolicy ? [] : [invalidValue('preemptionPolicy', next.preemptionPolicy, 'field is immutable')]),
  ];
}
