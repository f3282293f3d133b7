/** What ails each workload: the failure of its pods that matters most, and the earlier revision that did not have it. */
import type { Pod, PodLog, Workload, WorkloadRevision } from '../cluster-readings.ts';
import type { Observed } from '../readings.ts';
import { differences } from './differences.ts';
import type { Difference } from './differences.ts';
import { failureOf } from './failures.ts';
import type { FailureKind, PodFailure } from './failures.ts';
import { eventsOfRevision, isOfRevision, logsOf, podsOf } from './pods.ts';
import { recentSeconds, secondsAgo } from './scope.ts';
import type { Scope } from './scope.ts';

export interface Trouble {
  workload: Workload;
  failure: PodFailure;
  /** Pods that fail in this way. */
  failing: number;
  /** All of its pods; those that are ready. */
  pods: number;
  ready: number;
  /** Fewer pods serve than it wants. */
  short: boolean;
  logs: Observed<PodLog>[];
  /** Present when only the newest revision fails and an earlier one served. */
  undo?: Undo;
}

export interface Undo {
  revision: WorkloadRevision;
  newest: WorkloadRevision;
  differences: Difference[];
  /** Its pods serve now; otherwise it only served before. */
  serving: boolean;
}

/** By how much each explains: what keeps a container from being made goes before what happens to one that runs. */
const weight: Record<FailureKind, number> = { configuration: 12, image: 11, start: 10, memory: 9, liveness: 8, crash: 7, init: 6, volume: 6, unschedulable: 5, sandbox: 4, node: 3, unready: 2, evicted: 1 };

const known = new WeakMap<object, Trouble[]>();

/** The same list each time for one reading. */
export function troublesOf(scope: Scope): Trouble[] {
  const before = known.get(scope.namespace);
  if (before !== undefined) return before;
  const found = scope.namespace.workloads.value.flatMap((workload) => troubleOf(workload, scope));
  known.set(scope.namespace, found);
  return found;
}

function troubleOf(workload: Workload, scope: Scope): Trouble[] {
  const pods = podsOf(workload, scope.namespace);
  const failures = pods.flatMap((pod) => failureOf(pod, scope) ?? []);
  const short = workload.available < workload.desired;
  const newest = workload.revisions.at(-1);
  // An evicted pod stays for the record after another has taken its place.
  const counted = failures.filter((one) => one.kind !== 'evicted' || short);
  const ranked = counted.sort((left, right) => Number(ofNewest(right)) - Number(ofNewest(left)) || weight[right.kind] - weight[left.kind]);
  const failure = ranked[0];
  if (failure === undefined) return [];
  const undo = undoOf(workload, failures, scope);
  return [{
    workload, failure, failing: failures.filter((one) => one.kind === failure.kind).length, pods: pods.length, ready: pods.filter((pod) => pod.ready).length, short,
    logs: logsOf(scope.namespace, failures.map((one) => one.pod)), ...(undo === undefined ? {} : { undo }),
  }];

  function ofNewest({ pod }: PodFailure): boolean {
    return newest !== undefined && isOfRevision(pod, workload, newest);
  }
}

const badReasons = /^(?:BackOff|Failed|Unhealthy|FailedMount|FailedScheduling|InspectFailed|ErrImageNeverPull)$/;
/** What a revision had trouble with long before it was replaced, it had got over. */
const lastWordsSeconds = 30;

/** The last revision that served and asks for other pods, if the failure came with the newest. */
function undoOf(workload: Workload, failures: readonly PodFailure[], scope: Scope): Undo | undefined {
  const newest = workload.revisions.at(-1);
  if (newest === undefined || workload.paused || failures.some(({ pod, kind }) => kind !== 'evicted' && !isOfRevision(pod, workload, newest))) return undefined;
  for (const revision of workload.revisions.slice(0, -1).reverse()) {
    const found = differences(revision.template, newest.template);
    const serving = workload.kind === 'deployment' ? revision.available > 0 : podsOf(workload, scope.namespace).some((pod) => pod.ready && isOfRevision(pod, workload, revision));
    const served = serving || !endedBadly(revision, failures.map(({ pod }) => pod), scope);
    // The same template served before: it is not what is wrong.
    if (served) return found.length === 0 || (!serving && hasServed(newest, failures, scope)) ? undefined : { revision, newest, differences: found, serving };
  }
  return undefined;
}

/** A leak shows late; an image or a configuration that can't be had fails whenever a pod begins. */
const memorySeconds = 24 * 3600;

/** A revision that went well for hours is not what ails now. */
function hasServed({ createdAt }: WorkloadRevision, failures: readonly PodFailure[], scope: Scope): boolean {
  if (createdAt === undefined || failures.some(({ kind }) => kind === 'image' || kind === 'configuration' || kind === 'start')) return false;
  return secondsAgo(scope, createdAt) > (failures.some(({ kind }) => kind === 'memory') ? memorySeconds : recentSeconds);
}

/** It failed until the pods of the newest revision took its place. */
export function endedBadly(revision: WorkloadRevision, pods: readonly Pod[], scope: Scope): boolean {
  const began = Math.min(...pods.map((pod) => Date.parse(pod.createdAt ?? '')).filter((time) => !Number.isNaN(time)));
  return eventsOfRevision(scope.namespace, revision, badReasons).some((event) => (event.reason !== 'Unhealthy' || (event.count >= 3 && !event.message.startsWith('Startup probe'))) && !(Date.parse(event.last ?? '') < began - lastWordsSeconds * 1000));
}
