/** Where objects of a kind are kept: the built-in kinds that are created and deleted here, and custom resources by their definition. */
import { RefusedError } from '../../errors.ts';
import { plain } from '../words.ts';
import type { JsonObject } from '../kubectl/json-patch.ts';
import { isObject } from '../kubectl/json-patch.ts';
import type { Kubectl } from '../kubectl/kubectl.ts';
import { ProgramError } from '../kubectl/kubectl.ts';
import { listAt, textAt } from '../kubectl/objects.ts';

export interface ResourceType {
  apiVersion: string;
  kind: string;
  /** As the path of the API has it. */
  plural: string;
  /** As kubectl takes it: networkpolicy, certificates.v1.cert-manager.io. */
  word: string;
  custom: boolean;
}

const builtIn = (word: string, apiVersion: string, kind: string, plural = `${word}s`): ResourceType => ({ word, apiVersion, kind, plural, custom: false });

const types = [
  builtIn('configmap', 'v1', 'ConfigMap'),
  builtIn('service', 'v1', 'Service'),
  builtIn('serviceaccount', 'v1', 'ServiceAccount'),
  builtIn('persistentvolumeclaim', 'v1', 'PersistentVolumeClaim'),
  builtIn('resourcequota', 'v1', 'ResourceQuota'),
  builtIn('networkpolicy', 'networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  builtIn('ingress', 'networking.k8s.io/v1', 'Ingress', 'ingresses'),
  builtIn('poddisruptionbudget', 'policy/v1', 'PodDisruptionBudget'),
  builtIn('horizontalpodautoscaler', 'autoscaling/v2', 'HorizontalPodAutoscaler'),
  builtIn('deployment', 'apps/v1', 'Deployment'),
  builtIn('statefulset', 'apps/v1', 'StatefulSet'),
  builtIn('daemonset', 'apps/v1', 'DaemonSet'),
  builtIn('cronjob', 'batch/v1', 'CronJob'),
] as const;

/** A built-in kind, by kubectl's word or by apiVersion and kind; undefined for any other. */
export function builtInType(of: string | { apiVersion: string; kind: string }): ResourceType | undefined {
  return types.find((one) => (typeof of === 'string' ? one.word === of : one.kind === of.kind && one.apiVersion === of.apiVersion));
}

/** The type of `plural.version.group`. Throws RefusedError unless its definition is there, serves the version, and is of namespaces. */
export async function customType(word: string, kubectl: Kubectl): Promise<ResourceType> {
  const [plural = '', version = '', ...labels] = word.split('.');
  const group = labels.join('.');
  refuseGroup(group, `${plural} of ${group}`);
  // It lets other namespaces reach into this one, Secrets included.
  if (plural === 'referencegrants') throw new RefusedError(`${plural} of ${group} gives rights to other namespaces: do this one by hand.`);
  const definition = await definitionOf(`${plural}.${group}`, kubectl);
  if (textAt(definition, '/spec/scope') !== 'Namespaced') throw new RefusedError(`${plural}.${group} belongs to the whole cluster, not to a namespace: change it by hand.`);
  if (!listAt(definition, '/spec/versions').some((one) => one['name'] === version && one['served'] === true)) throw new RefusedError(`${plural}.${group} is not served in version ${version}.`);
  return { word, plural, apiVersion: `${group}/${version}`, kind: textAt(definition, '/spec/names/kind') ?? '', custom: true };
}

/** The type of a manifest's apiVersion and kind, by the API's own list of what it serves. */
export async function customTypeOf({ apiVersion, kind }: { apiVersion: string; kind: string }, kubectl: Kubectl): Promise<ResourceType> {
  const [, group = '', version = ''] = /^([a-z0-9][a-z0-9.-]{0,250})\/(v[0-9][a-z0-9]{0,20})$/.exec(apiVersion) ?? [];
  refuseGroup(group, `${kind} of ${apiVersion}`);
  const served = await kubectl.run(['get', '--raw', `/apis/${group}/${version}`]).then(({ stdout }) => JSON.parse(stdout) as JsonObject, (error: unknown) => {
    if (error instanceof ProgramError) return undefined;
    throw error;
  });
  const resources = served === undefined ? [] : listAt(served, '/resources');
  const plural = resources.map((one) => (one['kind'] === kind && typeof one['name'] === 'string' && /^[a-z][a-z0-9]{0,62}$/.test(one['name']) ? one['name'] : undefined)).find((name) => name !== undefined);
  if (plural === undefined) throw new RefusedError(`The cluster serves no ${plain(`${kind} of ${apiVersion}`)}.`);
  return customType(`${plural}.${version}.${group}`, kubectl);
}

/** Groups of Kubernetes itself, and those that other API servers answer for: what they hold can give rights. */
function refuseGroup(group: string, what: string): void {
  if (!group.includes('.') || (/(?:^|\.)k8s\.io$|\.openshift\.io$/.test(group) && group !== 'gateway.networking.k8s.io')) throw new RefusedError(`${plain(what, 200)} is neither among the kinds that sre-agent creates or deletes nor a custom resource that it may change: do this one by hand.`);
}

async function definitionOf(name: string, kubectl: Kubectl): Promise<JsonObject> {
  const definition = await kubectl.find({ resource: 'customresourcedefinition', name }).catch((error: unknown) => {
    throw error instanceof ProgramError ? new RefusedError(`The definition of ${name} could not be read: ${error.message}`, { cause: error }) : error;
  });
  if (definition === undefined || !isObject(definition['spec'])) throw new RefusedError(`The cluster has no custom resource ${name}.`);
  return definition;
}

/** Throws RefusedError: there, a ConfigMap of the right name can make somebody an administrator. */
export function refuseSystemNamespace(namespace: string): void {
  if (namespace.startsWith('kube-')) throw new RefusedError(`Nothing is created or deleted in ${namespace}, which is the cluster's own: do this one by hand.`);
}
