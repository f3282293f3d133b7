/** Claims and volumes find each other. */
import type { ClusterClient } from '../../client.ts';
import { bindCompleted, findVolume, isBound, isFor, selectedNode, waitsForConsumer, type Claim, type Volume } from '../../scheduler/volumes.ts';
import { thousandths } from '../../objects/quantity.ts';
import { timestamp } from './settings.ts';

const boundByController = 'pv.kubernetes.io/bound-by-controller';

/** `provision`: nobody has a volume for it, make one. */
export function reconcileClaim(client: ClusterClient, claim: Claim, provision: (claim: Claim) => void): void {
  if (isBound(claim)) return checkBound(client, claim);
  const wanted = claim.spec?.volumeName ?? '';
  if (wanted !== '') return bindToNamed(client, claim, wanted);
  const delayed = waitsForConsumer(client, claim) && claim.metadata.annotations?.[selectedNode] === undefined;
  const volumes = client.list('persistentvolumes');
  const volume = delayed ? volumes.find(({ spec }) => isFor(spec?.claimRef, claim)) : findVolume(volumes, claim);
  if (volume !== undefined) return bind(client, claim, volume);
  if (delayed) sayWhatIsAwaited(client, claim);
  else if ((claim.spec?.storageClassName ?? '') !== '') provision(claim);
  else client.event(claim, { type: 'Normal', reason: 'FailedBinding', message: 'no persistent volumes available for this claim and no storage class is set' });
  setClaimPhase(client, claim, 'Pending');
}

function checkBound(client: ClusterClient, claim: Claim): void {
  const volume = client.get('persistentvolumes', undefined, claim.spec?.volumeName ?? '');
  if (volume === undefined) {
    if (claim.status?.phase === 'Lost') return;
    setClaimPhase(client, claim, 'Lost');
    client.event(claim, { type: 'Warning', reason: 'ClaimLost', message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!' });
  } else if (volume.spec?.claimRef === undefined || isFor(volume.spec.claimRef, claim)) bind(client, claim, volume);
  else if (claim.status?.phase !== 'Lost') {
    setClaimPhase(client, claim, 'Lost');
    client.event(claim, { type: 'Warning', reason: 'ClaimMisbound', message: 'Two claims are bound to the same volume, this one is bound incorrectly' });
  }
}

function bindToNamed(client: ClusterClient, claim: Claim, name: string): void {
  const volume = client.get('persistentvolumes', undefined, name);
  if (volume === undefined) return setClaimPhase(client, claim, 'Pending');
  if (volume.spec?.claimRef !== undefined && !isFor(volume.spec.claimRef, claim)) {
    client.event(claim, { type: 'Warning', reason: 'FailedBinding', message: `volume "${name}" already bound to a different claim.` });
    return setClaimPhase(client, claim, 'Pending');
  }
  const mismatch = mismatchOf(volume, claim);
  if (mismatch === undefined) return bind(client, claim, volume);
  client.event(claim, { type: 'Warning', reason: 'VolumeMismatch', message: `Cannot bind to requested volume "${name}": ${mismatch}` });
  setClaimPhase(client, claim, 'Pending');
}

function mismatchOf({ spec }: Volume, claim: Claim): string | undefined {
  if (thousandths(spec?.capacity?.['storage']) < thousandths(claim.spec?.resources?.requests?.['storage'])) return 'requested PV is too small';
  if ((spec?.storageClassName ?? '') !== (claim.spec?.storageClassName ?? '')) return 'storageClassName does not match';
  if ((spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return 'incompatible volumeMode';
  return (claim.spec?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode)) ? undefined : 'incompatible accessMode';
}

/** Both sides say so: volume, claim, then their phases. */
export function bind(client: ClusterClient, claim: Claim, volume: Volume): void {
  const { namespace = '', name, uid, resourceVersion } = claim.metadata;
  client.modify('persistentvolumes', undefined, volume.metadata.name, ({ metadata, spec }) => {
    if (spec === undefined || (spec.claimRef?.uid === uid && spec.claimRef.name === name)) return;
    if (spec.claimRef === undefined) metadata.annotations = { ...metadata.annotations, [boundByController]: 'yes' };
    spec.claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
  });
  setVolumePhase(client, volume.metadata.name, 'Bound');
  client.modify('persistentvolumeclaims', namespace, name, ({ metadata, spec }) => {
    if (spec === undefined) return;
    const annotations: Record<string, string> = { ...metadata.annotations, [bindCompleted]: 'yes' };
    if ((spec.volumeName ?? '') === '') annotations[boundByController] = 'yes';
    spec.volumeName = volume.metadata.name;
    metadata.annotations = annotations;
  });
  client.modify('persistentvolumeclaims', namespace, name, (copy) => {
    copy.status = { ...copy.status, phase: 'Bound', accessModes: volume.spec?.accessModes ?? [], capacity: volume.spec?.capacity ?? {} };
  }, 'status');
}

export function setVolumePhase(client: ClusterClient, name: string, phase: string, message?: string): void {
  client.modify('persistentvolumes', undefined, name, (copy) => {
    if (copy.status?.phase === phase && copy.status.message === message) return;
    const { message: _before, ...status } = copy.status ?? {};
    copy.status = { ...status, phase, lastPhaseTransitionTime: timestamp(), ...(message === undefined ? {} : { message }) };
  }, 'status');
}

const setClaimPhase = (client: ClusterClient, { metadata }: Claim, phase: string): void => void client.modify('persistentvolumeclaims', metadata.namespace, metadata.name, (copy) => {
  copy.status = { ...copy.status, phase };
}, 'status');

function sayWhatIsAwaited(client: ClusterClient, claim: Claim): void {
  const waiting = client.list('pods', { namespace: claim.metadata.namespace ?? '' }).filter(({ spec, status }) =>
    (spec?.nodeName ?? '') === '' && status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name) === true);
  const names = waiting.map(({ metadata }) => metadata.name);
  if (names.length === 0) client.event(claim, { type: 'Normal', reason: 'WaitForFirstConsumer', message: 'waiting for first consumer to be created before binding' });
  else client.event(claim, { type: 'Normal', reason: 'WaitForPodScheduled', message: names.length === 1 ? `waiting for pod ${names[0] ?? ''} to be scheduled` : `waiting for pods ${names.join(',')} to be scheduled` });
}
