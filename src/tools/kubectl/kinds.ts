/** Which kinds may be looked at. RBAC is the wall; this is the fence before it. */
import { z } from 'zod';

/** As kubectl takes it: pods, deploy, deployments.apps, certificates.v1.cert-manager.io. One kind: no commas, no slashes, no subresources. */
export const kindName = z.string().max(253).regex(/^[a-z][a-z0-9.-]*$/, 'must be one kind as kubectl names it: pods, deployments, ingresses.networking.k8s.io')
  .refine((kind) => !isSecretKind(kind), 'must not be Secrets: their contents are never read. Pods, events and descriptions name the Secrets that they miss');

/** Any version, group, plural or trailing dot of it. Sealed or external secrets are other kinds and hold no plain values. */
function isSecretKind(kind: string): boolean {
  return /^secrets?(?:\.|$)/.test(kind);
}

/** Belongs to the cluster and is offered; undefined for all others, which are asked for inside a namespace. */
export function clusterScopedKind(kind: string): string | undefined {
  const [plain = ''] = kind.split('.');
  return clusterScoped.find((one) => one.names.includes(plain))?.kind;
}

/** kubectl ignores the namespace for these: the list of allowed namespaces alone would not keep anybody from them. */
export function isRefusedClusterKind(kind: string): boolean {
  return refusedClusterKinds.has(kind.split('.')[0] ?? '');
}

const clusterScoped: readonly { kind: string; names: readonly string[] }[] = [
  { kind: 'nodes', names: ['node', 'nodes', 'no'] },
  { kind: 'namespaces', names: ['namespace', 'namespaces', 'ns'] },
  { kind: 'persistentvolumes', names: ['persistentvolume', 'persistentvolumes', 'pv'] },
  { kind: 'storageclasses', names: ['storageclass', 'storageclasses', 'sc'] },
  { kind: 'customresourcedefinitions', names: ['customresourcedefinition', 'customresourcedefinitions', 'crd', 'crds'] },
  { kind: 'ingressclasses', names: ['ingressclass', 'ingressclasses'] },
  { kind: 'priorityclasses', names: ['priorityclass', 'priorityclasses', 'pc'] },
];

/** Rights, admission and certificates of the whole cluster: no business of an investigation inside its namespaces. */
const refusedClusterKinds = new Set(
  ['clusterrole', 'clusterrolebinding', 'certificatesigningrequest', 'mutatingwebhookconfiguration', 'validatingwebhookconfiguration', 'apiservice', 'componentstatus', 'flowschema', 'prioritylevelconfiguration', 'mutatingadmissionpolicy', 'mutatingadmissionpolicybinding', 'validatingadmissionpolicy', 'validatingadmissionpolicybinding', 'clustertrustbundle']
    .flatMap((singular) => [singular, `${singular}s`, `${singular}es`, singular.replace(/y$/, 'ies')]).concat('csr', 'cs'),
);
