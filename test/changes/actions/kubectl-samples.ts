/** One object of each sort that the Kubernetes actions change, and an action for each kind. */
import type { ClusterAction } from '../../../src/changes/action.ts';
import type { JsonObject } from '../../../src/changes/actions/kubectl/json-patch.ts';

const labels = { app: 'checkout' };
const container = (image: string, more: JsonObject = {}): JsonObject => ({ name: 'checkout', image, env: [{ name: 'MODE', value: 'slow' }, { name: 'POOL_SIZE', value: '5' }], ...more });

export function template(image = 'registry.local/shop/checkout:v2', more: JsonObject = {}): JsonObject {
  return { metadata: { labels }, spec: { containers: [container(image, more)] } };
}

export function deployment(): JsonObject {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'checkout', namespace: 'shop', labels },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template(), strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } } },
  };
}

export const configMap = (): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'checkout-config', namespace: 'shop' }, data: { PAYMENTS_URL: 'http://wrong', LEVEL: 'info' } });

export const secret = (name: string, data: Record<string, string>): JsonObject => ({
  apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace: 'shop' },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

export const node = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } });

export function pod(name: string, owner: JsonObject | undefined): JsonObject {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels, ...(owner && { ownerReferences: [owner] }) },
    spec: { nodeName: 'node1', containers: [container('registry.local/shop/checkout:v2')] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export function job(name: string): JsonObject {
  const ties = { 'controller-uid': 'u', 'job-name': name, 'batch.kubernetes.io/controller-uid': 'u', 'batch.kubernetes.io/job-name': name };
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'shop', labels: { ...ties, team: 'orders' } },
    spec: { backoffLimit: 2, suspend: false, selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } }, template: { metadata: { creationTimestamp: null, labels: { ...ties, app: 'migrate' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'registry.local/shop/migrate:v1', command: ['migrate', 'up'] }] } } },
    status: { failed: 3, conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', message: 'Job has reached the specified backoff limit' }] },
  };
}

const place = { target: 'production', namespace: 'shop' } as const;
const workload = { ...place, workload: 'deployment', name: 'checkout' } as const;

export const samples = {
  rolloutUndo: { kind: 'kubectl.rollout_undo', ...workload, to_revision: 1 },
  rolloutRestart: { kind: 'kubectl.rollout_restart', ...workload },
  scale: { kind: 'kubectl.scale', ...workload, replicas: 3 },
  setImage: { kind: 'kubectl.set_image', ...workload, container: 'checkout', image: 'registry.local/shop/checkout:v1' },
  setEnv: { kind: 'kubectl.set_env', ...workload, container: 'checkout', variable: 'MODE', value: 'fast' },
  setResources: { kind: 'kubectl.set_resources', ...workload, container: 'checkout', limits: { memory: '128Mi' } },
  patch: { kind: 'kubectl.patch', ...place, resource: 'deployment', name: 'checkout', type: 'merge', patch: '{"spec":{"minReadySeconds":5}}' },
  configmapKey: { kind: 'kubectl.configmap_key', ...place, name: 'checkout-config', key: 'PAYMENTS_URL', value: 'http://payments:8080' },
  secretKey: { kind: 'kubectl.secret_key', ...place, name: 'checkout-secrets', key: 'password', from: { source: 'secret', name: 'database', key: 'password' } },
  deletePod: { kind: 'kubectl.delete_pod', ...place, name: 'checkout-abc' },
  evict: { kind: 'kubectl.evict', ...place, name: 'checkout-abc' },
  cordon: { kind: 'kubectl.cordon', target: 'production', name: 'node1' },
  uncordon: { kind: 'kubectl.uncordon', target: 'production', name: 'node2' },
  drain: { kind: 'kubectl.drain', target: 'production', name: 'node1' },
  metadata: { kind: 'kubectl.metadata', ...place, resource: 'pod', name: 'checkout-abc', field: 'label', key: 'team', value: 'orders' },
  rerunJob: { kind: 'kubectl.rerun_job', ...place, source: 'job', name: 'migrate' },
  helmRollback: { kind: 'helm.rollback', ...place, release: 'promotions', to_revision: 1 },
} as const satisfies Record<string, ClusterAction>;
