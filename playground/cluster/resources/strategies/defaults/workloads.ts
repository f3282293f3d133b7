/** What the API adds to deployments and the other kinds that make pods. */
import type { CronJob, DaemonSet, Deployment, Job, JobSpec, PersistentVolumeClaim, ReplicaSet, ReplicationController, StatefulSet } from '../../../objects/types.ts';
import { fill, fillAbsent } from './fill.ts';
import { setPodTemplateDefaults } from './pod.ts';

export function setDeploymentDefaults({ spec }: Deployment): void {
  if (spec === undefined) return;
  fillAbsent(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = (spec.strategy ??= {});
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fillAbsent((strategy.rollingUpdate ??= {}), { maxUnavailable: '25%', maxSurge: '25%' });
  setPodTemplateDefaults(spec.template?.spec);
}

export function setReplicaSetDefaults({ spec }: ReplicaSet): void {
  if (spec === undefined) return;
  fillAbsent(spec, { replicas: 1 });
  setPodTemplateDefaults(spec.template?.spec);
}

export function setReplicationControllerDefaults(object: ReplicationController): void {
  const { spec } = object;
  if (spec === undefined) return;
  fillAbsent(spec, { replicas: 1 });
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (object.metadata !== undefined && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
  }
  setPodTemplateDefaults(spec.template?.spec);
}

export function setStatefulSetDefaults({ spec }: StatefulSet): void {
  if (spec === undefined) return;
  fill(spec, { podManagementPolicy: 'OrderedReady' });
  const strategy = (spec.updateStrategy ??= {});
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fillAbsent((strategy.rollingUpdate ??= {}), { partition: 0 });
  fillAbsent(spec, { replicas: 1, revisionHistoryLimit: 10 });
  fill((spec.persistentVolumeClaimRetentionPolicy ??= {}), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  setPodTemplateDefaults(spec.template?.spec);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    Object.assign(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1' });
    setClaimDefaults(claim);
    claim.status = { phase: 'Pending' };
  }
}

export function setDaemonSetDefaults({ spec }: DaemonSet): void {
  if (spec === undefined) return;
  const strategy = (spec.updateStrategy ??= {});
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fillAbsent((strategy.rollingUpdate ??= {}), { maxUnavailable: 1, maxSurge: 0 });
  fillAbsent(spec, { revisionHistoryLimit: 10 });
  setPodTemplateDefaults(spec.template?.spec);
}

export function setJobDefaults({ spec }: Job): void {
  if (spec !== undefined) setJobSpecDefaults(spec, true);
}

export function setCronJobDefaults({ spec }: CronJob): void {
  if (spec === undefined) return;
  fill(spec, { concurrencyPolicy: 'Allow' });
  fillAbsent(spec, { suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  setPodTemplateDefaults(spec.jobTemplate?.spec?.template?.spec);
}

export function setClaimDefaults(claim: PersistentVolumeClaim): void {
  if (claim.spec === undefined) return;
  claim.spec.volumeMode ??= 'Filesystem';
}

function setJobSpecDefaults(spec: JobSpec, alone: boolean): void {
  if (spec.completions === undefined && spec.parallelism === undefined) Object.assign(spec, { completions: 1, parallelism: 1 });
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1;
  if (spec.backoffLimitPerIndex !== undefined) spec.maxFailedIndexes ??= spec.completions;
  fillAbsent(spec, { completionMode: 'NonIndexed', suspend: false, manualSelector: false });
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) fill(pattern, { status: 'True' });
  if (alone) setPodTemplateDefaults(spec.template?.spec);
}
