/** The objects of the cluster that people (and agents) write; what controllers derive from them is left out. */
import type { StoredObject } from '../../cluster/objects/object.ts';
import type { World } from '../world.ts';
import { digestOf } from './digest.ts';

const namespaced = [
  'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch', 'cronjobs.batch', 'pods', 'replicasets.apps',
  'services', 'configmaps', 'secrets', 'serviceaccounts', 'resourcequotas', 'limitranges', 'persistentvolumeclaims',
  'networkpolicies.networking.k8s.io', 'ingresses.networking.k8s.io', 'horizontalpodautoscalers.autoscaling', 'poddisruptionbudgets.policy',
  'roles.rbac.authorization.k8s.io', 'rolebindings.rbac.authorization.k8s.io',
] as const;

const clusterWide = [
  'namespaces', 'nodes', 'clusterroles.rbac.authorization.k8s.io', 'clusterrolebindings.rbac.authorization.k8s.io', 'customresourcedefinitions.apiextensions.k8s.io',
  'storageclasses.storage.k8s.io', 'ingressclasses.networking.k8s.io', 'priorityclasses.scheduling.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io', 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
] as const;

export async function clusterState(world: World): Promise<Map<string, string>> {
  const definitions = await listed(world, 'customresourcedefinitions.apiextensions.k8s.io');
  const autoscaled = new Set((await listed(world, 'horizontalpodautoscalers.autoscaling')).map(targetOf));
  const custom = definitions.map((definition) => definition.metadata.name);
  const resources = [...namespaced, ...clusterWide, ...custom];
  const lists = await Promise.all(resources.map(async (resource) => (await listed(world, resource)).filter(isWritten).map((object): [string, string] => [nameOf(resource, object, world.namespace), digestOf(essence(resource, object, scaled))])));
  return new Map(lists.flat());

  /** Whoever scales them is a controller. */
  function scaled(object: StoredObject): boolean {
    return autoscaled.has(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  }
}

/** Kinds a world does not serve are empty. */
async function listed(world: World, resource: string): Promise<StoredObject[]> {
  return world.cluster.list(resource, { namespace: null }).catch(() => []) as Promise<StoredObject[]>;
}

/** Not made by a controller out of another object, and not bookkeeping. */
function isWritten(object: StoredObject): boolean {
  if ((object.metadata.ownerReferences ?? []).some((owner) => owner.controller === true)) return false;
  if (object.kind === 'Secret' && ['helm.sh/release.v1', 'kubernetes.io/service-account-token'].includes(String(object['type']))) return false;
  return !(object.kind === 'ConfigMap' && object.metadata.name === 'kube-root-ca.crt');
}

/** `deployments.apps/cart`, `configmaps/kube-system/coredns`, `nodes//node1`. */
function nameOf(resource: string, { metadata }: StoredObject, shop: string): string {
  if (metadata.namespace === undefined) return `${resource}//${metadata.name}`;
  return metadata.namespace === shop ? `${resource}/${metadata.name}` : `${resource}/${metadata.namespace}/${metadata.name}`;
}

const bookkeeping = /^(deployment\.kubernetes\.io\/|kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)|kubernetes\.io\/change-cause|deprecated\.daemonset\.template\.generation|pv\.kubernetes\.io\/|volume\.(beta\.)?kubernetes\.io\/|node\.alpha\.kubernetes\.io\/|volumes\.kubernetes\.io\/)/;
/** What a node's own health puts on it. */
const healthTaint = /^node\.kubernetes\.io\/(not-ready|unreachable|disk-pressure|memory-pressure|pid-pressure|unschedulable)$/;

/** What its writers mean: no status, no bookkeeping, no numbers that a controller sets. */
function essence(resource: string, object: StoredObject, scaled: (object: StoredObject) => boolean): unknown {
  const { metadata, status: _status, apiVersion: _version, kind: _kind, ...rest } = structuredClone(object) as StoredObject & Record<string, unknown>;
  const spec = rest['spec'] as Record<string, unknown> | undefined;
  if (spec && scaled(object)) delete spec['replicas'];
  if (resource === 'nodes' && Array.isArray(spec?.['taints'])) spec['taints'] = (spec['taints'] as { key: string }[]).filter(({ key }) => !healthTaint.test(key));
  if (resource === 'nodes' && Array.isArray(spec?.['taints']) && spec['taints'].length === 0) delete spec['taints'];
  const template = (spec?.['template'] as { metadata?: { annotations?: Record<string, string> } } | undefined)?.metadata;
  if (template?.annotations) template.annotations = withoutBookkeeping(template.annotations);
  if (template?.annotations && Object.keys(template.annotations).length === 0) delete template.annotations;
  // A node's labels, annotations and addresses are its kubelet's but for those that people add; they are added, not renewed.
  return { rest, labels: metadata.labels ?? {}, annotations: withoutBookkeeping(metadata.annotations ?? {}), finalizers: metadata.finalizers ?? [], uid: resource === 'persistentvolumeclaims' || resource === 'namespaces' ? metadata.uid : undefined, going: metadata.deletionTimestamp !== undefined };
}

function withoutBookkeeping(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !bookkeeping.test(name)));
}

function targetOf(autoscaler: StoredObject): string {
  const target = (autoscaler['spec'] as { scaleTargetRef?: { kind: string; name: string } } | undefined)?.scaleTargetRef;
  return `${target?.kind ?? ''}/${autoscaler.metadata.namespace ?? ''}/${target?.name ?? ''}`;
}
