/** Claims get volumes, volumes outlive or follow their claims, and neither goes while it is in use. */
import type { ClusterClient } from '../../client.ts';
import { claimNames, isBound, isFor, type Claim, type Volume } from '../../scheduler/volumes.ts';
import { createController, keyOfObject, splitKey } from '../controller.ts';
import { createProvisioner, createStorageClasses, type Provisioner } from './provisioner.ts';
import type { Pod } from './service-pods.ts';
import { failureLog, managed, stopAll, type ClusterControllerSettings, type Running } from './settings.ts';
import { reconcileClaim, setVolumePhase } from './volume-binding.ts';

/** As often as Kubernetes looks again at what is still unbound. */
const resyncMilliseconds = 15_000;
const claimProtection = 'kubernetes.io/pvc-protection';
const volumeProtection = 'kubernetes.io/pv-protection';

export function startPersistentVolumes(asAdmin: ClusterClient, settings: ClusterControllerSettings): Running {
  const client = asAdmin.as(managed('persistentvolume-controller'));
  const provisioner = createProvisioner(client, settings.volumes.directory);
  createStorageClasses(asAdmin);

  const claims = createController({
    name: 'claims',
    reconcile: (key) => {
      const { namespace, name } = splitKey(key);
      const claim = client.get('persistentvolumeclaims', namespace, name);
      if (claim === undefined) return;
      if (claim.metadata.deletionTimestamp !== undefined) return releaseClaim(client, claim);
      const classed = withDefaultClass(client, protect(client, claim));
      reconcileClaim(client, classed, provisioner.provision);
      const after = client.get('persistentvolumeclaims', namespace, name);
      if (after !== undefined && !isBound(after)) claims.enqueueAfter(key, resyncMilliseconds);
    },
    failed: failureLog(settings, 'persistentvolumeclaims'),
  });
  const volumes = createController({
    name: 'volumes',
    reconcile: (key) => {
      const volume = client.get('persistentvolumes', undefined, splitKey(key).name);
      if (volume !== undefined) reconcileVolume(client, volume, provisioner, claims.enqueue);
    },
    failed: failureLog(settings, 'persistentvolumes'),
  });

  const unbound = (): void => {
    for (const claim of client.list('persistentvolumeclaims')) if (!isBound(claim)) claims.enqueue(keyOfObject(claim));
  };
  const volumeChanged = (volume: Volume): void => {
    volumes.enqueue(keyOfObject(volume));
    const reference = volume.spec?.claimRef;
    if (reference?.name === undefined) unbound();
    else claims.enqueue(`${reference.namespace ?? ''}/${reference.name}`);
  };
  const claimChanged = (claim: Claim): void => {
    claims.enqueue(keyOfObject(claim));
    for (const volume of client.list('persistentvolumes')) if (volume.spec?.claimRef?.name === claim.metadata.name) volumes.enqueue(keyOfObject(volume));
  };
  const usersChanged = (pod: Pod): void => {
    for (const { name } of claimNames(pod)) {
      const claim = client.get('persistentvolumeclaims', pod.metadata.namespace, name);
      if (claim?.metadata.deletionTimestamp !== undefined) claims.enqueue(keyOfObject(claim));
    }
  };
  return stopAll(
    client.watch('persistentvolumeclaims', {
      added: claimChanged,
      modified: (claim, previous) => {
        if (essence(claim) !== essence(previous)) claimChanged(claim);
      },
      deleted: claimChanged,
    }),
    client.watch('persistentvolumes', { added: volumeChanged, modified: volumeChanged, deleted: volumeChanged }),
    client.watch('storageclasses.storage.k8s.io', { added: unbound }),
    client.watch('pods', { deleted: usersChanged }),
    claims, volumes,
  );
}

/** Statuses are this controller's own work and no news. */
const essence = ({ metadata, spec }: Claim): string => JSON.stringify([metadata.annotations, metadata.deletionTimestamp, metadata.finalizers, spec]);

function protect(client: ClusterClient, claim: Claim): Claim {
  if (claim.metadata.finalizers?.includes(claimProtection) === true) return claim;
  return client.modify('persistentvolumeclaims', claim.metadata.namespace, claim.metadata.name, ({ metadata }) => {
    metadata.finalizers = [...(metadata.finalizers ?? []), claimProtection];
  }) ?? claim;
}

function withDefaultClass(client: ClusterClient, claim: Claim): Claim {
  if (claim.spec?.storageClassName !== undefined || (claim.spec?.volumeName ?? '') !== '') return claim;
  const [standard] = client.list('storageclasses.storage.k8s.io').filter(({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true');
  if (standard === undefined) return claim;
  return client.modify('persistentvolumeclaims', claim.metadata.namespace, claim.metadata.name, ({ spec }) => {
    if (spec !== undefined) spec.storageClassName = standard.metadata.name;
  }) ?? claim;
}

function releaseClaim(client: ClusterClient, claim: Claim): void {
  const used = client.list('pods', { namespace: claim.metadata.namespace ?? '' }).some((pod) => (pod.spec?.nodeName ?? '') !== '' && claimNames(pod).some(({ name }) => name === claim.metadata.name));
  if (used) return;
  client.modify('persistentvolumeclaims', claim.metadata.namespace, claim.metadata.name, ({ metadata }) => {
    metadata.finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== claimProtection);
  });
}

function reconcileVolume(client: ClusterClient, volume: Volume, provisioner: Provisioner, enqueueClaim: (key: string) => void): void {
  const { name } = volume.metadata;
  const reference = volume.spec?.claimRef;
  const claim = reference === undefined ? undefined : client.get('persistentvolumeclaims', reference.namespace, reference.name ?? '');
  const lives = claim !== undefined && isFor(reference, claim);
  if (volume.metadata.deletionTimestamp !== undefined) {
    if (lives && claim.spec?.volumeName === name) return;
    client.modify('persistentvolumes', undefined, name, ({ metadata }) => {
      metadata.finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== volumeProtection);
    });
    return;
  }
  if (volume.metadata.finalizers?.includes(volumeProtection) !== true) {
    client.modify('persistentvolumes', undefined, name, ({ metadata }) => {
      metadata.finalizers = [...(metadata.finalizers ?? []), volumeProtection];
    });
  }
  if (reference === undefined || (reference.uid ?? '') === '') {
    setVolumePhase(client, name, 'Available');
    if (reference?.name !== undefined) enqueueClaim(`${reference.namespace ?? ''}/${reference.name}`);
  } else if (lives && claim.spec?.volumeName === name) setVolumePhase(client, name, 'Bound');
  else if (lives && (claim.spec?.volumeName ?? '') === '') enqueueClaim(keyOfObject(claim));
  else reclaim(client, volume, provisioner);
}

function reclaim(client: ClusterClient, volume: Volume, provisioner: Provisioner): void {
  const { name } = volume.metadata;
  if (volume.status?.phase === 'Failed') return;
  setVolumePhase(client, name, 'Released');
  if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return;
  if (provisioner.isOurs(volume)) return provisioner.remove(volume);
  const message = `error getting deleter volume plugin for volume "${name}": no deletable volume plugin matched`;
  setVolumePhase(client, name, 'Failed', message);
  client.event(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message });
}
