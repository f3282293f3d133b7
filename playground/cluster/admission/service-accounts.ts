/** Every pod has a service account, and its token mounted. */
import type { ObjectOf } from '../objects/object.ts';
import { randomSuffix } from '../objects/random-suffix.ts';
import type { Container, PodSpec, Volume } from '../objects/types.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { refused } from './refusal.ts';
import { created } from './subject.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const prefix = 'kube-api-access-';

export const serviceAccounts = (store: Store): AdmissionPlugin => (request) => {
  const pod = created(request, 'pods');
  const { spec } = pod ?? {};
  if (pod === undefined || spec === undefined || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return;
  const name = spec.serviceAccountName || spec.serviceAccount || 'default';
  Object.assign(spec, { serviceAccountName: name, serviceAccount: name });
  const account = store.get('serviceaccounts', request.namespace, name) as ObjectOf<'serviceaccounts'> | undefined;
  if (account === undefined) throw refused(request, `error looking up service account ${request.namespace ?? ''}/${name}: serviceaccount "${name}" not found`);
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec);
  if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0) {
    spec.imagePullSecrets = (account.imagePullSecrets ?? []).map((reference) => ({ ...reference }));
  }
};

const mountToken = (spec: PodSpec): void => {
  const present = spec.volumes?.find(({ name, projected }) => name.startsWith(prefix) && projected !== undefined)?.name;
  const name = present ?? `${prefix}${randomSuffix()}`;
  const bare = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter((container) => !mounts(container));
  for (const container of bare) container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  if (bare.length > 0 && present === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
};

const mounts = ({ volumeMounts = [] }: Container): boolean => volumeMounts.some((mount) => mount.mountPath === mountPath);

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
    defaultMode: 420,
  },
});
