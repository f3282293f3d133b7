/** Deployments, stateful sets and daemon sets: how many pods, how far a rollout is. */
import type { Check } from '../kind.ts';
import { RefusedError } from '../../errors.ts';
import { plural } from '../words.ts';
import type { JsonObject } from './json-patch.ts';
import { listAt, nameOf, numberAt, textAt } from './objects.ts';

export interface PodCounts {
  desired: number;
  ready: number;
}

export function podCounts(workload: JsonObject): PodCounts {
  if (workload['kind'] === 'DaemonSet') return { desired: numberAt(workload, '/status/desiredNumberScheduled') ?? 0, ready: numberAt(workload, '/status/numberReady') ?? 0 };
  return { desired: numberAt(workload, '/spec/replicas') ?? 1, ready: numberAt(workload, '/status/readyReplicas') ?? 0 };
}

/** As `kubectl rollout status` decides, and ready rather than merely available. */
export function rolloutOf(workload: JsonObject): Check {
  const observed = numberAt(workload, '/status/observedGeneration') ?? 0;
  if (observed < (numberAt(workload, '/metadata/generation') ?? 0)) return { ok: false, details: ['its controller has not seen the change yet'] };
  const stuck = listAt(workload, '/status/conditions').find((condition) => condition['type'] === 'Progressing' && condition['reason'] === 'ProgressDeadlineExceeded');
  if (stuck) return { ok: false, details: [`the rollout exceeded its progress deadline: ${textAt(stuck, '/message') ?? ''}`] };
  const daemons = workload['kind'] === 'DaemonSet';
  const { desired, ready } = podCounts(workload);
  const count = (name: string): number => numberAt(workload, `/status/${name}`) ?? 0;
  const updated = count(daemons ? 'updatedNumberScheduled' : 'updatedReplicas');
  const available = count(daemons ? 'numberAvailable' : 'availableReplicas');
  const old = workload['kind'] === 'Deployment' ? count('replicas') - updated : 0;
  const details = [`${updated} of ${plural(desired, 'pod')} updated, ${ready} ready, ${available} available${old > 0 ? `, ${old} old` : ''}`];
  const unsettled = workload['kind'] === 'StatefulSet' && textAt(workload, '/status/updateRevision') !== textAt(workload, '/status/currentRevision') && desired > 0;
  return { ok: updated >= desired && ready >= desired && available >= desired && old === 0 && !unsettled && (daemons || count('replicas') <= desired), details };
}

/** Throws RefusedError when the pods that end take their volumes with them: no undo brings those back. */
export function refuseLostVolumes(workload: JsonObject, before: number, after: number): void {
  if (after < before && textAt(workload, '/spec/persistentVolumeClaimRetentionPolicy/whenScaled') === 'Delete') throw new RefusedError(`${nameOf(workload)} deletes the volumes of pods that end by scaling (persistentVolumeClaimRetentionPolicy): do this one by hand.`);
}

/** A stateful set or daemon set with OnDelete replaces no pod by itself. */
export function waitsForDeletion(workload: JsonObject): boolean {
  return textAt(workload, '/spec/updateStrategy/type') === 'OnDelete';
}

/** The index of a container in the pod template. */
export function containerIndex(workload: JsonObject, name: string): number | undefined {
  const index = listAt(workload, '/spec/template/spec/containers').findIndex((container) => container['name'] === name);
  return index === -1 ? undefined : index;
}

export function containerNames(workload: JsonObject): string[] {
  return listAt(workload, '/spec/template/spec/containers').map((container) => textAt(container, '/name') ?? '');
}
