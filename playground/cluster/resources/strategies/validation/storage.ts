/** Volumes, claims, storage classes. */
import { isDeepStrictEqual } from 'node:util';
import { compareQuantities } from '../../../objects/quantity.ts';
import type { Stored } from '../../../objects/object.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../objects/types.ts';
import type { FieldError } from '../../resource.ts';
import { forbiddenField, invalidValue, notSupported, required } from './errors.ts';
import { subdomainProblems } from './names.ts';
import { unchanged } from './selectors.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];
const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];

export function validateClaim({ spec }: Stored<PersistentVolumeClaim>): FieldError[] {
  const storage = spec?.resources?.requests?.['storage'];
  return [
    ...modeErrors(spec?.accessModes, 'spec.accessModes', 'at least 1 access mode is required'),
    ...(storage === undefined ? [required('spec.resources[storage]')] : positive(storage, 'spec.resources[storage]')),
    ...(spec?.storageClassName === undefined || spec.storageClassName === '' ? [] : subdomainProblems(spec.storageClassName).map((problem) => invalidValue('spec.storageClassName', spec.storageClassName, problem))),
    ...(spec?.volumeMode === undefined || volumeModes.includes(spec.volumeMode) ? [] : [notSupported('spec.volumeMode', spec.volumeMode, volumeModes)]),
  ];
}

export function validateClaimUpdate({ spec, status }: Stored<PersistentVolumeClaim>, { spec: before }: Stored<PersistentVolumeClaim>): FieldError[] {
  const bound = (before?.volumeName ?? '') !== '';
  const fixed = (own: typeof spec): unknown => JSON.parse(JSON.stringify({
    ...own, volumeName: bound ? own?.volumeName : undefined, ...(bound && status?.phase === 'Bound' ? { resources: undefined, volumeAttributesClassName: undefined } : {}),
    ...(before?.storageClassName === undefined ? { storageClassName: undefined } : {}),
  }));
  if (!isDeepStrictEqual(fixed(spec), fixed(before))) {
    return [forbiddenField('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims')];
  }
  const [next, capacity] = [spec?.resources?.requests?.['storage'] ?? '0', status?.capacity?.['storage']];
  const smaller = compareQuantities(next, before?.resources?.requests?.['storage'] ?? '0') < 0 && (capacity === undefined || compareQuantities(next, capacity) < 0);
  return smaller ? [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')] : [];
}

export function validateVolume({ spec }: Stored<PersistentVolume>): FieldError[] {
  const general = new Set(['capacity', 'accessModes', 'claimRef', 'persistentVolumeReclaimPolicy', 'storageClassName', 'mountOptions', 'volumeMode', 'nodeAffinity', 'volumeAttributesClassName']);
  const sources = Object.keys(spec ?? {}).filter((name) => !general.has(name));
  const storage = spec?.capacity?.['storage'];
  return [
    ...modeErrors(spec?.accessModes, 'spec.accessModes', ''),
    ...(Object.keys(spec?.capacity ?? {}).length === 0 ? [required('spec.capacity')] : storage === undefined ? [notSupported('spec.capacity', spec?.capacity, ['storage'])] : positive(storage, 'spec.capacity[storage]')),
    ...(reclaimPolicies.includes(spec?.persistentVolumeReclaimPolicy ?? '') ? [] : [notSupported('spec.persistentVolumeReclaimPolicy', spec?.persistentVolumeReclaimPolicy, reclaimPolicies)]),
    ...(sources.length === 0 ? [required('spec', 'must specify a volume type')] : sources.slice(1).map((source) => forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'))),
    ...(spec?.local !== undefined && spec.nodeAffinity === undefined ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []),
  ];
}

export function validateStorageClass({ provisioner, reclaimPolicy, volumeBindingMode }: Stored<StorageClass>): FieldError[] {
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  return [
    ...((provisioner ?? '') === '' ? [required('provisioner')] : []),
    ...(reclaimPolicy === undefined || ['Delete', 'Retain'].includes(reclaimPolicy) ? [] : [notSupported('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain'])]),
    ...(volumeBindingMode === undefined ? [required('volumeBindingMode')] : modes.includes(volumeBindingMode) ? [] : [notSupported('volumeBindingMode', volumeBindingMode, modes)]),
  ];
}

export function validateStorageClassUpdate(next: Stored<StorageClass>, previous: Stored<StorageClass>): FieldError[] {
  const fixed = ['parameters', 'provisioner', 'reclaimPolicy'] as const;
  return [
    ...fixed.filter((field) => !isDeepStrictEqual(next[field], previous[field])).map((field) => forbiddenField(field, `updates to ${field} are forbidden.`)),
    ...unchanged(next.volumeBindingMode, previous.volumeBindingMode, 'volumeBindingMode'),
  ];
}

function modeErrors(modes: readonly string[] | undefined, field: string, detail: string): FieldError[] {
  if ((modes ?? []).length === 0) return [required(field, detail)];
  return (modes ?? []).filter((mode) => !accessModes.includes(mode)).map((mode) => notSupported(field, mode, accessModes));
}

function positive(amount: string, field: string): FieldError[] {
  return compareQuantities(amount, '0') > 0 ? [] : [invalidValue(field, amount, 'must be greater than zero')];
}
