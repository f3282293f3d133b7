/** Claims get the default class, and neither claims nor volumes go while they are used; ingresses get the default class too. */
import type { StoredObject } from '../objects/object.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { created } from './subject.ts';

export const storageProtection: AdmissionPlugin = (request) => {
  protect(created(request, 'persistentvolumeclaims'), 'kubernetes.io/pvc-protection');
  protect(created(request, 'persistentvolumes'), 'kubernetes.io/pv-protection');
};

export const defaultStorageClass = (store: Store): AdmissionPlugin => (request) => {
  const claim = created(request, 'persistentvolumeclaims');
  if (claim?.spec === undefined || claim.spec.storageClassName !== undefined || claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
  const found = newestDefault(store.list('storageclasses.storage.k8s.io'), 'storageclass.kubernetes.io/is-default-class');
  if (found !== undefined) claim.spec.storageClassName = found.metadata.name;
};

export const defaultIngressClass = (store: Store): AdmissionPlugin => (request) => {
  const ingress = created(request, 'ingresses.networking.k8s.io');
  if (ingress?.spec === undefined || ingress.spec.ingressClassName !== undefined || ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
  const found = newestDefault(store.list('ingressclasses.networking.k8s.io'), 'ingressclass.kubernetes.io/is-default-class');
  if (found !== undefined) ingress.spec.ingressClassName = found.metadata.name;
};

const protect = (object: { metadata: { finalizers?: string[] } } | undefined, finalizer: string): void => {
  if (object === undefined || object.metadata.finalizers?.includes(finalizer) === true) return;
  object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
};

const newestDefault = (objects: readonly StoredObject[], annotation: string): StoredObject | undefined =>
  objects
    .filter(({ metadata }) => metadata.annotations?.[annotation] === 'true')
    .toSorted((one, other) => other.metadata.creationTimestamp.localeCompare(one.metadata.creationTimestamp) || one.metadata.name.localeCompare(other.metadata.name))[0];
