/** Deployments, StatefulSets and DaemonSets with the revisions of their templates. Total: any JSON gives something. */
import type { FieldChange, Workload, WorkloadKind, WorkloadRevision } from '../../../rules/cluster-readings.ts';
import { child, isTrue, items, lastApplied, nameOf, number, numberOrText, optional, text, texts } from './fields.ts';
import { conditionsOf, templateOf } from './pod-objects.ts';

const kinds: Record<string, WorkloadKind> = { Deployment: 'deployment', StatefulSet: 'statefulset', DaemonSet: 'daemonset' };

/** `objects`: all of the namespace; ReplicaSets and ControllerRevisions are found by their owners. */
export function workloadsOf(objects: readonly unknown[]): Workload[] {
  const revisions = objects.filter((one) => text(one, 'kind') === 'ReplicaSet' || text(one, 'kind') === 'ControllerRevision');
  return objects.flatMap((object) => {
    const kind = Object.hasOwn(kinds, text(object, 'kind')) ? kinds[text(object, 'kind')] : undefined;
    return kind === undefined || nameOf(object) === '' ? [] : [workloadOf(kind, object, revisions)];
  });
}

function workloadOf(kind: WorkloadKind, object: unknown, objects: readonly unknown[]): Workload {
  const status = child(object, 'status');
  const daemon = kind === 'daemonset';
  const replicas = child(object, 'spec', 'replicas');
  const noted = number(lastApplied(object), 'spec', 'replicas');
  return {
    kind, name: nameOf(object),
    ...optional('createdAt', text(object, 'metadata', 'creationTimestamp')),
    labels: texts(object, 'metadata', 'labels'),
    annotations: Object.fromEntries(Object.entries(texts(object, 'metadata', 'annotations')).filter(([key]) => !/^(?:kubectl|deployment|deprecated\.daemonset\.template)\.kubernetes\.io\//.test(key))),
    ...optional('release', releaseOf(object)),
    ...ownerOf(object),
    desired: daemon ? number(status, 'desiredNumberScheduled') : typeof replicas === 'number' ? replicas : 1,
    ready: number(status, daemon ? 'numberReady' : 'readyReplicas'),
    available: number(status, daemon ? 'numberAvailable' : 'availableReplicas'),
    updated: number(status, daemon ? 'updatedNumberScheduled' : 'updatedReplicas'),
    observed: number(status, 'observedGeneration') >= number(object, 'metadata', 'generation'),
    paused: isTrue(object, 'spec', 'paused'),
    ...(noted > 0 ? { appliedReplicas: noted } : {}),
    changes: changesOf(object),
    selector: texts(object, 'spec', 'selector', 'matchLabels'),
    template: templateOf(child(object, 'spec', 'template')),
    conditions: conditionsOf(object),
    ...rollingOf(object),
    revisions: revisionsOf(kind, object, objects),
  };
}

function ownerOf(object: unknown): Pick<Workload, 'owner'> {
  const owner = items(object, 'metadata', 'ownerReferences').find((one) => isTrue(one, 'controller'));
  return owner === undefined ? {} : { owner: { kind: text(owner, 'kind').toLowerCase(), name: text(owner, 'name') } };
}

function rollingOf(object: unknown): Pick<Workload, 'rolling'> {
  const [maxUnavailable, maxSurge] = [numberOrText(object, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), numberOrText(object, 'spec', 'strategy', 'rollingUpdate', 'maxSurge')];
  return maxUnavailable === undefined || maxSurge === undefined ? {} : { rolling: { maxUnavailable, maxSurge } };
}

export function releaseOf(object: unknown): string {
  return text(object, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === 'Helm' ? text(object, 'metadata', 'annotations', 'meta.helm.sh/release-name') : '';
}

function revisionsOf(kind: WorkloadKind, workload: unknown, objects: readonly unknown[]): WorkloadRevision[] {
  const wanted = kind === 'deployment' ? 'ReplicaSet' : 'ControllerRevision';
  const uid = text(workload, 'metadata', 'uid');
  const owned = objects.filter((one) => text(one, 'kind') === wanted && items(one, 'metadata', 'ownerReferences').some((owner) => isTrue(owner, 'controller') && (uid === '' ? text(owner, 'name') === nameOf(workload) : text(owner, 'uid') === uid)));
  return owned.map(kind === 'deployment' ? replicaSetRevision : controllerRevision).filter((one) => one.revision > 0).sort((left, right) => left.revision - right.revision);
}

function replicaSetRevision(set: unknown): WorkloadRevision {
  const annotations = texts(set, 'metadata', 'annotations');
  const desired = Number(annotations['deployment.kubernetes.io/desired-replicas']);
  return {
    revision: Number(annotations['deployment.kubernetes.io/revision']) || 0, name: nameOf(set),
    ...optional('createdAt', text(set, 'metadata', 'creationTimestamp')),
    replicas: number(set, 'spec', 'replicas'), ready: number(set, 'status', 'readyReplicas'), available: number(set, 'status', 'availableReplicas'),
    ...(Number.isInteger(desired) ? { desired } : {}),
    template: templateOf(child(set, 'spec', 'template')),
  };
}

function controllerRevision(object: unknown): WorkloadRevision {
  return {
    revision: number(object, 'revision'), name: nameOf(object),
    ...optional('createdAt', text(object, 'metadata', 'creationTimestamp')),
    replicas: 0, ready: 0, available: 0,
    template: templateOf(child(object, 'data', 'spec', 'template')),
  };
}

/** By newest first; leaves as paths without the `f:` of managed fields. */
export function changesOf(object: unknown): FieldChange[] {
  return items(object, 'metadata', 'managedFields')
    .map((entry) => ({ manager: text(entry, 'manager'), at: text(entry, 'time'), ...optional('subresource', text(entry, 'subresource')), fields: leaves(child(entry, 'fieldsV1'), '', 0) }))
    .sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0));
}

function leaves(node: unknown, path: string, depth: number): string[] {
  if (typeof node !== 'object' || node === null || depth > 12) return path === '' ? [] : [path];
  const children = Object.entries(node).filter(([key]) => key !== '.');
  if (children.length === 0) return path === '' ? [] : [path];
  return children.flatMap(([key, value]) => leaves(value, `${path === '' ? '' : `${path}/`}${key.replace(/^[fkv]:/, '')}`, depth + 1));
}
