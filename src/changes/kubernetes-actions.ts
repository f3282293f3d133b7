/** The typed changes of a Kubernetes cluster. Every name fits a grammar that can't begin a flag; values only ever stand inside JSON. */
import { z } from 'zod';
import { targetNamed } from './action-fields.ts';
import { labelName, objectName } from '../tools/kubectl/names.ts';
import { findUnsafeText } from '../redaction/unsafe-text.ts';

const target = targetNamed('cluster').describe('Name of the cluster');
const namespace = labelName.describe('One of the namespaces of the cluster');
const name = objectName.describe('Name of the object');
const workload = z.enum(['deployment', 'statefulset', 'daemonset']);
const container = labelName.describe('Name of the container');
const revision = z.number().int().min(1).max(1_000_000_000);
const plain = (limit: number) => z.string().max(limit).refine((value) => findUnsafeText(value) === undefined, 'must be plain text on one line');
/** Keys of ConfigMaps and Secrets. */
const dataKey = z.string().max(253).regex(/^[A-Za-z0-9_][-._A-Za-z0-9]*$/, 'letters, digits, dots, dashes, underscores');
const quantity = z.string().regex(/^[0-9]{1,15}(\.[0-9]{1,6})?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/, 'a quantity: 250m, 1, 256Mi');
const amounts = z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() });

export const patchable = ['configmap', 'cronjob', 'daemonset', 'deployment', 'horizontalpodautoscaler', 'ingress', 'networkpolicy', 'persistentvolumeclaim', 'poddisruptionbudget', 'resourcequota', 'service', 'statefulset'] as const;

export const rolloutUndoSchema = z.object({
  kind: z.literal('kubectl.rollout_undo').describe('Puts the pod template of a workload back to one of its earlier revisions'),
  target, namespace, workload, name,
  to_revision: revision.describe('The exact revision from the rollout history, never "the previous one"'),
});

export const rolloutRestartSchema = z.object({
  kind: z.literal('kubectl.rollout_restart').describe('Replaces all pods of a workload, a few at a time'),
  target, namespace, workload, name,
});

export const scaleSchema = z.object({
  kind: z.literal('kubectl.scale').describe('Sets the number of replicas; refused where an autoscaler owns it'),
  target, namespace, workload: z.enum(['deployment', 'statefulset']), name,
  replicas: z.number().int().min(0).max(1000),
});

export const setImageSchema = z.object({
  kind: z.literal('kubectl.set_image').describe('Another tag or digest of the same image, or an image that an earlier revision used'),
  target, namespace, workload, name, container,
  image: z.string().max(512).regex(/^[a-z0-9][a-z0-9._-]*(:[0-9]{1,5})?(\/[a-z0-9][a-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$/, 'an image reference: registry.internal/shop/checkout:v2'),
});

export const setEnvSchema = z.object({
  kind: z.literal('kubectl.set_env').describe('Sets or removes one plain environment variable; secrets are refused'),
  target, namespace, workload, name, container,
  variable: z.string().max(200).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'),
  value: plain(2000).nullable().describe('null removes it'),
});

export const setResourcesSchema = z.object({
  kind: z.literal('kubectl.set_resources').describe('CPU and memory requests and limits of one container; what is left out stays'),
  target, namespace, workload, name, container,
  requests: amounts.optional(),
  limits: amounts.optional(),
});

export const patchSchema = z.object({
  kind: z.literal('kubectl.patch').describe('A patch of spec, data, labels or annotations of one object; no commands, identities, volumes of the host or secrets. Prefer a kind that fits better'),
  target, namespace,
  resource: z.enum(patchable),
  name,
  type: z.enum(['merge', 'json', 'strategic']),
  patch: z.string().min(2).max(10_000).describe('JSON text: an object for merge and strategic; for json an array of test, add, replace and remove operations'),
});

export const configmapKeySchema = z.object({
  kind: z.literal('kubectl.configmap_key').describe('Sets or removes one key of a ConfigMap; pods that read it at start need a restart'),
  target, namespace, name,
  key: dataKey,
  value: z.string().max(20_000).nullable().describe('null removes the key'),
});

export const secretKeySchema = z.object({
  kind: z.literal('kubectl.secret_key').describe('Sets one key of a Secret from a reference; the value itself is never written or seen'),
  target, namespace, name,
  key: dataKey,
  from: z.discriminatedUnion('source', [
    z.strictObject({ source: z.literal('secret').describe('A key of a Secret in the same namespace'), name: objectName, key: dataKey }),
    z.strictObject({ source: z.literal('only other key').describe('The one key that this Secret has besides: where it was renamed. The preview names it; refused where there are several') }),
    z.strictObject({ source: z.literal('configured').describe('A secret that sre-agent.yaml lists for this cluster'), name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/) }),
  ]),
});

export const deletePodSchema = z.object({
  kind: z.literal('kubectl.delete_pod').describe('Deletes one pod that a controller replaces'),
  target, namespace, name,
});

export const evictSchema = z.object({
  kind: z.literal('kubectl.evict').describe('Evicts one pod that a controller replaces, if the disruption budgets allow it. Prefer it to delete_pod'),
  target, namespace, name,
});

export const cordonSchema = z.object({
  kind: z.literal('kubectl.cordon').describe('No new pods on a node; those that run stay'),
  target, name: objectName.describe('Name of the node'),
});

export const drainSchema = z.object({
  kind: z.literal('kubectl.drain').describe('Cordons a node and evicts, one by one, its pods that a controller replaces; budgets are respected'),
  target, name: objectName.describe('Name of the node'),
});

export const uncordonSchema = z.object({
  kind: z.literal('kubectl.uncordon').describe('Lets pods be scheduled on a node again'),
  target, name: objectName.describe('Name of the node'),
});

/** A label or annotation: a name, perhaps with a domain before it. */
const metadataKey = z.string().max(317).regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, 'a key: team, app.kubernetes.io/version');

