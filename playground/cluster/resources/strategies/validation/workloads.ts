/** Deployments and the other kinds that keep pods running. */
import { isDeepStrictEqual } from 'node:util';
import type { Stored } from '../../../objects/object.ts';
import type { ControllerRevision, DaemonSet, Deployment, PodTemplateSpec, ReplicaSet, ReplicationController, StatefulSet } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, invalidValue, nonNegative, notSupported, oneOf, required } from './errors.ts';
import { validatePodTemplate } from './pod.ts';
import { templateFits, unchanged, validateOwnSelector } from './selectors.ts';

export function validateDeployment({ spec }: Stored<Deployment>): FieldError[] {
  return [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...validateOwnSelector(spec?.selector, 'deployment'),
    ...templateFits(spec?.selector, spec?.template),
    ...runsForever(spec?.template),
    ...strategyErrors(spec?.strategy ?? {}),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
    ...progressErrors(spec?.progressDeadlineSeconds, spec?.minReadySeconds ?? 0),
  ];
}

export function validateReplicaSet({ spec }: Stored<ReplicaSet>): FieldError[] {
  return [
    ...nonNegative('spec.replicas', spec?.replicas), ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateOwnSelector(spec?.selector, 'replicaset'), ...templateFits(spec?.selector, spec?.template), ...runsForever(spec?.template),
  ];
}

export function validateReplicationController({ spec }: Stored<ReplicationController>): FieldError[] {
  const selector = spec?.selector ?? {};
  return [
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...(Object.keys(selector).length === 0 ? [required('spec.selector')] : []),
    ...nonNegative('spec.replicas', spec?.replicas),
    ...(spec?.template === undefined ? [required('spec.template')] : [...templateFits({ matchLabels: selector }, spec.template), ...runsForever(spec.template)]),
  ];
}

export function validateStatefulSet({ spec }: Stored<StatefulSet>): FieldError[] {
  const claims = new Set((spec?.volumeClaimTemplates ?? []).map((claim) => claim.metadata?.name ?? ''));
  return [
    ...(['OrderedReady', 'Parallel'].includes(spec?.podManagementPolicy ?? '') ? [] : [invalidValue('spec.podManagementPolicy', spec?.podManagementPolicy ?? '', "must be 'OrderedReady' or 'Parallel'")]),
    ...(['RollingUpdate', 'OnDelete'].includes(spec?.updateStrategy?.type ?? '') ? [] : [invalidValue('spec.updateStrategy', spec?.updateStrategy ?? {}, "must be 'RollingUpdate' or 'OnDelete'")]),
    ...nonNegative('spec.updateStrategy.rollingUpdate.partition', spec?.updateStrategy?.rollingUpdate?.partition),
    ...oneOf('spec.persistentVolumeClaimRetentionPolicy.whenDeleted', spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted ?? 'Retain', ['Retain', 'Delete']),
    ...oneOf('spec.persistentVolumeClaimRetentionPolicy.whenScaled', spec?.persistentVolumeClaimRetentionPolicy?.whenScaled ?? 'Retain', ['Retain', 'Delete']),
    ...nonNegative('spec.replicas', spec?.replicas), ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateOwnSelector(spec?.selector, 'statefulset'), ...templateFits(spec?.selector, spec?.template), ...runsForever(spec?.template, claims),
  ];
}

const mutable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const;

export function validateStatefulSetUpdate({ spec }: Stored<StatefulSet>, { spec: before }: Stored<StatefulSet>): FieldError[] {
  const rest = (fields: object | undefined): unknown => JSON.parse(JSON.stringify({ ...fields, ...Object.fromEntries(mutable.map((name) => [name, undefined])) }));
  if (isDeepStrictEqual(rest(spec), rest(before))) return [];
  return [forbiddenField('spec', "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")];
}

export function validateDaemonSet({ spec }: Stored<DaemonSet>): FieldError[] {
  return [
    ...validateOwnSelector(spec?.selector, 'daemonset'),
    ...templateFits(spec?.selector, spec?.template), ...runsForever(spec?.template),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...oneOf('spec.updateStrategy.type', spec?.updateStrategy?.type, ['RollingUpdate', 'OnDelete']),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
  ];
}

export const validateDaemonSetUpdate = validateSelectorUpdate;

export function validateSelectorUpdate(next: { spec?: { selector?: unknown } }, previous: { spec?: { selector?: unknown } }): FieldError[] {
  return unchanged(next.spec?.selector, previous.spec?.selector, 'spec.selector');
}

export const validateRevisionUpdate = (next: Stored<ControllerRevision>, previous: Stored<ControllerRevision>): FieldError[] => unchanged(next.data, previous.data, 'data');

function runsForever(template: PodTemplateSpec | undefined, claims?: ReadonlySet<string>): FieldError[] {
  const policy = template?.spec?.restartPolicy;
  return [
    ...validatePodTemplate(template, 'spec.template', claims),
    ...(policy === undefined || policy === 'Always' ? [] : [notSupported('spec.template.spec.restartPolicy', policy, ['Always'])]),
    ...(template?.spec?.activeDeadlineSeconds === undefined ? [] : [forbiddenField('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in ReplicaSet is not Supported')]),
  ];
}

function strategyErrors({ type, rollingUpdate }: { type?: string; rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string } }): FieldError[] {
  const field = 'spec.strategy';
  if (type === 'Recreate') return rollingUpdate === undefined ? [] : [forbiddenField(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  if (type !== 'RollingUpdate') return [notSupported(`${field}.type`, type ?? '', ['Recreate', 'RollingUpdate'])];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  return [
    ...amountErrors(maxUnavailable, `${field}.rollingUpdate.maxUnavailable`), ...amountErrors(maxSurge, `${field}.rollingUpdate.maxSurge`),
    ...(isZero(maxUnavailable) && isZero(maxSurge) ? [invalidValue(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...(typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100 ? [invalidValue(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable, 'must not be greater than 100%')] : []),
  ];
}

export function amountErrors(amount: number | string, field: string): FieldError[] {
  if (typeof amount === 'number') return nonNegative(field, amount);
  return /^[0-9]+%$/.test(amount) ? [] : [invalidValue(field, amount, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")];
}

function isZero(amount: number | string): boolean {
  return typeof amount === 'number' ? amount === 0 : Number.parseInt(amount, 10) === 0;
}

function progressErrors(deadline: number | undefined, minReadySeconds: number): FieldError[] {
  if (deadline === undefined) return [];
  const field = 'spec.progressDeadlineSeconds';
  return [...nonNegative(field, deadline), ...(deadline <= minReadySeconds ? [invalidValue(field, deadline, 'must be greater than minReadySeconds')] : [])];
}
