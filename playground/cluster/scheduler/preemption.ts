/** Room for an important pod at the cost of less important ones. */
import type { ClusterClient } from '../client.ts';
import { refusalOf, type Attempt, type Refusal } from './filters.ts';
import { withPods, type NodeView, type PodObject } from './snapshot.ts';

export type Preemption =
  | { node: string; victims: readonly PodObject[] }
  /** Why not, as it stands behind `preemption: `. */
  | { message: string };

export const priorityOf = ({ spec }: PodObject): number => spec?.priority ?? 0;

export function planPreemption(attempt: Attempt, refusals: ReadonlyMap<string, Refusal>, summary: (reasons: readonly string[]) => string): Preemption {
  const { pod, snapshot } = attempt;
  if (pod.spec?.preemptionPolicy === 'Never') return { message: 'not eligible due to preemptionPolicy=Never.' };
  const nominated = snapshot.nodes.find(({ name }) => name === pod.status?.nominatedNodeName);
  if (nominated?.pods.some((other) => other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod)) === true) {
    return { message: 'not eligible due to a terminating pod on the nominated node.' };
  }
  const reasons: string[] = [];
  const candidates: { node: string; victims: PodObject[] }[] = [];
  for (const view of snapshot.nodes) {
    if (refusals.get(view.name)?.resolvable !== true) {
      reasons.push('Preemption is not helpful for scheduling');
      continue;
    }
    const found = victimsOn(attempt, view);
    if ('victims' in found) candidates.push({ node: view.name, victims: found.victims });
    else reasons.push(...found.reasons);
  }
  const [best] = candidates.sort(cheaper);
  return best ?? { message: summary(reasons) };
}

function victimsOn(attempt: Attempt, view: NodeView): { victims: PodObject[] } | { reasons: readonly string[] } {
  const lower = view.pods.filter((other) => priorityOf(other) < priorityOf(attempt.pod));
  if (lower.length === 0) return { reasons: ['No preemption victims found for incoming pod'] };
  let kept = view.pods.filter((other) => !lower.includes(other));
  const refusal = refusalWith(attempt, view, kept);
  if (refusal !== undefined) return { reasons: refusal.reasons };
  const victims: PodObject[] = [];
  for (const other of lower.sort(moreImportantFirst)) {
    if (refusalWith(attempt, view, [...kept, other]) === undefined) kept = [...kept, other];
    else victims.push(other);
  }
  return { victims };
}

function refusalWith(attempt: Attempt, view: NodeView, pods: readonly PodObject[]): Refusal | undefined {
  const snapshot = withPods(attempt.snapshot, view.name, pods);
  const there = snapshot.nodes.find(({ name }) => name === view.name);
  return there === undefined ? undefined : refusalOf({ ...attempt, snapshot }, there);
}

const startedAt = ({ status, metadata }: PodObject): string => status?.startTime ?? metadata.creationTimestamp;
const moreImportantFirst = (left: PodObject, right: PodObject): number => priorityOf(right) - priorityOf(left) || (startedAt(left) < startedAt(right) ? -1 : 1);

function cheaper(left: { victims: PodObject[] }, right: { victims: PodObject[] }): number {
  const highest = ({ victims }: { victims: PodObject[] }): number => Math.max(...victims.map(priorityOf));
  const sum = ({ victims }: { victims: PodObject[] }): number => victims.reduce((total, victim) => total + priorityOf(victim) + 2 ** 31, 0);
  return highest(left) - highest(right) || sum(left) - sum(right) || left.victims.length - right.victims.length;
}

export function preempt(client: ClusterClient, pod: PodObject, node: string, victims: readonly PodObject[]): void {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  for (const { metadata } of victims) {
    if (metadata.deletionTimestamp !== undefined) continue;
    const marked = client.modify('pods', metadata.namespace, metadata.name, (copy) => {
      copy.status ??= {};
      copy.status.conditions = [
        ...(copy.status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget'),
        { type: 'DisruptionTarget', status: 'True', lastTransitionTime: now, reason: 'PreemptionByScheduler', message: 'default-scheduler: preempting to accommodate a higher priority pod' },
      ];
    }, 'status');
    if (marked === undefined) continue;
    client.delete('pods', metadata.namespace, metadata.name, { uid: metadata.uid });
    client.event(marked, { type: 'Normal', reason: 'Preempted', action: 'Preempting', message: `Preempted by pod ${pod.metadata.uid} on node ${node}` });
  }
}