export const metadataSchema = z.object({
  kind: z.literal('kubectl.metadata').describe('Sets or removes one label or annotation of one object; those of controllers are refused, and so is a label that puts a pod behind a service'),
  target, namespace,
  resource: z.enum([...patchable, 'pod']),
  name,
  field: z.enum(['label', 'annotation']),
  key: metadataKey,
  value: plain(2000).nullable().describe('null removes it'),
});

export const rerunJobSchema = z.object({
  kind: z.literal('kubectl.rerun_job').describe('Runs a finished Job once more, or a CronJob now, as a new Job. What it does is not undone'),
  target, namespace,
  source: z.enum(['job', 'cronjob']),
  name: name.describe('Name of the finished Job, or of the CronJob'),
});

export const deletable = ['configmap', 'horizontalpodautoscaler', 'ingress', 'networkpolicy', 'poddisruptionbudget', 'resourcequota', 'service'] as const;
/** As kubectl names a custom resource: `certificates.v1.cert-manager.io`. */
const customResource = z.string().max(253).regex(/^[a-z][a-z0-9]{0,62}\.v[0-9][a-z0-9]{0,20}(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){2,}$/, 'a custom resource as plural.version.group: certificates.v1.cert-manager.io');

export const patchCustomSchema = z.object({
  kind: z.literal('kubectl.patch_custom').describe('A merge patch of spec, labels or annotations of one custom resource of a namespace'),
  target, namespace,
  group: z.string().max(253).regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/, 'an API group: cert-manager.io'),
  version: z.string().regex(/^v[0-9][a-z0-9]{0,20}$/, 'a version: v1, v1beta1'),
  plural: z.string().regex(/^[a-z][a-z0-9]{0,62}$/, 'the plural of the resource: certificates'),
  name,
  patch: z.string().min(2).max(10_000).describe('JSON text: an object; null removes a field'),
});

export const createObjectSchema = z.object({
  kind: z.literal('kubectl.create_object').describe('Creates one object that is missing, from its whole manifest. What runs code only as the Helm release of the namespace has it'),
  target, namespace,
  manifest: z.string().min(2).max(30_000).describe('JSON text of the object: apiVersion, kind, metadata with name, and its fields'),
});

export const deleteObjectSchema = z.object({
  kind: z.literal('kubectl.delete_object').describe('Deletes one object that can be created again just as it is'),
  target, namespace,
  resource: z.union([z.enum(deletable), customResource]),
  name,
});

export const kubernetesActions = [
  rolloutUndoSchema, rolloutRestartSchema, scaleSchema, setImageSchema, setEnvSchema, setResourcesSchema, patchSchema,
  configmapKeySchema, secretKeySchema, deletePodSchema, evictSchema, cordonSchema, uncordonSchema, drainSchema, metadataSchema, rerunJobSchema, createObjectSchema, deleteObjectSchema, patchCustomSchema,
] as const;
