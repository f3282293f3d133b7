/** The playground's storage: a volume is a directory. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterClient } from '../../client.ts';
import type { Claim, Volume } from '../../scheduler/volumes.ts';
import { managed } from './settings.ts';

export const provisionerName = 'playground.local/directory';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const storageProvisioner = ['volume.beta.kubernetes.io/storage-provisioner', 'volume.kubernetes.io/storage-provisioner'];

export interface Provisioner {
  /** Says in events what it does, or why it can't. */
  provision(claim: Claim): void;
  isOurs(volume: Volume): boolean;
  /** The directory, then the volume itself. */
  remove(volume: Volume): void;
}

export function createProvisioner(client: ClusterClient, directory: string): Provisioner {
  const ours = client.as(managed(`${provisionerName}_playground`));
  return {
    provision: (claim) => {
      const className = claim.spec?.storageClassName ?? '';
      const storageClass = client.get('storageclasses.storage.k8s.io', undefined, className);
      if (storageClass === undefined) {
        client.event(claim, { type: 'Warning', reason: 'ProvisioningFailed', message: `storageclass.storage.k8s.io "${className}" not found` });
        return;
      }
      const { provisioner } = storageClass;
      if (provisioner === 'kubernetes.io/no-provisioner') {
        client.event(claim, { type: 'Warning', reason: 'ProvisioningFailed', message: 'no volume plugin matched name: kubernetes.io/no-provisioner' });
        return;
      }
      client.modify('persistentvolumeclaims', claim.metadata.namespace, claim.metadata.name, ({ metadata }) => {
        metadata.annotations = { ...metadata.annotations, ...Object.fromEntries(storageProvisioner.map((annotation) => [annotation, provisioner])) };
      });
      client.event(claim, {
        type: 'Normal', reason: 'ExternalProvisioning',
        message: `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      });
      if (provisioner !== provisionerName) return;
      const { namespace = '', name, uid, resourceVersion } = claim.metadata;
      ours.event(claim, { type: 'Normal', reason: 'Provisioning', message: `External provisioner is provisioning volume for claim "${namespace}/${name}"` });
      const volume = `pvc-${uid}`;
      const path = join(directory, volume);
      mkdirSync(path, { recursive: true });
      ours.create('persistentvolumes', {
        metadata: { name: volume, annotations: { [provisionedBy]: provisionerName }, finalizers: ['kubernetes.io/pv-protection'] },
        spec: {
          capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '1Gi' }, accessModes: claim.spec?.accessModes ?? ['ReadWriteOnce'],
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
          hostPath: { path, type: 'DirectoryOrCreate' }, persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete', storageClassName: className, volumeMode: 'Filesystem',
        },
      });
      ours.event(claim, { type: 'Normal', reason: 'ProvisioningSucceeded', message: `Successfully provisioned volume ${volume}` });
    },
    isOurs: ({ metadata }) => metadata.annotations?.[provisionedBy] === provisionerName,
    remove: ({ metadata }) => {
      rmSync(join(directory, metadata.name), { recursive: true, force: true });
      ours.delete('persistentvolumes', undefined, metadata.name, { uid: metadata.uid });
    },
  };
}

/** What a cluster has from the start. */
export function createStorageClasses(client: ClusterClient): void {
  const classes = [
    { metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, volumeBindingMode: 'WaitForFirstConsumer' },
    { metadata: { name: 'immediate' }, volumeBindingMode: 'Immediate' },
  ];
  for (const { metadata, volumeBindingMode } of classes) {
    if (client.get('storageclasses.storage.k8s.io', undefined, metadata.name) !== undefined) continue;
    client.create('storageclasses.storage.k8s.io', { metadata, provisioner: provisionerName, reclaimPolicy: 'Delete', volumeBindingMode });
  }
}
