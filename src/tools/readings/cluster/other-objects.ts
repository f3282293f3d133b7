/** Storage, autoscaling, quotas, jobs, configuration, events, nodes. Total: any JSON gives something. */
import type { Autoscaler, Budget, Claim, ClusterEvent, ClusterNode, ConfigMap, CronJob, Job, Quota } from '../../../rules/cluster-readings.ts';
import { child, isTrue, items, lastApplied, nameOf, number, numberOrText, optional, text, texts } from './fields.ts';
import { selectorOf } from './network-objects.ts';
import { conditionsOf, templateOf } from './pod-objects.ts';
import { changesOf, releaseOf } from './workload-objects.ts';

export function ofKind(objects: readonly unknown[], kind: string): unknown[] {
  return objects.filter((one) => text(one, 'kind') === kind && nameOf(one) !== '');
}

const createdAt = (object: unknown): { createdAt?: string } => optional('createdAt', text(object, 'metadata', 'creationTimestamp'));

export function claimsOf(objects: readonly unknown[]): Claim[] {
  return ofKind(objects, 'PersistentVolumeClaim').map((one) => ({ name: nameOf(one), phase: text(one, 'status', 'phase'), ...optional('storageClass', text(one, 'spec', 'storageClassName')), ...createdAt(one) }));
}

export function autoscalersOf(objects: readonly unknown[]): Autoscaler[] {
  return ofKind(objects, 'HorizontalPodAutoscaler').map((one) => ({
    name: nameOf(one), target: { kind: text(one, 'spec', 'scaleTargetRef', 'kind').toLowerCase(), name: text(one, 'spec', 'scaleTargetRef', 'name') },
    minimum: number(one, 'spec', 'minReplicas') || 1, maximum: number(one, 'spec', 'maxReplicas'), current: number(one, 'status', 'currentReplicas'), desired: number(one, 'status', 'desiredReplicas'),
    conditions: conditionsOf(one),
  }));
}

export function quotasOf(objects: readonly unknown[]): Quota[] {
  return ofKind(objects, 'ResourceQuota').map((one) => {
    const hard = texts(one, 'status', 'hard');
    return { name: nameOf(one), hard: Object.keys(hard).length > 0 ? hard : texts(one, 'spec', 'hard'), used: texts(one, 'status', 'used'), changes: changesOf(one), ...(lastApplied(one) === undefined ? {} : { applied: texts(lastApplied(one), 'spec', 'hard') }) };
  });
}

export function budgetsOf(objects: readonly unknown[]): Budget[] {
  return ofKind(objects, 'PodDisruptionBudget').map((one) => ({
    name: nameOf(one), selector: selectorOf(child(one, 'spec', 'selector')),
    desiredHealthy: number(one, 'status', 'desiredHealthy'), currentHealthy: number(one, 'status', 'currentHealthy'), expectedPods: number(one, 'status', 'expectedPods'),
    ...(child(one, 'status', 'disruptionsAllowed') === undefined ? {} : { disruptionsAllowed: number(one, 'status', 'disruptionsAllowed') }),
    ...amount('minAvailable', numberOrText(one, 'spec', 'minAvailable')), ...amount('maxUnavailable', numberOrText(one, 'spec', 'maxUnavailable')), changes: changesOf(one),
  }));
}

function amount<K extends string>(name: K, found: string | number | undefined): Partial<Record<K, string | number>> {
  return found === undefined ? {} : ({ [name]: found } as Partial<Record<K, string | number>>);
}

export function jobsOf(objects: readonly unknown[]): Job[] {
  return ofKind(objects, 'Job').map((one) => ({
    name: nameOf(one), ...optional('cronJob', text(items(one, 'metadata', 'ownerReferences').find((owner) => text(owner, 'kind') === 'CronJob'), 'name')), ...createdAt(one),
    active: number(one, 'status', 'active'), succeeded: number(one, 'status', 'succeeded'), failed: number(one, 'status', 'failed'),
    suspended: isTrue(one, 'spec', 'suspend'), conditions: conditionsOf(one), template: templateOf(child(one, 'spec', 'template')),
  }));
}

export function cronJobsOf(objects: readonly unknown[]): CronJob[] {
  return ofKind(objects, 'CronJob').map((one) => ({
    name: nameOf(one), schedule: text(one, 'spec', 'schedule'), suspended: isTrue(one, 'spec', 'suspend'),
    ...optional('lastScheduled', text(one, 'status', 'lastScheduleTime')), ...optional('lastSuccessful', text(one, 'status', 'lastSuccessfulTime')),
  }));
}

export function configMapsOf(objects: readonly unknown[]): ConfigMap[] {
  return ofKind(objects, 'ConfigMap').map((one) => {
    const applied = lastApplied(one);
    const data = texts(one, 'data');
    return {
      name: nameOf(one), keys: [...Object.keys(data), ...Object.keys(texts(one, 'binaryData'))], data, ...createdAt(one), changes: changesOf(one), ...optional('release', releaseOf(one)),
      ...(applied === undefined ? {} : { applied: texts(applied, 'data') }),
    };
  });
}

/** Newest first. */
export function eventsOf(objects: readonly unknown[]): ClusterEvent[] {
  return ofKind(objects, 'Event').map((one) => {
    const last = [text(one, 'series', 'lastObservedTime'), text(one, 'lastTimestamp'), text(one, 'eventTime'), text(one, 'metadata', 'creationTimestamp')].find((time) => time !== '') ?? '';
    const first = [text(one, 'firstTimestamp'), text(one, 'eventTime'), text(one, 'metadata', 'creationTimestamp')].find((time) => time !== '') ?? '';
    return {
      type: text(one, 'type'), reason: text(one, 'reason'), kind: text(one, 'involvedObject', 'kind'), name: text(one, 'involvedObject', 'name'), message: text(one, 'message').replace(/\s+/g, ' ').trim(),
      count: number(one, 'series', 'count') || number(one, 'count') || 1, ...optional('first', first), ...optional('last', last),
    };
  }).sort((left, right) => Date.parse(right.last ?? '') - Date.parse(left.last ?? '') || 0);
}

export function nodesOf(objects: readonly unknown[]): ClusterNode[] {
  return ofKind(objects, 'Node').map((one) => ({
    name: nameOf(one), unschedulable: isTrue(one, 'spec', 'unschedulable'), labels: texts(one, 'metadata', 'labels'),
    taints: items(one, 'spec', 'taints').map((taint) => ({ key: text(taint, 'key'), value: text(taint, 'value'), effect: text(taint, 'effect') })),
    conditions: conditionsOf(one), allocatable: texts(one, 'status', 'allocatable'), changes: changesOf(one),
  }));
}
