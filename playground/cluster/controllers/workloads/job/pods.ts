/** Starts and stops a job's pods. */
import type { ClusterClient } from '../../../client.ts';
import type { Timing } from '../../../options.ts';
import type { PodSpec } from '../../../objects/types.ts';
import { podsToDelete } from '../replica-set/pods-to-delete.ts';
import type { Job, Pod } from '../shared/kinds.ts';
import { createPod, createPodsSlowly, deletePod, podFrom, type NewPod } from '../shared/pod-control.ts';
import { backOff } from './back-off.ts';
import { freeIndexes, indexKey, indexOf, isIndexed } from './indexes.ts';
import { isSuspended } from './outcome.ts';
import { replacesOnlyFailed, trackingFinalizer, type Tally } from './tally.ts';

export interface Adjusted {
  /** Pods that run after it. */
  active: number;
  /** Milliseconds after which more may be started. */
  wait?: number;
}

/** In one go: the API answers in between, and the new pods wake the job again. */
const burst = 50;

export function adjust(client: ClusterClient, job: Job, pods: readonly Pod[], tally: Tally, timing: Timing): Adjusted {
  const running = tally.active.length;
  const wanted = isSuspended(job) ? 0 : wantedPods(job, tally.succeeded, running);
  if (running > wanted) {
    for (const pod of podsToDelete(tally.active, running - wanted, tally.active)) deletePod(client, job, pod);
    return { active: wanted };
  }
  const missing = Math.min(burst, wanted - running - (replacesOnlyFailed(job) ? tally.terminating : 0));
  if (missing <= 0) return { active: running };
  const wait = backOff(pods, timing);
  if (wait > 0) return { active: running, wait };
  const taken = new Set([...tally.completedIndexes, ...tally.active.map((pod) => indexOf(pod) ?? -1)]);
  const indexes = isIndexed(job) ? freeIndexes(job, missing, taken) : Array.from({ length: missing }, () => undefined);
  createPodsSlowly(indexes.length, (position) => void createPod(client, job, newPod(job, indexes[position])));
  return { active: running + indexes.length };
}

export function stopAll(client: ClusterClient, job: Job, active: readonly Pod[]): void {
  for (const pod of active) deletePod(client, job, pod);
}

function wantedPods(job: Job, succeeded: number, running: number): number {
  const { completions, parallelism = 1 } = job.spec ?? {};
  if (completions === undefined) return succeeded > 0 ? running : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function newPod(job: Job, index: number | undefined): NewPod {
  const pod = podFrom(job.spec?.template ?? {}, job);
  const metadata = { ...pod.metadata, finalizers: [...(pod.metadata.finalizers ?? []), trackingFinalizer] };
  if (index === undefined) return { ...pod, metadata };
  return {
    metadata: {
      ...metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...metadata.labels, [indexKey]: String(index) },
      annotations: { ...metadata.annotations, [indexKey]: String(index) },
    },
    spec: withIndex(pod.spec ?? { containers: [] }, `${job.metadata.name}-${index}`),
  };
}

function withIndex(spec: PodSpec, hostname: string): PodSpec {
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` } } };
  const told = <C extends { env?: { name: string }[] }>(container: C): C => ({ ...container, env: [...(container.env ?? []).filter(({ name }) => name !== variable.name), variable] });
  return {
    ...spec, hostname: spec.hostname ?? hostname, containers: spec.containers.map(told),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(told) }),
  };
}
