/** The revisions of a workload with their whole pod templates, and what each changed. Pure, over the cluster's JSON. */
import type { Workload } from '../../rules/cluster-readings.ts';
import { child, items, nameOf, text, texts } from '../readings/cluster/fields.ts';
import { workloadsOf } from '../readings/cluster/workload-objects.ts';
import { fieldDifferences } from './field-differences.ts';

export interface Revision {
  revision: number;
  /** Of its ReplicaSet or ControllerRevision. */
  name: string;
  createdAt: string;
  /** `2 wanted, 1 ready, 1 available`; empty where its kind doesn't count. */
  pods: string;
  images: string[];
  cause: string;
  /** It was made for an earlier revision and taken up again: these were its numbers. */
  former: string;
  /** Metadata and spec, without what a controller adds. */
  template: unknown;
}

export interface RevisedWorkload {
  workload: Workload;
  /** Oldest first. */
  revisions: Revision[];
  /** What its template asks for and no revision has yet: its rollout is paused, or its controller has not looked. */
  pending(): string[];
}

/** Deployments, StatefulSets and DaemonSets among the objects; their ReplicaSets and ControllerRevisions must be there too. */
export function revisedWorkloads(objects: readonly unknown[]): RevisedWorkload[] {
  const byName = new Map(objects.map((object) => [`${text(object, 'kind')} ${nameOf(object)}`, object]));
  return workloadsOf(objects).map((workload) => {
    const revisions = workload.revisions.map((one) => {
      const set = workload.kind === 'deployment';
      const object = byName.get(`${set ? 'ReplicaSet' : 'ControllerRevision'} ${one.name}`);
      const template = ownTemplate(set ? child(object, 'spec', 'template') : child(object, 'data', 'spec', 'template'));
      return {
        revision: one.revision, name: one.name, createdAt: one.createdAt ?? '', template,
        pods: set ? `${one.replicas} wanted, ${one.ready} ready, ${one.available} available` : '',
        images: items(template, 'spec', 'containers').map((container) => text(container, 'image')),
        cause: text(object, 'metadata', 'annotations', 'kubernetes.io/change-cause'),
        former: text(object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision-history'),
      };
    });
    const newest = revisions.at(-1);
    const live = byName.get(`${kindNames[workload.kind]} ${workload.name}`);
    return { workload, revisions, pending: () => (newest === undefined ? [] : fieldDifferences(newest.template, ownTemplate(child(live, 'spec', 'template')))) };
  });
}

const kindNames = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' } as const;

/** One line for each field; says so when nothing but a restart was asked for. */
export function revisionChanges(before: Revision, after: Revision): string[] {
  const found = fieldDifferences(before.template, after.template);
  if (found.length === 0) return ['the pod templates are the same'];
  return found.every((one) => one.startsWith('metadata.annotations.kubectl.kubernetes.io/restartedAt')) ? [...found, 'nothing but a restart: the pods are otherwise the same'] : found;
}

function ownTemplate(template: unknown): unknown {
  const { 'pod-template-hash': _hash, ...labels } = texts(template, 'metadata', 'labels');
  return { metadata: { labels, annotations: texts(template, 'metadata', 'annotations') }, spec: child(template, 'spec') };
}
