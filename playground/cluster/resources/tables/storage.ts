/** Volumes, claims and their classes. */
import { age, ageColumn, column, nameColumn, table, wide } from './table.ts';

const short: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** In the order Kubernetes shows them, each once. */
const accessModes = (modes: readonly string[] | null | undefined): string =>
  Object.keys(short).filter((mode) => modes?.includes(mode)).map((mode) => short[mode]).join(',');

export const persistentVolumes = table<'persistentvolumes'>(
  [
    nameColumn, column('Capacity', 'Room in it.'), column('Access Modes', 'How it can be mounted.'), column('Reclaim Policy', 'What becomes of it after its claim.'),
    column('Status', 'Phase of the volume.'), column('Claim', 'Claim it is bound to.'), column('StorageClass', 'Its storage class.'),
    column('VolumeAttributesClass', 'Its volume attributes class.'), column('Reason', 'Why it is in its phase.'), ageColumn, wide('VolumeMode', 'File system or block device.'),
  ],
  ({ metadata, spec, status }, now) => [
    metadata.name, spec?.capacity?.['storage'] ?? '0', accessModes(spec?.accessModes), spec?.persistentVolumeReclaimPolicy ?? '',
    metadata.deletionTimestamp === undefined ? status?.phase ?? '' : 'Terminating',
    spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
    spec?.volumeAttributesClassName || '<unset>', status?.reason ?? '', age({ metadata }, now), spec?.volumeMode ?? '<unset>',
  ],
);

export const persistentVolumeClaims = table<'persistentvolumeclaims'>(
  [
    nameColumn, column('Status', 'Phase of the claim.'), column('Volume', 'Volume it is bound to.'), column('Capacity', 'Room in the volume.'),
    column('Access Modes', 'How the volume can be mounted.'), column('StorageClass', 'Storage class it asks for.'),
    column('VolumeAttributesClass', 'Volume attributes class it asks for.'), ageColumn, wide('VolumeMode', 'File system or block device.'),
  ],
  ({ metadata, spec, status }, now) => {
    const bound = (spec?.volumeName ?? '') !== '';
    return [
      metadata.name, metadata.deletionTimestamp === undefined ? status?.phase ?? '' : 'Terminating', spec?.volumeName ?? '',
      bound ? status?.capacity?.['storage'] ?? '0' : '', bound ? accessModes(status?.accessModes) : '',
      metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>', age({ metadata }, now), spec?.volumeMode ?? '<unset>',
    ];
  },
);

const isDefault = (annotations: Record<string, string> | undefined): boolean =>
  ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some((key) => annotations?.[key] === 'true');

export const storageClasses = table<'storageclasses.storage.k8s.io'>(
  [
    nameColumn, column('Provisioner', 'What makes its volumes.'), column('ReclaimPolicy', 'What becomes of a volume after its claim.'),
    column('VolumeBindingMode', 'When claims are bound.'), column('AllowVolumeExpansion', 'Whether volumes can grow.'), ageColumn,
  ],
  (object, now) => [
    isDefault(object.metadata.annotations) ? `${object.metadata.name} (default)` : object.metadata.name, object.provisioner,
    object.reclaimPolicy ?? 'Delete', object.volumeBindingMode ?? 'Immediate', object.allowVolumeExpansion ?? false, age(object, now),
  ],
);
