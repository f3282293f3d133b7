/** One try to place a pod. */
import type { ClusterClient } from '../client.ts';
import { refusalOf, type Attempt, type Check, type Refusal } from './filters.ts';
import { planPreemption, preempt, priorityOf } from './preemption.ts';
import { bestNode } from './scores.ts';
import { takeSnapshot, viewOf, type PodObject, type Snapshot } from './snapshot.ts';
import { bindClaims, readClaims } from './volumes.ts';

export type Outcome =
  | { kind: 'bound'; node: string }
  /** Its volumes come first. */
  | { kind: 'waiting'; node: string }
  | { kind: 'refused'; message: string; checks: ReadonlySet<Check>; nominated?: string };

/** `nominated`: pods that wait for a node that was cleared for them. */
export function schedule(client: ClusterClient, pod: PodObject, nominated: readonly PodObject[]): Outcome {
  const snapshot = withNominated(takeSnapshot(client), pod, nominated);
  const { nodes } = snapshot;
  if (nodes.length === 0) return { kind: 'refused', message: 'no nodes available to schedule pods', checks: new Set() };
  const claims = readClaims(client, pod);
  if (claims.refusal !== undefined) {
    // The step that looks for pods to evict needs what a later check would have left, and doesn't find it.
    return { kind: 'refused', message: `0/${nodes.length} nodes are available: ${claims.refusal}. not found`, checks: new Set(['VolumeBinding']) };
  }
  const attempt: Attempt = { client, pod, claims, snapshot };
  const refusals = new Map<string, Refusal>();
  for (const view of nodes) {
    const refusal = refusalOf(attempt, view);
    if (refusal !== undefined) refusals.set(view.name, refusal);
  }
  const feasible = nodes.filter(({ name }) => !refusals.has(name));
  const chosen = feasible.find(({ name }) => name === pod.status?.nominatedNodeName) ?? bestNode(pod, feasible, snapshot);
  if (chosen === undefined) return refuse(attempt, refusals);
  if (bindClaims(client, claims, chosen)) return { kind: 'waiting', node: chosen.name };
  client.bind(pod.metadata.namespace ?? '', pod.metadata.name, chosen.name);
  return { kind: 'bound', node: chosen.name };
}

function refuse(attempt: Attempt, refusals: ReadonlyMap<string, Refusal>): Outcome {
  const total = attempt.snapshot.nodes.length;
  const why = summarize(total, [...refusals.values()].flatMap(({ reasons }) => [...reasons]));
  const plan = planPreemption(attempt, refusals, (reasons) => summarize(total, reasons));
  const checks = new Set([...refusals.values()].map(({ check }) => check));
  if ('message' in plan) return { kind: 'refused', message: `${why} no new claims to deallocate, preemption: ${plan.message}`, checks };
  preempt(attempt.client, attempt.pod, plan.node, plan.victims);
  return { kind: 'refused', message: why, checks, nominated: plan.node };
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function summarize(total: number, reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${total} nodes are available: ${texts.join(', ')}.`;
}

function withNominated(snapshot: Snapshot, pod: PodObject, nominated: readonly PodObject[]): Snapshot {
  const reserved = nominated.filter((other) => other.metadata.uid !== pod.metadata.uid && priorityOf(other) >= priorityOf(pod));
  if (reserved.length === 0) return snapshot;
  return {
    ...snapshot,
    nodes: snapshot.nodes.map((view) => {
      const here = reserved.filter(({ status }) => status?.nominatedNodeName === view.name);
      return here.length === 0 ? view : viewOf(view.node, [...view.pods, ...here]);
    }),
  };
}
