/** How many replicas a metric asks for. Upstream's rules for pods that are missing, starting or not ready included. */
import type { ClusterControllerSettings } from '../settings.ts';
import type { Pod } from '../service-pods.ts';
import { thousandths } from '../../../objects/quantity.ts';

export type ResourceTarget = { utilization: number } | { averageValue: bigint };

export interface ResourceQuestion {
  resource: string;
  /** Only this container's. */
  container?: string;
  target: ResourceTarget;
  currentReplicas: number;
  pods: readonly Pod[];
  /** How far from 1 the ratio may be, 0.1 for a tenth. */
  tolerance: { up: number; down: number };
}

export interface ResourceAnswer {
  replicas: number;
  /** Percent of the request. */
  utilization?: number;
  /** Thousandths of a unit, per pod. */
  average: bigint;
}

const startingMilliseconds = 300_000;
const initialReadinessMilliseconds = 30_000;

/** Throws an Error in the autoscaler's words when it can't be told. */
export function replicasFor(question: ResourceQuestion, usage: ClusterControllerSettings['usage'], now: number): ResourceAnswer {
  const { pods, resource } = question;
  const measured = new Map(pods.flatMap((pod) => {
    const amount = amountUsed(usage, pod, question);
    return amount === undefined ? [] : [[pod, amount] as const];
  }));
  if (measured.size === 0) throw new Error(`unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`);
  const groups = groupPods(pods, measured, usage, resource, now);
  const requests = 'utilization' in question.target ? new Map(pods.map((pod) => [pod, requestOf(pod, question)])) : undefined;
  if (groups.ready.length === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');

  const ratioOf = (amounts: ReadonlyMap<Pod, bigint>): { ratio: number; utilization?: number; average: bigint } => {
    const total = [...amounts.values()].reduce((sum, amount) => sum + amount, 0n);
    const average = total / BigInt(Math.max(1, amounts.size));
    if (requests === undefined || !('utilization' in question.target)) return { ratio: Number(average) / Number('averageValue' in question.target ? question.target.averageValue : 1n), average };
    const asked = [...amounts.keys()].reduce((sum, pod) => sum + (requests.get(pod) ?? 0n), 0n);
    if (asked === 0n) throw new Error('no metrics returned matched known pods');
    const utilization = Number((total * 100n) / asked);
    return { ratio: utilization / question.target.utilization, utilization, average };
  };
  const counted = new Map(groups.ready.map((pod) => [pod, measured.get(pod) ?? 0n]));
  const first = ratioOf(counted);
  const answer = { average: first.average, ...(first.utilization === undefined ? {} : { utilization: first.utilization }) };
  const within = (ratio: number): boolean => 1 - ratio <= question.tolerance.down && ratio - 1 <= question.tolerance.up;
  const withUnready = groups.unready.length > 0 && first.ratio > 1;
  if (!withUnready && groups.missing.length === 0) {
    return { ...answer, replicas: within(first.ratio) ? question.currentReplicas : ceiling(first.ratio * groups.ready.length) };
  }
  if (first.ratio < 1) for (const pod of groups.missing) counted.set(pod, fullUse(question, requests?.get(pod)));
  else if (first.ratio > 1) for (const pod of groups.missing) counted.set(pod, 0n);
  if (withUnready) for (const pod of groups.unready) counted.set(pod, 0n);
  const { ratio } = ratioOf(counted);
  if (within(ratio) || (first.ratio < 1 && ratio > 1) || (first.ratio > 1 && ratio < 1)) return { ...answer, replicas: question.currentReplicas };
  const replicas = ceiling(ratio * counted.size);
  if ((ratio < 1 && replicas > question.currentReplicas) || (ratio > 1 && replicas < question.currentReplicas)) return { ...answer, replicas: question.currentReplicas };
  return { ...answer, replicas };
}

/** What 0.1 + 0.2 adds doesn't make another pod. */
const ceiling = (value: number): number => Math.ceil(value - 1e-9);

function fullUse({ target }: ResourceQuestion, request: bigint | undefined): bigint {
  if ('averageValue' in target) return target.averageValue;
  return ((request ?? 0n) * BigInt(Math.max(100, target.utilization))) / 100n;
}

function amountUsed(usage: ClusterControllerSettings['usage'], pod: Pod, { resource, container }: ResourceQuestion): bigint | undefined {
  const containers = usage.usage(pod)?.containers.filter(({ name }) => container === undefined || name === container);
  if (containers === undefined || containers.length === 0) return undefined;
  if (resource === 'cpu') return containers.reduce((sum, { cpuNanocores }) => sum + BigInt(Math.round(cpuNanocores / 1e6)), 0n);
  return resource === 'memory' ? containers.reduce((sum, { memoryBytes }) => sum + BigInt(Math.round(memoryBytes)) * 1_000n, 0n) : undefined;
}

function requestOf({ spec, metadata }: Pod, { resource, container }: ResourceQuestion): bigint {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].filter(({ name }) => container === undefined || name === container).reduce((sum, { name, resources }) => {
    const request = resources?.requests?.[resource];
    if (request === undefined) throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
    return sum + thousandths(request);
  }, 0n);
}

interface Groups { ready: Pod[]; unready: Pod[]; missing: Pod[] }

function groupPods(pods: readonly Pod[], measured: ReadonlyMap<Pod, bigint>, usage: ClusterControllerSettings['usage'], resource: string, now: number): Groups {
  const groups: Groups = { ready: [], unready: [], missing: [] };
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === 'Failed') continue;
    if (pod.status?.phase === 'Pending') groups.unready.push(pod);
    else if (!measured.has(pod)) groups.missing.push(pod);
    else if (resource === 'cpu' && isStarting(pod, usage, now)) groups.unready.push(pod);
    else groups.ready.push(pod);
  }
  return groups;
}

/** What a starting program burns says nothing about its load. */
function isStarting(pod: Pod, usage: ClusterControllerSettings['usage'], now: number): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (condition === undefined || pod.status?.startTime === undefined) return true;
  const started = Date.parse(pod.status.startTime);
  const changed = Date.parse(condition.lastTransitionTime ?? pod.status.startTime);
  if (started + startingMilliseconds <= now) return condition.status === 'False' && started + initialReadinessMilliseconds > changed;
  const sample = usage.usage(pod);
  return condition.status === 'False' || (sample !== undefined && Date.parse(sample.at) < changed + sample.windowMilliseconds);
}
