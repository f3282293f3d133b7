/** Which pods belong to which workload and revision, and what was said about them. */
import type { ClusterEvent, NamespaceReading, Pod, PodLog, Workload, WorkloadRevision } from '../cluster-readings.ts';
import type { Observed } from '../readings.ts';
import { hasAll } from './labels.ts';

/** Without those that are going. */
export function podsOf(workload: Workload, { pods }: NamespaceReading): Pod[] {
  return pods.value.filter((pod) => !pod.deleting && pod.phase !== 'Succeeded' && belongs(pod, workload));
}

function belongs({ owner, labels }: Pod, workload: Workload): boolean {
  if (owner === undefined) return false;
  if (workload.kind === 'deployment') return owner.kind === 'ReplicaSet' && (workload.revisions.some((one) => one.name === owner.name) || (workload.revisions.length === 0 && hasAll(labels, workload.selector) && owner.name.startsWith(`${workload.name}-`)));
  return owner.kind.toLowerCase() === workload.kind && owner.name === workload.name;
}

export function isOfRevision(pod: Pod, workload: Workload, revision: WorkloadRevision): boolean {
  if (workload.kind === 'deployment') return pod.owner?.name === revision.name;
  const hash = pod.labels['controller-revision-hash'];
  return hash !== undefined && (hash === revision.name || revision.name === `${workload.name}-${hash}`);
}

/** Newest first, as they were read. */
export function eventsAbout({ events }: NamespaceReading, kind: string, name: string, reason?: RegExp): ClusterEvent[] {
  return events.value.filter((event) => event.kind === kind && event.name === name && (reason === undefined || reason.test(event.reason)));
}

/** Also of pods that are gone: they are named after their ReplicaSet. */
export function eventsOfRevision({ events }: NamespaceReading, revision: WorkloadRevision, reason: RegExp): ClusterEvent[] {
  return events.value.filter((event) => event.kind === 'Pod' && event.name.startsWith(`${revision.name}-`) && reason.test(event.reason) && event.type === 'Warning');
}

export function logsOf({ logs }: NamespaceReading, pods: readonly Pod[]): Observed<PodLog>[] {
  const names = new Set(pods.map((pod) => pod.name));
  return logs.filter(({ value }) => names.has(value.pod));
}
