/** Volumes, claims, storage classes. */
import type { PersistentVolume, StorageClass } from '../../objects/types.ts';
import type { Strategy } from '../resource.ts';
import { as } from './as.ts';
import { strategy } from './build.ts';
import { setClaimDefaults } from './defaults/workloads.ts';
import { validateClaim, validateClaimUpdate, validateStorageClass, validateStorageClassUpdate, validateVolume } from './validation/storage.ts';

export const storageStrategies: Record<string, Strategy> = {
  persistentvolumeclaims: strategy({
    defaults: (object) => setClaimDefaults(as(object, 'persistentvolumeclaims')),
    initialStatus: () => ({ phase: 'Pending' }),
    prepareCreate: (object) => protect(object.metadata, 'kubernetes.io/pvc-protection'),
    validate: (object) => validateClaim(as(object, 'persistentvolumeclaims')),
    validateUpdate: (next, previous) => validateClaimUpdate(as(next, 'persistentvolumeclaims'), as(previous, 'persistentvolumeclaims')),
  }),
  persistentvolumes: strategy({
    namespaced: false,
    defaults: (object) => setVolumeDefaults(as(object, 'persistentvolumes')),
    initialStatus: () => ({ phase: 'Pending' }),
    prepareCreate: (object) => protect(object.metadata, 'kubernetes.io/pv-protection'),
    validate: (object) => validateVolume(as(object, 'persistentvolumes')),
  }),
  'storageclasses.storage.k8s.io': strategy({
    namespaced: false,
    defaults: (object) => setStorageClassDefaults(as(object, 'storageclasses.storage.k8s.io')),
    validate: (object) => validateStorageClass(as(object, 'storageclasses.storage.k8s.io')),
    validateUpdate: (next, previous) => validateStorageClassUpdate(as(next, 'storageclasses.storage.k8s.io'), as(previous, 'storageclasses.storage.k8s.io')),
  }),
};

function setVolumeDefaults({ spec }: PersistentVolume): void {
  if (spec === undefined) return;
  spec.persistentVolumeReclaimPolicy ??= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
}

function setStorageClassDefaults(object: StorageClass): void {
  object.reclaimPolicy ??= 'Delete';
  object.volumeBindingMode ??= 'Immediate';
}

/** Nothing that is in use goes away: its controller takes this off. */
function protect(metadata: { finalizers?: string[] }, finalizer: string): void {
  if (metadata.finalizers?.includes(finalizer) !== true) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
}
