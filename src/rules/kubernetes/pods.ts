/** Which pods belong to which workload and revision, and what was said about them. */
import type { ClusterEvent, NamespaceReading, Pod, PodLog, Workload, WorkloadRevision } from '../cluster-readings.ts';
import type { Observed } from '../readings.ts';
import { hasAll } from './labels.ts';
import { groupBy, once } from './once.ts';

/** Without those that are going. */
export function podsOf(workload: Workload, { pods }: NamespaceReading): Pod[] {
  const owned = (kind: string, name: string): Pod[] => byOwner(pods.value).get(ownerKey(kind, name)) ?? [];
  if (workload.kind !== 'deployment') return owned(workload.kind, workload.name);
  if (workload.revisions.length > 0) {
    const groups = [...new Set(workload.revisions.map((one) => one.name))].map((name) => owned('replicaset', name)).filter((group) => group.length > 0);
    return groups.length <= 1 ? (groups[0] ?? []) : inOrder(groups.flat(), pods.value);
  }
  return staying(pods.value).filter(({ owner, labels }) => owner?.kind === 'ReplicaSet' && hasAll(labels, workload.selector) && owner.name.startsWith(`${workload.name}-`));
}

/** A namespace may hold thousands of pods and hundreds of workloads: nothing below looks through all for each. */
const byOwner = once((pods: readonly Pod[]) => groupBy(staying(pods), ({ owner }) => (owner === undefined ? [] : [ownerKey(owner.kind, owner.name)])));
const staying = once((pods: readonly Pod[]) => pods.filter((pod) => !pod.deleting && pod.phase !== 'Succeeded'));
const byObject = once((events: readonly ClusterEvent[]) => groupBy(events, ({ kind, name }) => [`${kind}/${name}`]));
/** Warnings about pods by every beginning of the pod's name that ends before a dash. */
const byBeginning = once((events: readonly ClusterEvent[]) => groupBy(events.filter(({ kind, type }) => kind === 'Pod' && type === 'Warning'), ({ name }) => [...name.matchAll(/-/g)].map(({ index }) => name.slice(0, index))));

function inOrder<T>(chosen: readonly T[], all: readonly T[]): T[] {
  const wanted = new Set(chosen);
  return all.filter((one) => wanted.has(one));
}

const ownerKey = (kind: string, name: string): string => `${kind.toLowerCase()}/${name}`;

export function isOfRevision(pod: Pod, workload: Workload, revision: WorkloadRevision): boolean {
  if (workload.kind === 'deployment') return pod.owner?.name === revision.name;
  const hash = pod.labels['controller-revision-hash'];
  return hash !== undefined && (hash === revision.name || revision.name === `${workload.name}-${hash}`);
}

/** Newest first, as they were read. */
export function eventsAbout({ events }: NamespaceReading, kind: string, name: string, reason?: RegExp): ClusterEvent[] {
  return (byObject(events.value).get(`${kind}/${name}`) ?? []).filter((event) => reason === undefined || reason.test(event.reason));
}

/** Also of pods that are gone: they are named after their ReplicaSet. */
export function eventsOfRevision({ events }: NamespaceReading, revision: WorkloadRevision, reason: RegExp): ClusterEvent[] {
  return (byBeginning(events.value).get(revision.name) ?? []).filter((event) => reason.test(event.reason));
}

export function logsOf({ logs }: NamespaceReading, pods: readonly Pod[]): Observed<PodLog>[] {
  const names = new Set(pods.map((pod) => pod.name));
  return logs.filter(({ value }) => names.has(value.pod));
}
