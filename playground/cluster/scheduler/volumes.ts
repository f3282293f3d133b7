/** What a pod's claims mean for where it can run. */
import type { ClusterClient } from '../client.ts';
import type { ObjectOf } from '../objects/object.ts';
import { thousandths } from '../objects/quantity.ts';
import { matchesSelector } from '../objects/selectors.ts';
import { matchesNodeSelector } from './node-affinity.ts';
import type { NodeView, PodObject } from './snapshot.ts';

export type Claim = ObjectOf<'persistentvolumeclaims'>;
export type Volume = ObjectOf<'persistentvolumes'>;

export interface PodClaims {
  /** Why no node will do, in the scheduler's words. */
  refusal?: string;
  bound: readonly { claim: Claim; volume: Volume | undefined }[];
  /** To be bound once a node is chosen. */
  delayed: readonly Claim[];
}

export const bindCompleted = 'pv.kubernetes.io/bind-completed';
export const selectedNode = 'volume.kubernetes.io/selected-node';
export const noProvisioner = 'kubernetes.io/no-provisioner';

export function claimNames(pod: PodObject): { name: string; ephemeral: boolean }[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): { name: string; ephemeral: boolean }[] => {
    if (persistentVolumeClaim !== undefined) return [{ name: persistentVolumeClaim.claimName, ephemeral: false }];
    return ephemeral === undefined ? [] : [{ name: `${pod.metadata.name}-${name}`, ephemeral: true }];
  });
}

export const isBound = ({ metadata, spec }: Claim): boolean => (spec?.volumeName ?? '') !== '' && metadata.annotations?.[bindCompleted] !== undefined;

export function readClaims(client: ClusterClient, pod: PodObject): PodClaims {
  const bound: { claim: Claim; volume: Volume | undefined }[] = [];
  const delayed: Claim[] = [];
  let immediate = false;
  for (const { name, ephemeral } of claimNames(pod)) {
    const claim = client.get('persistentvolumeclaims', pod.metadata.namespace, name);
    const refusal = refusalOfClaim(name, claim, ephemeral);
    if (claim === undefined || refusal !== undefined) return { ...(refusal === undefined ? {} : { refusal }), bound, delayed };
    if (isBound(claim)) bound.push({ claim, volume: client.get('persistentvolumes', undefined, claim.spec?.volumeName ?? '') });
    else if (waitsForConsumer(client, claim) && (claim.spec?.volumeName ?? '') === '') delayed.push(claim);
    else immediate = true;
  }
  return { ...(immediate ? { refusal: 'pod has unbound immediate PersistentVolumeClaims' } : {}), bound, delayed };
}

function refusalOfClaim(name: string, claim: Claim | undefined, ephemeral: boolean): string | undefined {
  if (claim === undefined) return ephemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;
  if (claim.status?.phase === 'Lost') return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
  return claim.metadata.deletionTimestamp === undefined ? undefined : `persistentvolumeclaim "${name}" is being deleted`;
}

export function waitsForConsumer(client: ClusterClient, claim: Claim): boolean {
  const name = claim.spec?.storageClassName ?? '';
  return name !== '' && client.get('storageclasses.storage.k8s.io', undefined, name)?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** The smallest volume that is free (or kept) for the claim, if any. */
export function findVolume(volumes: readonly Volume[], claim: Claim, node?: NodeView): Volume | undefined {
  const kept = volumes.find(({ spec }) => isFor(spec?.claimRef, claim));
  if (kept !== undefined) return kept;
  const asked = thousandths(claim.spec?.resources?.requests?.['storage']);
  const fitting = volumes.filter((volume) => {
    const { spec, status, metadata } = volume;
    if (spec?.claimRef !== undefined || metadata.deletionTimestamp !== undefined) return false;
    if (status?.phase !== undefined && status.phase !== 'Available' && status.phase !== 'Pending') return false;
    if ((spec?.storageClassName ?? '') !== (claim.spec?.storageClassName ?? '') || (spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return false;
    if (!(claim.spec?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode))) return false;
    if (claim.spec?.selector !== undefined && !matchesSelector(claim.spec.selector, metadata.labels)) return false;
    return thousandths(spec?.capacity?.['storage']) >= asked && (node === undefined || reaches(volume, node));
  });
  return fitting.sort((left, right) => compare(thousandths(left.spec?.capacity?.['storage']), thousandths(right.spec?.capacity?.['storage'])))[0];
}

export const isFor = (reference: { name?: string; namespace?: string; uid?: string } | undefined, { metadata }: Claim): boolean =>
  reference?.name === metadata.name && reference.namespace === metadata.namespace && (reference.uid === undefined || reference.uid === '' || reference.uid === metadata.uid);

export const reaches = ({ spec }: Volume, node: NodeView): boolean => spec?.nodeAffinity?.required === undefined || matchesNodeSelector(spec.nodeAffinity.required, node);

/** Why this node can't have the pod's volumes. */
export function refusalsOfVolumes(client: ClusterClient, claims: PodClaims, view: NodeView): string[] {
  if (claims.bound.some(({ volume }) => volume === undefined)) return ['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'];
  const reasons: string[] = [];
  if (claims.bound.some(({ volume }) => volume !== undefined && !reaches(volume, view))) reasons.push("node(s) didn't match PersistentVolume's node affinity");
  const volumes = claims.delayed.length === 0 ? [] : client.list('persistentvolumes');
  const unmatched = claims.delayed.some((claim) => {
    const chosen = claim.metadata.annotations?.[selectedNode];
    if (chosen !== undefined) return chosen !== view.name;
    return findVolume(volumes, claim, view) === undefined && !isProvisioned(client, claim);
  });
  return unmatched ? [...reasons, "node(s) didn't find available persistent volumes to bind"] : reasons;
}

const isProvisioned = (client: ClusterClient, claim: Claim): boolean => {
  const provisioner = client.get('storageclasses.storage.k8s.io', undefined, claim.spec?.storageClassName ?? '')?.provisioner ?? '';
  return provisioner !== '' && provisioner !== noProvisioner;
};

/** Gives the claims that waited a volume, or the provisioner their node. True when the pod must wait for that. */
export function bindClaims(client: ClusterClient, claims: PodClaims, view: NodeView): boolean {
  for (const claim of claims.delayed) {
    const volume = findVolume(client.list('persistentvolumes'), claim, view);
    if (volume !== undefined) {
      client.modify('persistentvolumes', undefined, volume.metadata.name, ({ spec, metadata }) => {
        if (spec === undefined) return;
        spec.claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: claim.metadata.namespace ?? '', name: claim.metadata.name, uid: claim.metadata.uid, resourceVersion: claim.metadata.resourceVersion };
        metadata.annotations = { ...metadata.annotations, 'pv.kubernetes.io/bound-by-controller': 'yes' };
      });
    } else if (claim.metadata.annotations?.[selectedNode] !== view.name) {
      client.modify('persistentvolumeclaims', claim.metadata.namespace, claim.metadata.name, ({ metadata }) => {
        metadata.annotations = { ...metadata.annotations, [selectedNode]: view.name };
      });
    }
  }
  return claims.delayed.length > 0;
}

const compare = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);
