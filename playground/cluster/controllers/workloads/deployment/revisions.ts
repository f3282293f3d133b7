/** Annotations by which a Deployment numbers its ReplicaSets. */
import type { Deployment, ReplicaSet } from '../shared/kinds.ts';
import { maxSurge, wantedReplicas } from './limits.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';
const longestHistory = 2_000;

const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration', 'deprecated.deployment.rollback.to',
  revisionAnnotation, historyAnnotation, desiredAnnotation, maxAnnotation,
]);

type Annotations = Record<string, string>;

/** 0 for a set without one. */
export const revisionOf = (set: { metadata: { annotations?: Annotations } }): number => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;

export const highestRevision = (sets: readonly ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf));

/** The wanted size written down at the last resize; undefined when nobody wrote it. */
export function desiredReplicas(set: ReplicaSet): number | undefined {
  return numberIn(set.metadata.annotations?.[desiredAnnotation]);
}

export function maxReplicasBefore(set: ReplicaSet): number | undefined {
  return numberIn(set.metadata.annotations?.[maxAnnotation]);
}

export function withReplicas(annotations: Annotations | undefined, deployment: Deployment): Annotations {
  const wanted = wantedReplicas(deployment);
  return { ...annotations, [desiredAnnotation]: String(wanted), [maxAnnotation]: String(wanted + maxSurge(deployment)) };
}

/** The newest set's annotations: the deployment's own ones, and a revision that never falls. */
export function withRevision(annotations: Annotations | undefined, deployment: Deployment, revision: number): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name));
  const next: Annotations = { ...annotations, ...Object.fromEntries(copied) };
  const before = next[revisionAnnotation];
  if ((Number(before ?? 0) || 0) >= revision) return next;
  next[revisionAnnotation] = String(revision);
  if (before !== undefined) next[historyAnnotation] = lengthened(next[historyAnnotation], before);
  return next;
}

function lengthened(history: string | undefined, revision: string): string {
  if (history === undefined || history === '') return revision;
  const revisions = [...history.split(','), revision];
  while (revisions.length > 1 && revisions.join(',').length > longestHistory) revisions.shift();
  return revisions.join(',');
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
